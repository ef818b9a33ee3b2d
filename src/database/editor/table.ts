import type pg from 'pg';
import { invalidInput, notFound } from '../../core/errors.ts';
import { quoted } from '../rules.ts';

export interface EditorColumn {
  name: string;
  /** As SQL writes it. */
  type: string;
  isText: boolean;
  isNullable: boolean;
  isPrimaryKey: boolean;
  kind: 'json' | 'array' | 'plain';
}
export interface EditorTable {
  /** With the schema, quoted. */
  fullName: string;
  columns: ReadonlyMap<string, EditorColumn>;
  primaryKey: readonly string[];
  /** Orders rows where no key does; empty for views. */
  rowId: string;
}

/** Errors: DATABASE_NOT_FOUND. */
export async function readEditorTable(client: pg.ClientBase, schema: string, table: string): Promise<EditorTable> {
  const fullName = quoted(schema, table);
  const { rows } = await client.query<EditorColumn & { relkind: string }>(columnsQuery, [fullName]);
  if (rows.length === 0) throw notFound('table', table, 'DATABASE_NOT_FOUND');
  return {
    fullName,
    columns: new Map(rows.map((row) => [row.name, row])),
    primaryKey: rows.filter((row) => row.isPrimaryKey).map((row) => row.name),
    rowId: rows[0]?.relkind === 'r' ? 'ctid' : '',
  };
}

/** Errors: INVALID_INPUT. */
export function editorColumn(table: EditorTable, name: string): EditorColumn {
  const column = table.columns.get(name);
  if (!column) throw invalidInput(`column ${name} does not exist`, "Check the table's columns.");
  return column;
}

const columnsQuery = `
  SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS "isNullable", c.relkind,
    coalesce(b.typname, t.typname) IN ('text', 'varchar', 'bpchar', 'citext') AS "isText",
    EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey)) AS "isPrimaryKey",
    CASE WHEN coalesce(b.typname, t.typname) IN ('json', 'jsonb') THEN 'json' WHEN t.typcategory = 'A' THEN 'array' ELSE 'plain' END AS kind
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type b ON b.oid = t.typbasetype
  WHERE a.attrelid = to_regclass($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
  ORDER BY a.attnum`;
