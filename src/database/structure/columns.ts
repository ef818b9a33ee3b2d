import { type Queryable, type Target, targetFilter, targetValues } from './target.ts';

export interface ColumnInfo {
  tableName: string;
  columnName: string;
  /** The short names of the table API; a type of the project's own by its name, any other by its full SQL name. */
  type: string;
  /** As SQL writes it, with length or precision: `character varying(20)`. */
  sqlType: string;
  isNullable: boolean;
  isPrimaryKey: boolean;
  /** By itself: a part of a composite key is not. */
  isUnique: boolean;
  /** Without quotes and casts where it is a literal: `draft`, `0`, `now()`. Null for none. */
  defaultValue: string | null;
  /** As SQL writes it: `'draft'::text`. */
  defaultExpression: string | null;
  isIdentity: boolean;
  isGenerated: boolean;
  comment: string | null;
}

/** Columns in their order; of tables, views and foreign tables alike. */
export async function readColumns(db: Queryable, target: Target): Promise<ColumnInfo[]> {
  const { rows } = await db.query<RawColumn>(columnsQuery, targetValues(target));
  return rows.map(({ baseType, ...row }) => ({
    ...row,
    type: shortType(baseType),
    defaultValue: defaultText(row.defaultExpression),
  }));
}

interface BaseType {
  name: string;
  fullName: string;
  isArray: boolean;
  isBuiltIn: boolean;
}
type RawColumn = Omit<ColumnInfo, 'type' | 'defaultValue'> & { baseType: BaseType };

const columnsQuery = `
  SELECT c.relname AS "tableName", a.attname AS "columnName", format_type(a.atttypid, a.atttypmod) AS "sqlType",
    json_build_object('name', t.typname, 'fullName', format_type(a.atttypid, NULL),
      'isArray', t.typcategory = 'A', 'isBuiltIn', tn.nspname = 'pg_catalog') AS "baseType",
    NOT a.attnotnull AS "isNullable",
    EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p' AND a.attnum = ANY (k.conkey))
      AS "isPrimaryKey",
    EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u') AND k.conkey = ARRAY[a.attnum])
      AS "isUnique",
    CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS "defaultExpression",
    a.attidentity <> '' AS "isIdentity", a.attgenerated <> '' AS "isGenerated",
    col_description(c.oid, a.attnum) AS "comment"
  FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
    JOIN pg_namespace tn ON tn.oid = t.typnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ${targetFilter}
  ORDER BY c.relname COLLATE "C", a.attnum`;

const shortNames: Readonly<Record<string, string>> = {
  uuid: 'uuid',
  timestamptz: 'datetime',
  date: 'date',
  int2: 'integer',
  int4: 'integer',
  int8: 'integer',
  float4: 'float',
  float8: 'float',
  numeric: 'float',
  bool: 'boolean',
  json: 'json',
  jsonb: 'json',
  text: 'string',
  varchar: 'string',
  bpchar: 'string',
};

function shortType({ name, fullName, isArray, isBuiltIn }: BaseType): string {
  if (isArray) return 'json';
  if (!isBuiltIn) return name;
  return shortNames[name] ?? fullName;
}

/** A literal without its quotes and cast; any other expression as it is. A default of NULL is none. */
export function defaultText(expression: string | null): string | null {
  if (expression === null) return null;
  const [, escaping, quotedText, bare, cast] =
    /^(?:(E?)'((?:[^']|'')*)'|([\w.+-]+|\([\w.+-]+\)))(::[\w\s."[\](),]+)?$/.exec(expression) ?? [];
  if (quotedText !== undefined) {
    const text = quotedText.replaceAll("''", "'");
    return escaping ? text.replaceAll('\\\\', '\\') : text;
  }
  if (bare === undefined) return expression;
  if (/^null$/i.test(bare)) return null;
  return cast ? bare.replace(/^\((.*)\)$/, '$1') : expression;
}
