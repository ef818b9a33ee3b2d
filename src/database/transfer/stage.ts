import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { invalidInput } from '../../core/errors.ts';
import { quoted } from '../rules.ts';
import { type ColumnKind, columnText, copyLine } from './copy-text.ts';
import { type FileRecord, rowsError } from './records.ts';

/** The table that records go to. */
export interface TargetTable {
  schema: string;
  table: string;
  columns: ReadonlyMap<string, ColumnKind>;
}

/** The records, each with its row number and the number of its key set, in a table of this transaction. */
export interface Stage {
  /** Distinct sets of keys, by number. */
  keySets: (readonly string[])[];
  totalRecords: number;
}

/** Quoted names of the temporary table and of its two own columns, which no table of a project is likely to have. */
export const stage = { table: 'pg_temp.pleiad_stage', row: '"pleiad stage row"', keySet: '"pleiad stage keys"' };
const chunkLength = 64 * 1024;

/** Errors: INVALID_INPUT (no such table). */
export async function findTarget(client: pg.ClientBase, schema: string, table: string): Promise<TargetTable> {
  const { rows } = await client.query<{ name: string; kind: ColumnKind }>(
    `SELECT attname AS name,
       CASE WHEN coalesce(nullif(typbasetype, 0), t.oid) IN ('json'::regtype, 'jsonb'::regtype) THEN 'json'
         WHEN typcategory = 'A' THEN 'array' ELSE 'plain' END AS kind
     FROM pg_attribute JOIN pg_type t ON t.oid = atttypid
     WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [quoted(schema, table)],
  );
  if (rows.length === 0) throw invalidInput(`relation "${table}" does not exist`, 'Check the name of the table.');
  return { schema, table, columns: new Map(rows.map((row) => [row.name, row.kind])) };
}

/** Streams the records into the stage, whatever their number. Errors: INVALID_INPUT with the row. */
export async function fillStage(
  client: pg.ClientBase,
  target: TargetTable,
  { records, isJson, requiredKey }: { records: AsyncIterable<FileRecord>; isJson: boolean; requiredKey: string | null },
): Promise<Stage> {
  const names = [...target.columns.keys()].map((name) => quoted(name));
  await client.query(
    `CREATE TEMPORARY TABLE pleiad_stage ON COMMIT DROP AS
     SELECT 0::int8 AS ${stage.row}, 0::int4 AS ${stage.keySet}, ${names.join(', ')}
     FROM ${quoted(target.schema, target.table)} WITH NO DATA`,
  );
  const keySets = createKeySets(target, requiredKey);
  const copy = client.query(
    copyFrom(`COPY ${stage.table} (${[stage.row, stage.keySet, ...names].join(', ')}) FROM STDIN`),
  );
  let totalRecords = 0;
  const lines = async function* () {
    let chunk = '';
    for await (const record of records) {
      chunk += keySets.line(record, isJson);
      totalRecords = record.row;
      if (chunk.length < chunkLength) continue;
      yield chunk;
      chunk = '';
    }
    yield chunk;
  };
  try {
    await pipeline(Readable.from(lines(), { objectMode: false }), copy);
  } catch (error) {
    throw atRow(error);
  }
  if (totalRecords === 0) throw invalidInput('file: has no records');
  await client.query(`CREATE INDEX ON ${stage.table} (${stage.keySet}, ${stage.row})`);
  await client.query(`ANALYZE ${stage.table}`);
  return { keySets: keySets.all(), totalRecords };
}

interface KeySet {
  number: number;
  keys: readonly string[];
  /** For each column of the table, where its value is among the record's; -1 for none. */
  places: { at: number; kind: ColumnKind }[];
}

function createKeySets(target: TargetTable, requiredKey: string | null) {
  const known = new Map<string, KeySet>();
  /** Records mostly come with the keys of the one before. */
  let last: { keys: readonly string[]; set: KeySet } | null = null;
  return { line, all: () => [...known.values()].map((set) => set.keys) };

  function line({ row, keys, values }: FileRecord, isJson: boolean): string {
    const { number, places } = setOf(row, keys);
    const cells = places.map(({ at, kind }) => (at < 0 ? null : columnText(values[at], kind, isJson)));
    return copyLine([String(row), String(number), ...cells]);
  }

  function setOf(row: number, keys: readonly string[]): KeySet {
    if (last && (last.keys === keys || sameKeys(last.keys, keys))) return last.set;
    const name = JSON.stringify([...keys].sort());
    const found = known.get(name);
    // The same keys in another order have their values elsewhere.
    const set = { ...place(row, keys), number: found?.number ?? known.size };
    if (!found) known.set(name, set);
    last = { keys, set };
    return set;
  }

  function place(row: number, keys: readonly string[]): Omit<KeySet, 'number'> {
    const stray = keys.find((key) => !target.columns.has(key));
    if (stray !== undefined)
      throw rowsError([{ row, message: `column "${stray}" of relation "${target.table}" does not exist` }]);
    if (requiredKey !== null && !keys.includes(requiredKey))
      throw rowsError([{ row, message: `the upsert key ${requiredKey} is missing` }]);
    return { keys, places: [...target.columns].map(([name, kind]) => ({ at: keys.indexOf(name), kind })) };
  }
}

const sameKeys = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((key, at) => key === b[at]);

/** COPY names the line it failed at: one line is one record. */
function atRow(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  const row = Number(/COPY pleiad_stage, line (\d+)/.exec(error.where ?? '')?.[1]);
  if (!row) return error;
  const column = /, column ([^:]+)/.exec(error.where ?? '')?.[1];
  return rowsError([{ row, message: column ? `${column}: ${error.message}` : error.message }]);
}
