import pg from 'pg';
import { invalidInput } from '../../core/errors.ts';
import { quoted } from '../rules.ts';
import { sqlError } from '../sql-errors.ts';
import { type RowError, rowsError } from './records.ts';
import { type Stage, stage, type TargetTable } from './stage.ts';

/** More would not help anybody, and each costs a statement. */
const maxErrors = 20;
const batchSize = 1000;

interface Insert {
  client: pg.ClientBase;
  target: TargetTable;
  upsertKey: string | null;
}

/**
 * Moves the staged rows into their table, one statement for each set of keys. Answers the rows affected.
 * Errors: INVALID_INPUT, or the code of a constraint; `details.errors` names up to 20 rows.
 */
export async function insertStaged(insert: Insert, { keySets }: Stage): Promise<number> {
  if (insert.upsertKey !== null) await refuseTwins(insert, insert.upsertKey);
  let rowsAffected = 0;
  for (const [number, keys] of keySets.entries()) {
    const statement = insertSql(insert, keys);
    await insert.client.query('SAVEPOINT staged');
    try {
      const { rowCount } = await insert.client.query(statement, [number, 0, Number.MAX_SAFE_INTEGER]);
      rowsAffected += rowCount ?? 0;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      await insert.client.query('ROLLBACK TO SAVEPOINT staged');
      throw asRowsError(error, await findErrors(insert, statement, number));
    }
    await insert.client.query('RELEASE SAVEPOINT staged');
  }
  return rowsAffected;
}

/** $1: key set, $2 and $3: rows after and up to. */
function insertSql({ target, upsertKey }: Insert, keys: readonly string[]): string {
  const columns = keys.map((key) => quoted(key));
  const into = `INSERT INTO ${quoted(target.schema, target.table)}`;
  const where = `FROM ${stage.table} WHERE ${stage.keySet} = $1 AND ${stage.row} > $2 AND ${stage.row} <= $3`;
  if (columns.length === 0) return noColumns(into, where);
  const insert = `${into} (${columns.join(', ')}) SELECT ${columns.join(', ')} ${where} ORDER BY ${stage.row}`;
  return upsertKey === null ? insert : `${insert} ${onConflict(keys, upsertKey)}`;
}

/** INSERT … SELECT needs a column; a record without keys is one row of defaults. */
const noColumns = (into: string, where: string) => `${into} SELECT ${where} ORDER BY ${stage.row}`;

function onConflict(keys: readonly string[], upsertKey: string): string {
  const updates = keys.filter((key) => key !== upsertKey).map((key) => `${quoted(key)} = EXCLUDED.${quoted(key)}`);
  const action = updates.length > 0 ? `UPDATE SET ${updates.join(', ')}` : 'NOTHING';
  return `ON CONFLICT (${quoted(upsertKey)}) DO ${action}`;
}

/** Two rows with the same key would make the outcome depend on their order. */
async function refuseTwins({ client }: Insert, upsertKey: string): Promise<void> {
  const { rows } = await client.query<{ first: string; second: string }>(
    `SELECT min(${stage.row}) AS first, max(${stage.row}) AS second FROM ${stage.table}
     WHERE ${quoted(upsertKey)} IS NOT NULL GROUP BY ${quoted(upsertKey)} HAVING count(*) > 1 ORDER BY 1 LIMIT ${maxErrors}`,
  );
  if (rows.length > 0)
    throw rowsError(
      rows.map(({ first, second }) => ({ row: Number(second), message: `has the same ${upsertKey} as row ${first}` })),
    );
}

/** Runs the rows of a failing statement in batches, then those of failing batches one by one. The transaction is lost anyway. */
async function findErrors({ client }: Insert, statement: string, keySet: number): Promise<RowError[]> {
  const errors: RowError[] = [];
  const attempt = async (after: number, upTo: number): Promise<pg.DatabaseError | null> => {
    await client.query('SAVEPOINT attempt');
    try {
      await client.query(statement, [keySet, after, upTo]);
      await client.query('RELEASE SAVEPOINT attempt');
      return null;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      await client.query('ROLLBACK TO SAVEPOINT attempt');
      return error;
    }
  };
  for (let after = 0; errors.length < maxErrors; ) {
    const rows = await nextRows(client, keySet, after);
    const last = rows.at(-1);
    if (last === undefined) return errors;
    if (await attempt(after, last))
      for (const row of rows) {
        const error = await attempt(row - 1, row);
        if (error) errors.push({ row, message: withDetail(error) });
        if (errors.length >= maxErrors) break;
      }
    after = last;
  }
  return errors;
}

async function nextRows(client: pg.ClientBase, keySet: number, after: number): Promise<number[]> {
  const { rows } = await client.query<{ row: string }>(
    `SELECT ${stage.row} AS row FROM ${stage.table} WHERE ${stage.keySet} = $1 AND ${stage.row} > $2
     ORDER BY ${stage.row} LIMIT ${batchSize}`,
    [keySet, after],
  );
  return rows.map(({ row }) => Number(row));
}

const withDetail = ({ message, detail }: pg.DatabaseError) => (detail ? `${message}: ${detail}` : message);

/** Constraints keep their codes; everything else is bad input. */
function asRowsError(error: pg.DatabaseError, errors: readonly RowError[]) {
  const translated = sqlError(error);
  if (!error.code?.startsWith('23')) {
    if (translated.status !== 400) return translated;
    return errors.length > 0 ? rowsError(errors, { message: error.message }) : invalidInput(error.message);
  }
  const { code, status } = translated;
  return rowsError(errors, { code, status, message: withDetail(error) });
}
