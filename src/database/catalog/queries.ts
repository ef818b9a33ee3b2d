/** The catalog's reads. They run with an empty search path, so that deparsed names carry their schema. */

const notSystem = `n.nspname <> 'information_schema' AND NOT starts_with(n.nspname, 'pg_')`;

export interface SchemaRow {
  name: string;
}
export const schemasSql = `
  SELECT n.nspname AS name FROM pg_namespace n
  WHERE CASE WHEN $1::text[] IS NULL THEN NOT system.is_platform_schema(n.nspname) AND NOT EXISTS (
      SELECT FROM pg_depend d
      WHERE d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')
    ELSE n.nspname = ANY ($1::text[]) AND ${notSystem} END
  ORDER BY array_position($1::text[], n.nspname::text), n.nspname <> 'public', n.nspname`;

export interface RelationRow {
  oid: string;
  schema: string;
  name: string;
  relkind: 'r' | 'p' | 'v' | 'm' | 'f';
  /** Bits of pg_relation_is_updatable: 8 insert, 4 update, 16 delete. */
  updatable: number;
  columns: {
    name: string;
    number: number;
    type: string;
    baseType: string;
    isNullable: boolean;
    defaultSql: string | null;
    isGenerated: boolean;
  }[];
}
export const relationsSql = `
  WITH RECURSIVE base AS (
    SELECT oid, oid AS root, typtype, CASE typtype WHEN 'd' THEN typdefaultbin END AS preset FROM pg_type
    UNION ALL
    SELECT b.oid, below.oid, below.typtype, coalesce(b.preset, CASE below.typtype WHEN 'd' THEN below.typdefaultbin END)
    FROM base b JOIN pg_type t ON t.oid = b.root JOIN pg_type below ON below.oid = t.typbasetype
    WHERE b.typtype = 'd'
  ), bottom AS (
    SELECT b.oid, t.typname, b.preset FROM base b JOIN pg_type t ON t.oid = b.root WHERE b.typtype <> 'd'
  )
  SELECT c.oid::text, n.nspname AS schema, c.relname AS name, c.relkind,
    pg_relation_is_updatable(c.oid, true) AS updatable,
    coalesce(json_agg(json_build_object(
      'name', a.attname, 'number', a.attnum, 'type', format_type(a.atttypid, a.atttypmod),
      'baseType', bottom.typname, 'isNullable', NOT a.attnotnull,
      'isGenerated', a.attgenerated <> '',
      'defaultSql', CASE
        WHEN a.attidentity <> '' THEN format('nextval(%L::regclass)',
          pg_get_serial_sequence(quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname))
        WHEN a.attgenerated = '' THEN coalesce(pg_get_expr(d.adbin, d.adrelid), pg_get_expr(bottom.preset, 0))
      END) ORDER BY a.attnum) FILTER (WHERE a.attnum IS NOT NULL), '[]') AS columns
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN bottom ON bottom.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND ${notSystem}
  GROUP BY c.oid, n.nspname`;

export interface KeyRow {
  relation: string;
  isPrimary: boolean;
  columns: string[];
}
/** Primary and unique keys. */
export const keysSql = `
  SELECT k.conrelid::text AS relation, k.contype = 'p' AS "isPrimary",
    (SELECT json_agg(a.attname ORDER BY u.ord)
     FROM unnest(k.conkey) WITH ORDINALITY AS u(num, ord)
     JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num) AS columns
  FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
  WHERE k.contype IN ('p', 'u') AND k.conrelid <> 0 AND ${notSystem}`;

export interface ForeignKeyRow {
  name: string;
  source: string;
  target: string;
  columns: [string, string][];
}
/** Foreign keys that no partition inherited. */
export const foreignKeysSql = `
  SELECT k.conname AS name, k.conrelid::text AS source, k.confrelid::text AS target,
    (SELECT json_agg(json_build_array(a.attname, f.attname) ORDER BY u.ord)
     FROM unnest(k.conkey, k.confkey) WITH ORDINALITY AS u(num, fnum, ord)
     JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num
     JOIN pg_attribute f ON f.attrelid = k.confrelid AND f.attnum = u.fnum) AS columns
  FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
  WHERE k.contype = 'f' AND k.conparentid = 0 AND ${notSystem}
  ORDER BY k.conname`;

