import type pg from 'pg';
import { AppError, appError, invariant } from '../../../core/errors.ts';
import { translateSqlError } from '../../sql-errors.ts';
import type { Queryable, Target } from '../target.ts';

/** Where a thing is; blank or absent is `public`. */
export interface Place {
  schema?: unknown;
}
/** A thing that belongs to a table. */
export interface OnTable extends Place {
  table: string;
  name: string;
}

/** SQLSTATEs of "there is no such thing". */
const undefinedStates = ['42704', '42883', '42P01', '3F000'];

/** Runs a statement about a thing by name; that it does not exist is 404 DATABASE_NOT_FOUND, in Postgres' words. */
export async function onExisting(client: pg.ClientBase, sql: string): Promise<void> {
  try {
    await client.query(sql);
  } catch (error) {
    const shown = translateSqlError(error);
    if (!(shown instanceof AppError) || !undefinedStates.includes(String(shown.details?.sqlState))) throw shown;
    const nextActions = 'Check the name and the schema.';
    throw appError({ code: 'DATABASE_NOT_FOUND', status: 404, message: shown.message, nextActions, cause: error });
  }
}

/** The row of what was just made or changed, read back in the same transaction. */
export async function readBack<Row>(
  client: Queryable,
  read: (client: Queryable, target: Target) => Promise<Row[]>,
  find: { schema: string; table: string; isIt: (row: Row) => boolean },
): Promise<Row> {
  const row = (await read(client, { schema: find.schema, tables: [find.table] })).find(find.isIt);
  invariant(row, 'what was made can be read');
  return row;
}

/** What `runDdl` answers where the work always does something. */
export function done<T>(result: T | null): T {
  invariant(result !== null, 'the work was done');
  return result;
}
