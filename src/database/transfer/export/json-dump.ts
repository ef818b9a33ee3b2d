import type pg from 'pg';
import { quoted } from '../../rules.ts';
import { readFunctions } from '../../structure/objects.ts';
import { readTableDetails } from '../../structure/table-detail.ts';
import { readTables } from '../../structure/table-list.ts';
import { jsonRows } from './rows.ts';
import type { DumpOptions } from './sql-dump.ts';

/** The object of contract §5.3 as JSON text, piece by piece. Returns the names of tables that were cut at `rowLimit`. */
export async function* jsonDump(
  client: pg.ClientBase,
  { timestamp, ...options }: DumpOptions & { timestamp: string },
): AsyncGenerator<string, string[]> {
  const names = (await readTables(client, { schema: 'public', tables: options.tables })).map(
    ({ tableName }) => tableName,
  );
  const details = await readTableDetails(client, { schema: 'public', tables: names });
  const truncated: string[] = [];
  yield `{"timestamp":${JSON.stringify(timestamp)},"tables":{`;
  for (const [at, name] of names.entries()) {
    const { rows: _none, ...detail } = { rows: [], ...details[name] };
    yield `${at > 0 ? ',' : ''}${JSON.stringify(name)}:${JSON.stringify(detail).slice(0, -1)},"rows":[`;
    if (options.includeData) {
      const cut = yield* rowsOf(client, name, options.rowLimit);
      if (cut) truncated.push(name);
    } else yield ']';
    yield '}';
  }
  yield '}';
  for (const [key, value] of Object.entries(await others(client, options))) yield `,"${key}":${JSON.stringify(value)}`;
  yield '}';
  return truncated;
}

async function* rowsOf(client: pg.ClientBase, name: string, rowLimit: number | null): AsyncGenerator<string, boolean> {
  const fullName = quoted('public', name);
  const rows = jsonRows(client, { fullName, rowLimit });
  for (let isFirst = true; ; isFirst = false) {
    const { value, done } = await rows.next();
    if (!done) {
      yield isFirst ? value : `,${value}`;
      continue;
    }
    yield ']';
    if (!value.isTruncated) return false;
    const { rows: counts } = await client.query<{ total: number }>(
      `SELECT count(*)::float8 AS total FROM ONLY ${fullName}`,
    );
    const { exportedRowCount } = value;
    yield `,"truncated":true,"exportedRowCount":${exportedRowCount},"totalRowCount":${counts[0]?.total}`;
    return true;
  }
}

async function others(client: pg.ClientBase, options: DumpOptions): Promise<Record<string, unknown>> {
  const functions = options.includeFunctions
    ? (await readFunctions(client, 'public')).map(({ functionName, functionDef, kind }) => ({
        functionName,
        functionDef,
        kind,
      }))
    : [];
  const sequences = options.includeSequences ? (await client.query(sequencesQuery)).rows : [];
  const views = options.includeViews ? (await client.query(viewsQuery)).rows : [];
  return { functions, sequences, views };
}

const sequencesQuery = `SELECT sequencename AS "sequenceName", start_value::text AS "startValue", increment_by::text AS increment,
    min_value::text AS "minValue", max_value::text AS "maxValue", CASE WHEN cycle THEN 'YES' ELSE 'NO' END AS cycle
  FROM pg_sequences WHERE schemaname = 'public' ORDER BY sequencename`;
const viewsQuery = `SELECT viewname AS "viewName", definition FROM pg_views WHERE schemaname = 'public'
  UNION ALL SELECT matviewname, definition FROM pg_matviews WHERE schemaname = 'public' ORDER BY 1`;
