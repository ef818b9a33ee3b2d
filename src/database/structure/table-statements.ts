import {
  checkIdentifier,
  defaultSql,
  fitName,
  foreignKeyName,
  literal,
  quoted,
  referenceFrom,
  sqlTypes,
  systemDefault,
} from '../rules.ts';
import type { CheckedColumn, ForeignKeyInput } from './table-input.ts';

export interface TableName {
  schema: string;
  table: string;
}

/** `CREATE TABLE` with the reserved columns around the caller's own. `sources` are the columns of its foreign keys. */
export function createTableSql(
  { schema, table }: TableName,
  columns: readonly CheckedColumn[],
  sources: string[],
): string {
  const lines = [
    'id UUID PRIMARY KEY DEFAULT gen_random_uuid()',
    ...columns.map((column) => columnSql(column, sources)),
    'created_at TIMESTAMPTZ DEFAULT now()',
    'updated_at TIMESTAMPTZ DEFAULT now()',
  ];
  return `CREATE TABLE ${quoted(schema, table)} (${lines.join(', ')})`;
}

/**
 * One column definition. A NOT NULL column without a default gets that of its type, except where it refers to another
 * table: a made-up reference would turn a forgotten value into a puzzling error.
 */
export function columnSql(column: CheckedColumn, sources: readonly string[]): string {
  const fallback = column.isNullable || sources.includes(column.columnName) ? undefined : systemDefault(column.type);
  const value = defaultSql(column.defaultValue ?? undefined) ?? fallback;
  return [
    quoted(column.columnName),
    sqlTypes[column.type],
    column.isNullable ? '' : 'NOT NULL',
    value ? `DEFAULT ${value}` : '',
    column.isUnique ? 'UNIQUE' : '',
  ]
    .filter(Boolean)
    .join(' ');
}

/** `ADD CONSTRAINT … FOREIGN KEY …`, with the name it gets. Errors: INVALID_INPUT, DATABASE_VALIDATION_ERROR. */
export function foreignKeySql({ schema }: TableName, key: ForeignKeyInput): { name: string; sql: string } {
  const target = referenceFrom(key.referenceTable, schema);
  const list = (names: string[]) => names.map((each) => quoted(checkIdentifier(each, 'column'))).join(', ');
  const sources = list(key.referenceColumns.map((pair) => pair.sourceColumn));
  const targets = list(key.referenceColumns.map((pair) => pair.referenceColumn));
  const name = foreignKeyName(key);
  const sql = `ADD CONSTRAINT ${quoted(name)} FOREIGN KEY (${sources}) REFERENCES ${quoted(target.schema, target.table)}
    (${targets}) ON DELETE ${key.onDelete} ON UPDATE ${key.onUpdate}`;
  return { name, sql };
}

/** Keeps `updated_at`; the trigger is `<table>_update_timestamp`. */
export const timestampTriggerSql = ({ schema, table }: TableName): string =>
  `CREATE TRIGGER ${quoted(fitName(`${table}_update_timestamp`))} BEFORE UPDATE ON ${quoted(schema, table)}
    FOR EACH ROW EXECUTE FUNCTION system.update_updated_at()`;

/** `SET DEFAULT …` or `DROP DEFAULT` for a blank text. */
export function setDefaultSql(value: string): string {
  const sql = defaultSql(value);
  return sql ? `SET DEFAULT ${sql}` : 'DROP DEFAULT';
}

/** The comment of an object, null for none. */
export const commentText = (text: string | null): string => (text === null ? 'NULL' : literal(text));
