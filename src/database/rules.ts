import { createHash } from 'node:crypto';
import pg from 'pg';
import { type AppError, appError, invalidInput } from '../core/errors.ts';

/** Longest identifier Postgres keeps; it cuts longer ones without a word. */
const maxIdentifierBytes = 63;

/** 400 DATABASE_VALIDATION_ERROR. */
export const validationError = (message: string, nextActions?: string): AppError =>
  appError({ code: 'DATABASE_VALIDATION_ERROR', status: 400, message, nextActions });

/** A name Postgres can hold, as it was given. Errors: DATABASE_VALIDATION_ERROR. */
export function checkIdentifier(name: string, kind: string): string {
  const fault = identifierFault(name);
  if (fault) throw validationError(`${kind} name ${fault}`, `Give the ${kind} another name.`);
  return name;
}

function identifierFault(name: string): string | null {
  if (name.trim() === '') return 'must not be empty';
  if (name.includes('"')) return 'must not contain a double quote';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'must not contain control characters';
  if (!name.isWellFormed()) return 'must be valid Unicode';
  if (Buffer.byteLength(name) > maxIdentifierBytes) return `must not be longer than ${maxIdentifierBytes} bytes`;
  return null;
}

/** An identifier, or a dotted path of them, quoted for SQL text: the one way names get into a statement. */
export const quoted = (...path: string[]): string => path.map((name) => pg.escapeIdentifier(name)).join('.');

/** A string literal for the places of DDL that take no parameter. */
export const literal = (text: string): string => pg.escapeLiteral(text);

/** Reads `?schema=`: blank or absent is `public`. Errors: INVALID_INPUT (repeated, or Postgres' own), DATABASE_VALIDATION_ERROR. */
export function schemaFrom(value: unknown): string {
  if (Array.isArray(value)) throw invalidInput('schema: give it once');
  const name = typeof value === 'string' ? value.trim() : '';
  if (name === '') return 'public';
  if (name === 'information_schema' || name.startsWith('pg_'))
    throw invalidInput(`schema: ${name} belongs to Postgres`, 'Use one of the schemas of the project.');
  return checkIdentifier(name, 'schema');
}

export interface ReservedColumn {
  columnName: string;
  type: ColumnType;
}
/** The columns that the table API makes and keeps by itself. */
export const reservedColumns: readonly ReservedColumn[] = [
  { columnName: 'id', type: 'uuid' },
  { columnName: 'created_at', type: 'datetime' },
  { columnName: 'updated_at', type: 'datetime' },
];
export const isReservedColumn = (name: string): boolean => reservedColumns.some((column) => column.columnName === name);

/** Column types of the table API and what each is in SQL. */
export const sqlTypes = {
  string: 'TEXT',
  date: 'DATE',
  datetime: 'TIMESTAMPTZ',
  integer: 'INTEGER',
  float: 'DOUBLE PRECISION',
  boolean: 'BOOLEAN',
  uuid: 'UUID',
  json: 'JSONB',
} as const;
export type ColumnType = keyof typeof sqlTypes;

/** Errors: DATABASE_VALIDATION_ERROR. */
export function checkColumnType(type: string): ColumnType {
  if (Object.hasOwn(sqlTypes, type)) return type as ColumnType;
  throw validationError(`Unsupported column type: ${type}`, `Use one of ${Object.keys(sqlTypes).join(', ')}.`);
}

const systemDefaults: Partial<Record<ColumnType, string>> = {
  date: 'now()',
  datetime: 'now()',
  boolean: 'false',
  uuid: 'gen_random_uuid()',
};

/** What a NOT NULL column of this type falls back to when the caller gave no default; undefined for none. */
export const systemDefault = (type: ColumnType): string | undefined => systemDefaults[type];

/** A default as SQL: the two calls as such, every other text as a literal, never an expression. Undefined when blank. */
export function defaultSql(value: string | undefined): string | undefined {
  const text = value?.trim();
  if (!text) return undefined;
  return /^(?:now|gen_random_uuid)\(\)$/i.test(text) ? text.toLowerCase() : literal(text);
}

/** Splits `table` or `schema.table`; without a schema it is the referring table's own. Errors: INVALID_INPUT, DATABASE_VALIDATION_ERROR. */
export function referenceFrom(text: string, ownSchema: string): { schema: string; table: string } {
  const parts = text.split('.');
  if (parts.length > 2)
    throw invalidInput(`referenceTable: ${text} has more than one dot`, 'Write it as table or schema.table.');
  const [table = '', schema = ownSchema] = parts.reverse();
  return { schema: checkIdentifier(schema, 'schema'), table: checkIdentifier(table, 'table') };
}

/** A name that fits: one too long becomes its first 54 bytes, `_` and 8 hex digits of its SHA-256. */
export function fitName(name: string): string {
  if (Buffer.byteLength(name) <= maxIdentifierBytes) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  // A character cut in two decodes to a replacement mark, which is dropped.
  const head = Buffer.from(name)
    .subarray(0, 54)
    .toString()
    .replace(/\ufffd+$/, '');
  return `${head}_${hash}`;
}

/** `fk_<source columns>_<reference table>_<reference columns>`, at most 63 bytes. */
export function foreignKeyName(key: {
  referenceTable: string;
  referenceColumns: readonly { sourceColumn: string; referenceColumn: string }[];
}): string {
  const sources = key.referenceColumns.map((pair) => pair.sourceColumn).join('_');
  const targets = key.referenceColumns.map((pair) => pair.referenceColumn).join('_');
  return fitName(`fk_${sources}_${key.referenceTable.replaceAll('.', '_')}_${targets}`);
}
