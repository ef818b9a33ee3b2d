import { checkColumnType, checkIdentifier, defaultSql, quoted, sqlTypes } from '../rules.ts';
import { readColumns } from './columns.ts';
import type { ColumnUpdate } from './table-input.ts';
import { setDefaultSql, type TableName } from './table-statements.ts';
import type { Queryable } from './target.ts';

/** Changes one column: type, nullability, uniqueness, default, then its name. Answers one sentence per step. */
export async function alterColumn(client: Queryable, name: TableName, update: ColumnUpdate): Promise<string[]> {
  const { columnName } = update;
  const table = `ALTER TABLE ${quoted(name.schema, name.table)}`;
  const column = quoted(checkIdentifier(columnName, 'column'));
  const operations: string[] = [];
  const step = async (sql: string, sentence: string) => {
    await client.query(`${table} ${sql}`);
    operations.push(sentence);
  };

  if (update.type) {
    await changeType(client, name, { columnName, type: update.type });
    operations.push(`Changed type of column: ${columnName} to ${update.type}`);
  }
  if (typeof update.isNullable === 'boolean') {
    const sql = update.isNullable ? 'DROP NOT NULL' : 'SET NOT NULL';
    await step(
      `ALTER COLUMN ${column} ${sql}`,
      `Made column ${update.isNullable ? 'nullable' : 'required'}: ${columnName}`,
    );
  }
  if (
    typeof update.isUnique === 'boolean' &&
    (await setUnique(client, name, { columnName, isUnique: update.isUnique }))
  )
    operations.push(`Made column ${update.isUnique ? 'unique' : 'not unique'}: ${columnName}`);
  if (typeof update.defaultValue === 'string')
    await step(
      `ALTER COLUMN ${column} ${setDefaultSql(update.defaultValue)}`,
      `Updated default of column: ${columnName}`,
    );
  if (update.newColumnName && update.newColumnName !== columnName) {
    const newName = checkIdentifier(update.newColumnName, 'column');
    await step(`RENAME COLUMN ${column} TO ${quoted(newName)}`, `Renamed column: ${columnName} to ${newName}`);
  }
  return operations;
}

/** Through text, so that Postgres refuses a value that the new type cannot hold rather than rounding it. The default goes along. */
async function changeType(
  client: Queryable,
  name: TableName,
  change: { columnName: string; type: string },
): Promise<void> {
  const sqlType = sqlTypes[checkColumnType(change.type)];
  const column = quoted(change.columnName);
  const columns = await readColumns(client, { schema: name.schema, tables: [name.table] });
  const kept = columns.find((each) => each.columnName === change.columnName);
  const expression = kept?.defaultExpression;
  // A literal stays one, so that it still reads as what it is.
  const value = kept?.defaultValue ?? '';
  const isLiteral = value !== expression || /^[\w.+-]+$|^now\(\)$|^gen_random_uuid\(\)$/.test(value);
  const newDefault = isLiteral ? defaultSql(value) : `(${expression})::text::${sqlType}`;
  const steps = [
    ...(expression ? [`ALTER COLUMN ${column} DROP DEFAULT`] : []),
    `ALTER COLUMN ${column} TYPE ${sqlType} USING ${column}::text::${sqlType}`,
    ...(expression ? [`ALTER COLUMN ${column} SET DEFAULT ${newDefault}`] : []),
  ];
  for (const step of steps) await client.query(`ALTER TABLE ${quoted(name.schema, name.table)} ${step}`);
}

/** True when something was changed. A primary key stays. */
async function setUnique(
  client: Queryable,
  { schema, table }: TableName,
  change: { columnName: string; isUnique: boolean },
): Promise<boolean> {
  const { rows } = await client.query<{ name: string }>(uniqueConstraints, [schema, table, change.columnName]);
  const action = `ALTER TABLE ${quoted(schema, table)}`;
  if (!change.isUnique) {
    for (const { name } of rows) await client.query(`${action} DROP CONSTRAINT ${quoted(name)}`);
    return rows.length > 0;
  }
  if (rows.length === 0) await client.query(`${action} ADD UNIQUE (${quoted(change.columnName)})`);
  return rows.length === 0;
}

const uniqueConstraints = `
  SELECT k.conname AS name
  FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND k.conkey = ARRAY[a.attnum]
  WHERE k.contype = 'u' AND n.nspname = $1::text AND c.relname = $2::text AND a.attname = $3::text`;
