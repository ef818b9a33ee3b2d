import pg from 'pg';
import { appError } from '../../core/errors.ts';
import type { AdminTx } from '../../core/postgres/admin-tx.ts';
import { readArrayElements, valueEncoder } from './values.ts';

export interface Field {
  name: string;
  /** Oid of the Postgres type. */
  dataTypeID: number;
}
export interface SqlResult {
  /** One object a row; of two columns with the same name the last one wins. Values as `values.ts` encodes them. */
  rows: Record<string, unknown>[];
  /** Rows returned or affected; null for DDL. */
  rowCount: number | null;
  fields: Field[];
}

/** The answer is held in memory as text and as JSON; past this it is refused. */
const maxResultBytes = 64 * 1024 * 1024;
const untouched: pg.CustomTypesConfig = { getTypeParser: () => (text: unknown) => text as never };

type TextRow = (string | null)[];

/**
 * Runs one statement in the extended protocol, where Postgres refuses a second one, and encodes its rows.
 * Errors: those of Postgres, INVALID_INPUT (answer larger than 64 MiB).
 */
export async function runStatement(tx: AdminTx, text: string, values: readonly unknown[] = []): Promise<SqlResult> {
  const { rows, rowCount, fields } = await collect(tx, text, values);
  const elements = await readArrayElements(
    tx.client,
    fields.map((field) => field.dataTypeID),
  );
  const encoders = fields.map((field) => valueEncoder(field.dataTypeID, elements));
  const names = fields.map((field) => field.name);
  return {
    // fromEntries defines properties, so that a column may have any name, `__proto__` too.
    rows: rows.map((row) => Object.fromEntries(row.map((value, i) => [names[i], encoders[i]?.(value)]))),
    rowCount,
    fields: fields.map(({ name, dataTypeID }) => ({ name, dataTypeID })),
  };
}

function collect(tx: AdminTx, text: string, values: readonly unknown[]) {
  return new Promise<{ rows: TextRow[]; rowCount: number | null; fields: pg.FieldDef[] }>((resolve, reject) => {
    const rows: TextRow[] = [];
    let bytes = 0;
    const query = new pg.Query({
      text,
      values: values as unknown[],
      types: untouched,
      rowMode: 'array',
      queryMode: 'extended',
    } as pg.QueryArrayConfig);
    query.on('row', (row: unknown) => {
      const cells = row as TextRow;
      for (const cell of cells) bytes += cell?.length ?? 4;
      if (bytes <= maxResultBytes) rows.push(cells);
      else tx.cancel();
    });
    query.on('error', (error) => reject(bytes > maxResultBytes ? tooLarge() : error));
    query.on('end', ({ rowCount, fields }) => {
      if (bytes > maxResultBytes) reject(tooLarge());
      else resolve({ rows, rowCount, fields });
    });
    tx.client.query(query);
  });
}

const tooLarge = () =>
  appError({
    code: 'INVALID_INPUT',
    status: 400,
    message: `The result is larger than ${maxResultBytes} bytes`,
    nextActions: 'Add a LIMIT, select fewer columns, or use the export.',
  });