export interface ViewRow {
  oid: string;
  /** pg_node_tree text of the view's query. */
  tree: string;
}
export const viewsSql = `
  SELECT c.oid::text, r.ev_action::text AS tree
  FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('v', 'm') AND r.rulename = '_RETURN' AND ${notSystem}`;

export interface FunctionRow {
  schema: string;
  name: string;
  parameters: { name: string; type: string; typeOid: string; isRequired: boolean; isVariadic: boolean }[];
  outColumns: string[];
  returnType: string;
  returnBaseType: string;
  /** Name of the domain that is returned, and of the type below it. */
  returnDomain: string | null;
  returnDomainBase: string | null;
  returnKind: 'void' | 'scalar' | 'composite';
  returnRelation: string | null;
  isSet: boolean;
  rows: number;
  volatility: 'v' | 's' | 'i';
  settings: string[] | null;
}
export const functionsSql = `
  SELECT n.nspname AS schema, p.proname AS name,
    coalesce((SELECT json_agg(json_build_object('name', coalesce(i.name, ''), 'type', format_type(i.type, NULL),
        'typeOid', i.type::text, 'isRequired', i.nth <= p.pronargs - p.pronargdefaults,
        'isVariadic', i.mode = 'v') ORDER BY i.nth)
      FROM (SELECT a.name, a.type, a.mode, row_number() OVER (ORDER BY a.ord) AS nth
        FROM unnest(p.proargnames, coalesce(p.proallargtypes, p.proargtypes::oid[]), p.proargmodes)
          WITH ORDINALITY AS a(name, type, mode, ord)
        WHERE a.type IS NOT NULL AND coalesce(a.mode, 'i') IN ('i', 'b', 'v')) i), '[]') AS parameters,
    coalesce((SELECT json_agg(a.name ORDER BY a.ord)
      FROM unnest(p.proargnames, p.proargmodes) WITH ORDINALITY AS a(name, mode, ord)
      WHERE a.mode IN ('o', 'b', 't')), '[]') AS "outColumns",
    format_type(p.prorettype, NULL) AS "returnType", t.typname AS "returnBaseType",
    CASE t.typtype WHEN 'd' THEN t.typname END AS "returnDomain", dt.typname AS "returnDomainBase",
    CASE WHEN t.typname = 'void' THEN 'void'
      WHEN t.typtype = 'c' OR t.typname = 'record' OR dt.typtype = 'c' THEN 'composite' ELSE 'scalar' END AS "returnKind",
    nullif(coalesce(nullif(t.typrelid, 0), dt.typrelid), 0)::text AS "returnRelation",
    p.proretset AS "isSet", p.prorows AS rows, p.provolatile AS volatility, p.proconfig AS settings
  FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_type t ON t.oid = p.prorettype
  LEFT JOIN pg_type dt ON t.typtype = 'd' AND dt.oid = t.typbasetype
  WHERE p.prokind = 'f' AND t.typname NOT IN ('trigger', 'event_trigger') AND n.nspname = ANY ($1::text[])
  ORDER BY n.nspname, p.proname, p.oid`;

export interface RoleSettingRow {
  role: string;
  setting: string;
}
export const roleSettingsSql = `
  SELECT r.rolname AS role, unnest(s.setconfig) AS setting
  FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole
  WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
  ORDER BY s.setdatabase`;

export interface RowTypeRow {
  type: string;
  relation: string;
}
/** Row types of relations, for computed fields and relationships. */
export const rowTypesSql = `
  SELECT c.reltype::text AS type, c.oid::text AS relation FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.reltype <> 0 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ${notSystem}`;
