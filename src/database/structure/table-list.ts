import { quoted } from '../rules.ts';
import { type Queryable, type Target, targetFilter, targetValues } from './target.ts';

/** Above this many rows a count is an estimate: nobody waits for an exact one. */
export const exactCountLimit = 100_000;

export type RelationKind = 'table' | 'view' | 'materialized view' | 'foreign table';

export interface TableInfo {
  schemaName: string;
  tableName: string;
  kind: RelationKind;
  rlsEnabled: boolean;
  rlsForced: boolean;
  /** Postgres' own idea of the number of rows; null before anything was counted. */
  rowEstimate: number | null;
  /** With indexes and what is stored out of line. */
  sizeBytes: number;
  comment: string | null;
}

/** By name. `kinds` are relkinds: `r` and `p` for tables. */
export async function readTables(db: Queryable, target: Target, kinds = ['r', 'p']): Promise<TableInfo[]> {
  const { rows } = await db.query<TableInfo>(tablesQuery, [...targetValues(target), kinds]);
  return rows.map((row) => ({ ...row, sizeBytes: Number(row.sizeBytes) }));
}

const tablesQuery = `
  SELECT n.nspname AS "schemaName", c.relname AS "tableName",
    CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table'
      ELSE 'table' END AS "kind",
    c.relrowsecurity AS "rlsEnabled", c.relforcerowsecurity AS "rlsForced",
    CASE WHEN c.reltuples >= 0 THEN c.reltuples::float8 END AS "rowEstimate",
    pg_total_relation_size(c.oid) AS "sizeBytes", obj_description(c.oid, 'pg_class') AS "comment"
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = ANY ($3::"char"[]) AND ${targetFilter}
  ORDER BY c.relname COLLATE "C"`;

/** Exact up to `exactCountLimit`, beyond it the estimate; null where project_admin may not read. */
export async function countRows(db: Queryable, table: TableInfo): Promise<number | null> {
  const name = quoted(table.schemaName, table.tableName);
  const allowed = await db.query<{ yes: boolean }>(`SELECT has_table_privilege($1, 'SELECT') AS yes`, [name]);
  if (!allowed.rows[0]?.yes) return table.rowEstimate;
  if ((table.rowEstimate ?? 0) > exactCountLimit) return table.rowEstimate;
  const { rows } = await db.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM (SELECT FROM ${name} LIMIT ${exactCountLimit + 1}) AS bounded`,
  );
  const counted = rows[0]?.count ?? 0;
  return counted > exactCountLimit ? Math.max(counted, table.rowEstimate ?? 0) : counted;
}
