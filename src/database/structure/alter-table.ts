import type { z } from 'zod';
import { notFound } from '../../core/errors.ts';
import { checkIdentifier, quoted, reservedColumns, validationError } from '../rules.ts';
import { alterColumn } from './alter-column.ts';
import { readColumns } from './columns.ts';
import { readForeignKeys } from './relations.ts';
import { ownColumns, refuseReserved, sourceColumns, type updateTableInput } from './table-input.ts';
import { columnSql, foreignKeySql, type TableName } from './table-statements.ts';
import type { Queryable } from './target.ts';

/**
 * The steps of contract §4.7 on an open transaction: drop foreign keys, drop columns, update columns, add columns, add
 * foreign keys, rename. Answers one sentence per step. Errors: as `tables.alter`.
 */
export async function alterTable(
  client: Queryable,
  name: TableName,
  input: z.output<typeof updateTableInput>,
): Promise<string[]> {
  const { dropColumns, updateColumns, addColumns, addForeignKeys, dropForeignKeys, renameTable, rlsEnabled } =
    nonNull(input);
  refuseReserved(
    [...dropColumns, ...updateColumns.map((each) => each.columnName), ...sourceColumns(addForeignKeys)],
    404,
  );
  const added = ownColumns(addColumns);
  const sources = sourceColumns(addForeignKeys);
  const table = `ALTER TABLE ${quoted(name.schema, name.table)}`;
  const operations: string[] = [];
  const step = async (sql: string, sentence: string) => {
    await client.query(`${table} ${sql}`);
    operations.push(sentence);
  };

  await refuseUnknownKeys(client, name, dropForeignKeys);
  await refuseEmptying(client, name, dropColumns);
  for (const key of dropForeignKeys) await step(`DROP CONSTRAINT ${quoted(key)}`, `Dropped foreign key: ${key}`);
  for (const column of dropColumns) await step(`DROP COLUMN ${column_(column)}`, `Dropped column: ${column}`);
  for (const update of updateColumns) operations.push(...(await alterColumn(client, name, update)));
  for (const column of added)
    await step(`ADD COLUMN ${columnSql(column, sources)}`, `Added column: ${column.columnName}`);
  for (const key of addForeignKeys) {
    const { sql, name: keyName } = foreignKeySql(name, key);
    await step(sql, `Added foreign key: ${keyName}`);
  }
  if (rlsEnabled !== null)
    await step(
      `${rlsEnabled ? 'ENABLE' : 'DISABLE'} ROW LEVEL SECURITY`,
      `${rlsEnabled ? 'Enabled' : 'Disabled'} row-level security`,
    );
  if (renameTable) {
    const newName = checkIdentifier(renameTable.newTableName, 'table');
    await step(`RENAME TO ${quoted(newName)}`, `Renamed table: ${name.table} to ${newName}`);
  }
  return operations;
}

const column_ = (name: string) => quoted(checkIdentifier(name, 'column'));

const nonNull = (input: z.output<typeof updateTableInput>) => ({
  dropColumns: input.dropColumns ?? [],
  updateColumns: input.updateColumns ?? [],
  addColumns: input.addColumns ?? [],
  addForeignKeys: input.addForeignKeys ?? [],
  dropForeignKeys: input.dropForeignKeys ?? [],
  renameTable: input.renameTable ?? null,
  rlsEnabled: input.rlsEnabled ?? null,
});

/** Errors: DATABASE_NOT_FOUND (foreign key). */
async function refuseUnknownKeys(
  client: Queryable,
  { schema, table }: TableName,
  keys: readonly string[],
): Promise<void> {
  if (keys.length === 0) return;
  const known = (await readForeignKeys(client, { schema, tables: [table] })).map((key) => key.constraintName);
  const unknown = keys.find((key) => !known.includes(key));
  if (unknown !== undefined) throw notFound('foreign key', unknown, 'DATABASE_NOT_FOUND');
}

/** Errors: DATABASE_VALIDATION_ERROR when no column but the reserved ones would stay. */
async function refuseEmptying(
  client: Queryable,
  { schema, table }: TableName,
  drops: readonly string[],
): Promise<void> {
  if (drops.length === 0) return;
  const kept = [...drops, ...reservedColumns.map((column) => column.columnName)];
  const columns = await readColumns(client, { schema, tables: [table] });
  if (columns.some((column) => !kept.includes(column.columnName))) return;
  if (!columns.some((column) => drops.includes(column.columnName))) return;
  throw validationError('A table needs at least one column of its own', 'Keep a column, or delete the table.');
}
