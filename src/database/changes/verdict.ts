import type { Viewer } from '../../core/call.ts';
import type { Tuple } from './provider.ts';
import type { RunAs } from './run-as.ts';
import { type Shape, stampOf } from './shape.ts';

/** What one row version is to a viewer: null when it is not proven visible. */
export interface Sight {
  /** The columns that the viewer may select. */
  record: Record<string, unknown>;
  /** Those of the primary key among them; the whole record of a table without one. */
  key: Record<string, unknown>;
}

const ident = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * The statement that asks Postgres, as the viewer, which of many row versions the table's SELECT policies let it see:
 * `$1` is a JSON array of tuples, `$2` the stamp it was made for, `$3` the table. It rebuilds each row from the log's
 * own text and runs the policies' expressions over it, so that they judge the version that was committed, also when
 * it has changed or gone since. The expressions are Postgres' own deparsed text of the catalog, never a caller's.
 */
export function verdictStatement(shape: Shape): string {
  const names = new Set(shape.columns.map((column) => column.name));
  const free = (base: string): string => (names.has(base) ? free(`${base}_`) : ident(base));
  const [at, row, verdict, seen] = [free('at'), free('row'), free('verdict'), free('seen')];
  const alias = ident(shape.table);
  const stored = shape.columns.filter((column) => column.generated === null);
  const generated = shape.columns.filter((column) => column.generated !== null);
  const casts = stored.map(({ name, type }) => `(${row} ->> ${literal(name)})::${type} AS ${ident(name)}`);
  const readable = shape.columns.filter((column) => column.isReadable);
  const keys = readable.filter((column) => column.isKey);
  const json = (columns: typeof readable) =>
    `CASE WHEN ${verdict} THEN (SELECT row_to_json(${seen}) FROM (SELECT ${columns
      .map(({ name }) => `t.${ident(name)}`)
      .join(', ')}) AS ${seen})::text END`;
  return `SELECT ((${stampOf('$3')}) IS NOT DISTINCT FROM $2)::text, ${json(readable)}, ${json(keys.length > 0 ? keys : readable)}
    FROM (SELECT *, coalesce(${policyExpression(shape)}, false) AS ${verdict}
      FROM (SELECT *${generated.map((column) => `, (${column.generated}) AS ${ident(column.name)}`).join('')}
        FROM (SELECT ${[at, ...casts].join(', ')} FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS x (${row}, ${at}))
          AS ${alias}) AS ${alias}) AS t
    ORDER BY t.${at}`;
}

/** Any permissive policy and every restrictive one; without a permissive one, nothing. */
function policyExpression({ isFiltered, policies }: Shape): string {
  if (!isFiltered) return 'true';
  const using = (isPermissive: boolean) =>
    policies.filter((policy) => policy.isPermissive === isPermissive).map((policy) => `(${policy.using})`);
  const permissive = using(true);
  if (permissive.length === 0) return 'false';
  return `(${[`(${permissive.join(' OR ')})`, ...using(false)].join(' AND ')})`;
}

const literal = (text: string): string => {
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return text.includes('\\') ? `E${quoted}` : quoted;
};

/** Null when the shape has changed meanwhile, so that the verdict is void. */
export async function askVerdicts(
  runAs: RunAs,
  viewer: Viewer,
  question: { relation: number; shape: Shape; statement: string; tuples: readonly Tuple[] },
): Promise<(Sight | null)[] | null> {
  const { relation, shape, statement, tuples } = question;
  if (tuples.length === 0) return [];
  const rows = await runAs(viewer, statement, [JSON.stringify(tuples), shape.stamp, String(relation)]);
  if (rows.length !== tuples.length || rows.some(([isCurrent]) => isCurrent !== 'true')) return null;
  return rows.map(([, record, key]) =>
    record && key ? { record: JSON.parse(record) as Sight['record'], key: JSON.parse(key) as Sight['key'] } : null,
  );
}
