import { invalidInput } from '../../core/errors.ts';
import { quoted } from '../rules.ts';
import { columnText } from '../transfer/copy-text.ts';
import { type EditorTable, editorColumn } from './table.ts';

/** SQL with its bound values: names come from the table's own columns, everything else is a parameter. */
export interface Bound {
  text: string;
  values: unknown[];
}
export type Row = Readonly<Record<string, unknown>>;

/** Collects values and hands out their placeholders. */
export function binder() {
  const values: unknown[] = [];
  return { values, bind: (value: unknown) => `$${values.push(value)}` };
}
type Bind = (value: unknown) => string;

/** `"a" = $1 AND "b" IS NULL`. Errors: INVALID_INPUT (unknown column). */
export function matching(table: EditorTable, keys: Row, bind: Bind): string {
  const conditions = Object.entries(keys).map(([name, value]) => {
    const { type } = editorColumn(table, name);
    return value === null ? `${quoted(name)} IS NULL` : `${quoted(name)} = CAST(${bind(String(value))} AS ${type})`;
  });
  return conditions.join(' AND ');
}

/** Exactly the primary key, or any columns where there is none. Errors: INVALID_INPUT. */
export function checkKeys(table: EditorTable, keys: Row): void {
  const names = Object.keys(keys);
  for (const name of names) editorColumn(table, name);
  const isExact = names.length === table.primaryKey.length && table.primaryKey.every((name) => names.includes(name));
  if (names.length === 0 || (table.primaryKey.length > 0 && !isExact))
    throw invalidInput(`pkKeys: must name exactly ${table.primaryKey.join(', ') || 'some columns'}`);
}

/** A text that is empty is not supplied, unless the column holds text. Errors: INVALID_INPUT (unknown column). */
export function insertRow(table: EditorTable, row: Row): Bound {
  const { values, bind } = binder();
  const given = Object.entries(row).filter(([name, value]) => editorColumn(table, name).isText || value !== '');
  const names = given.map(([name]) => quoted(name)).join(', ');
  const places = given.map(([name, value]) => bind(input(table, name, value))).join(', ');
  const source = given.length > 0 ? `(${names}) VALUES (${places})` : 'DEFAULT VALUES';
  return { text: `INSERT INTO ${table.fullName} ${source} RETURNING *`, values };
}

/** A text that is empty is NULL, unless the column holds text. Errors: INVALID_INPUT (unknown column, NULL not allowed). */
export function updateRow(table: EditorTable, keys: Row, data: Row): Bound {
  const { values, bind } = binder();
  const changes = Object.entries(data).map(([name, value]) => {
    const { isText, isNullable } = editorColumn(table, name);
    if (value === '' && !isText && !isNullable) throw invalidInput(`${name}: must not be empty`);
    return `${quoted(name)} = ${bind(input(table, name, value))}`;
  });
  if (changes.length === 0) throw invalidInput('data: must not be empty');
  const where = matching(table, keys, bind);
  return { text: `UPDATE ${table.fullName} SET ${changes.join(', ')} WHERE ${where} RETURNING *`, values };
}

function input(table: EditorTable, name: string, value: unknown): string | null {
  const { isText, kind } = editorColumn(table, name);
  return isText && value === '' ? '' : columnText(value, kind, true);
}

/** Which rows a page is of. */
export interface PageFilter {
  search?: string | undefined;
  filterColumn?: string | undefined;
  filterValue?: string | undefined;
}

/** ` WHERE …`, or nothing. Errors: INVALID_INPUT. */
export function pageCondition(
  table: EditorTable,
  { search, filterColumn, filterValue }: PageFilter,
  bind: Bind,
): string {
  const conditions: string[] = [];
  if (search) {
    const pattern = bind(`%${search.replace(/[\\%_]/g, '\\$&')}%`);
    const texts = [...table.columns.values()].filter((column) => column.isText);
    const found = texts.map(({ name }) => `${quoted(name)}::text ILIKE ${pattern}::text`);
    conditions.push(found.length > 0 ? `(${found.join(' OR ')})` : `${pattern}::text IS NULL`);
  }
  if (filterColumn !== undefined && filterValue !== undefined)
    conditions.push(matching(table, { [filterColumn]: filterValue }, bind));
  return conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
}

/** ` ORDER BY …` of `col:dir,col:dir`, made total by the primary key. Errors: INVALID_INPUT. */
export function pageOrder(table: EditorTable, sort: string | undefined): string {
  const items = new Map<string, string>();
  for (const item of sort ? sort.split(',') : []) {
    const [, name = '', direction = 'asc'] = /^(.+?)(?::(asc|desc))?$/i.exec(item.trim()) ?? [];
    editorColumn(table, name);
    items.set(name, direction.toLowerCase());
  }
  for (const name of table.primaryKey) if (!items.has(name)) items.set(name, 'asc');
  const order = [...items].map(([name, direction]) => `${quoted(name)} ${direction}`);
  if (table.primaryKey.length === 0 && table.rowId) order.push(table.rowId);
  return order.length > 0 ? ` ORDER BY ${order.join(', ')}` : '';
}
