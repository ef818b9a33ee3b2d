import { type Queryable, type Target, targetFilter, targetValues } from './target.ts';

/** What Postgres may do to a referring row. */
export const referentialActions = ['CASCADE', 'SET NULL', 'SET DEFAULT', 'RESTRICT', 'NO ACTION'] as const;
export type ReferentialAction = (typeof referentialActions)[number];

export interface ForeignKeyInfo {
  tableName: string;
  constraintName: string;
  referenceSchema: string;
  /** Bare name of the referenced table. */
  referenceTableName: string;
  /** The same, bare for tables in `public`, else `schema.table`. */
  referenceTable: string;
  /** By position in the key. */
  referenceColumns: { sourceColumn: string; referenceColumn: string }[];
  onDelete: ReferentialAction;
  onUpdate: ReferentialAction;
}

/** By name. */
export async function readForeignKeys(db: Queryable, target: Target): Promise<ForeignKeyInfo[]> {
  return (await db.query<ForeignKeyInfo>(foreignKeysQuery, targetValues(target))).rows;
}

const actionName = (column: string) => `CASE ${column} WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'
  WHEN 'd' THEN 'SET DEFAULT' WHEN 'r' THEN 'RESTRICT' ELSE 'NO ACTION' END`;

const foreignKeysQuery = `
  SELECT c.relname AS "tableName", k.conname AS "constraintName",
    fn.nspname AS "referenceSchema", fc.relname AS "referenceTableName",
    CASE WHEN fn.nspname = 'public' THEN fc.relname::text ELSE fn.nspname || '.' || fc.relname END AS "referenceTable",
    (SELECT json_agg(json_build_object('sourceColumn', sa.attname, 'referenceColumn', fa.attname) ORDER BY pair.place)
      FROM unnest(k.conkey, k.confkey) WITH ORDINALITY AS pair (source, reference, place)
        JOIN pg_attribute sa ON sa.attrelid = k.conrelid AND sa.attnum = pair.source
        JOIN pg_attribute fa ON fa.attrelid = k.confrelid AND fa.attnum = pair.reference) AS "referenceColumns",
    ${actionName('k.confdeltype')} AS "onDelete", ${actionName('k.confupdtype')} AS "onUpdate"
  FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class fc ON fc.oid = k.confrelid
    JOIN pg_namespace fn ON fn.oid = fc.relnamespace
  WHERE k.contype = 'f' AND k.conparentid = 0 AND ${targetFilter}
  ORDER BY c.relname COLLATE "C", k.conname COLLATE "C"`;

export interface IndexInfo {
  tableName: string;
  indexName: string;
  /** The whole `CREATE INDEX` statement. */
  indexDef: string;
  isUnique: boolean;
  isPrimary: boolean;
  /** `btree`, `gin`, … */
  method: string;
  /** Plain columns by name, expressions as SQL, in order; without the included ones. */
  keys: string[];
  /** False while an index is being built, or when building it failed. */
  isValid: boolean;
}

/** By table, then name. */
export async function readIndexes(db: Queryable, target: Target): Promise<IndexInfo[]> {
  return (await db.query<IndexInfo>(indexesQuery, targetValues(target))).rows;
}

const indexesQuery = `
  SELECT c.relname AS "tableName", ic.relname AS "indexName", pg_get_indexdef(i.indexrelid) AS "indexDef",
    i.indisunique AS "isUnique", i.indisprimary AS "isPrimary", am.amname AS "method", i.indisvalid AS "isValid",
    ARRAY(SELECT pg_get_indexdef(i.indexrelid, place, true) FROM generate_series(1, i.indnkeyatts) AS place) AS "keys"
  FROM pg_index i
    JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class ic ON ic.oid = i.indexrelid
    JOIN pg_am am ON am.oid = ic.relam
  WHERE ${targetFilter}
  ORDER BY c.relname COLLATE "C", ic.relname COLLATE "C"`;
