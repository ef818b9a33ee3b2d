import type pg from 'pg';
import { quoted } from '../../rules.ts';

const fetchSize = 100;
const statementLength = 64 * 1024;

/** How many rows of a table there were, beyond what was read of it. */
export interface Reading {
  exportedRowCount: number;
  isTruncated: boolean;
}

interface TableRows {
  /** With the schema, quoted. */
  fullName: string;
  /** Null for all. */
  rowLimit: number | null;
}

/** Streams the rows as INSERT statements of about 64 KiB, in the order of the primary key. Returns how many there were. */
export async function* insertStatements(client: pg.ClientBase, table: TableRows): AsyncGenerator<string, Reading> {
  const columns = await readableColumns(client, table.fullName);
  const names = columns.map(({ name }) => quoted(name));
  // The type's own output, as a literal that its input function reads back.
  const values = names.map((name) => `format('%L', ${name})`).join(` || ', ' || `);
  const head = `INSERT INTO ${table.fullName} (${names.join(', ')})${columns.some(({ isAlways }) => isAlways) ? ' OVERRIDING SYSTEM VALUE' : ''} VALUES\n`;
  let body = '';
  const rows = textRows(client, { ...table, expression: values === '' ? `''` : values });
  for (;;) {
    const { value, done } = await rows.next();
    if (done) {
      if (body !== '') yield `${head}${body};\n`;
      return value;
    }
    if (names.length === 0) yield `INSERT INTO ${table.fullName} DEFAULT VALUES;\n`;
    else body += `${body === '' ? '' : ',\n'}(${value})`;
    if (body.length < statementLength) continue;
    yield `${head}${body};\n`;
    body = '';
  }
}

/** Streams the rows as JSON objects, as Postgres writes them. */
export const jsonRows = (client: pg.ClientBase, table: TableRows): AsyncGenerator<string, Reading> =>
  textRows(client, { ...table, expression: `row_to_json(${alias})::text` });

const alias = '"exported row"';

async function* textRows(
  client: pg.ClientBase,
  { fullName, rowLimit, expression }: TableRows & { expression: string },
): AsyncGenerator<string, Reading> {
  const { rows: keys } = await client.query<{ name: string }>(primaryKey, [fullName]);
  const order = keys.length > 0 ? `ORDER BY ${keys.map(({ name }) => quoted(name)).join(', ')}` : '';
  const limit = rowLimit === null ? '' : `LIMIT ${rowLimit + 1}`;
  await client.query(
    `DECLARE pleiad_export NO SCROLL CURSOR FOR SELECT ${expression} AS text FROM ONLY ${fullName} AS ${alias} ${order} ${limit}`,
  );
  let exportedRowCount = 0;
  for (;;) {
    const { rows } = await client.query<{ text: string }>(`FETCH ${fetchSize} FROM pleiad_export`);
    for (const { text } of rows) {
      if (exportedRowCount === rowLimit) {
        await client.query('CLOSE pleiad_export');
        return { exportedRowCount, isTruncated: true };
      }
      exportedRowCount += 1;
      yield text;
    }
    if (rows.length < fetchSize) break;
  }
  await client.query('CLOSE pleiad_export');
  return { exportedRowCount, isTruncated: false };
}

const primaryKey = `SELECT a.attname AS name FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS key (attnum, place)
    JOIN pg_attribute a ON a.attnum = key.attnum
  WHERE i.indrelid = $1::regclass AND i.indisprimary AND a.attrelid = i.indrelid ORDER BY key.place`;

async function readableColumns(client: pg.ClientBase, fullName: string) {
  const { rows } = await client.query<{ name: string; isAlways: boolean }>(
    `SELECT attname AS name, attidentity = 'a' AS "isAlways" FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [fullName],
  );
  return rows;
}
