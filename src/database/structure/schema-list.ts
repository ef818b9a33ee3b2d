import type { Queryable } from './target.ts';

export interface SchemaInfo {
  name: string;
  /** True where the project may not create anything. */
  isProtected: boolean;
}

/** `public` first, then the project's own, then protected ones; by name within each. Never Postgres' own. */
export async function readSchemas(db: Queryable): Promise<SchemaInfo[]> {
  return (await db.query<SchemaInfo>(schemasQuery)).rows;
}

const schemasQuery = `
  SELECT n.nspname AS "name", s.is_protected AS "isProtected"
  FROM pg_namespace n
    CROSS JOIN LATERAL (SELECT system.is_platform_schema(n.nspname)
      OR NOT has_schema_privilege('project_admin', n.oid, 'CREATE') AS is_protected) s
  WHERE n.nspname <> 'information_schema' AND NOT starts_with(n.nspname, 'pg_')
  ORDER BY n.nspname <> 'public', s.is_protected, n.nspname COLLATE "C"`;
