import type pg from 'pg';

/** A statement that completes an object once all objects and rows are there. */
export interface Extra {
  /** The object it belongs to, as in `objects.ts`. */
  id: string;
  sql: string;
}

/** In dump order: foreign keys, indexes, statistics, rules, triggers, row-level security, policies, grants, comments. */
export async function readExtras(client: pg.ClientBase): Promise<Extra[]> {
  const extras: Extra[] = [];
  for (const query of [
    constraints,
    indexes,
    statistics,
    rules,
    triggers,
    rowSecurity,
    policies,
    grants,
    columnGrants,
    comments,
  ])
    extras.push(...(await client.query<Extra>(query)).rows);
  return extras;
}

const inPublic = (column: string) => `${column} = 'public'::regnamespace`;
const ofTables = `JOIN pg_class c ON c.oid = x.relation WHERE ${inPublic('c.relnamespace')}`;

const constraints = `
  SELECT 'r' || c.oid AS id, format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.oid::regclass, k.conname, pg_get_constraintdef(k.oid)) AS sql
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
  WHERE ${inPublic('c.relnamespace')} AND k.conparentid = 0 AND (k.contype = 'f' OR k.contype = 'c' AND NOT k.convalidated AND k.conislocal)
  ORDER BY k.contype, c.relname, k.conname`;

/** Those of constraints come with them, those of partitions with the partitioned table's, which therefore is not ONLY its own. */
const indexes = String.raw`
  SELECT 'r' || c.oid AS id, regexp_replace(pg_get_indexdef(i.indexrelid), '^(CREATE (?:UNIQUE )?INDEX .+?) ON ONLY ', '\1 ON ') AS sql
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
  WHERE ${inPublic('c.relnamespace')} AND i.indisvalid AND NOT x.relispartition
    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
  ORDER BY c.relname, x.relname`;

const statistics = `
  SELECT 'r' || x.relation AS id, pg_get_statisticsobjdef(x.oid) AS sql
  FROM (SELECT oid, stxrelid AS relation, stxname FROM pg_statistic_ext) x ${ofTables} ORDER BY c.relname, x.stxname`;

const rules = `
  SELECT 'r' || x.relation AS id, rtrim(pg_get_ruledef(x.oid), ';') AS sql
  FROM (SELECT oid, ev_class AS relation, rulename FROM pg_rewrite WHERE rulename <> '_RETURN') x ${ofTables}
  ORDER BY c.relname, x.rulename`;

const triggers = `
  SELECT 'r' || x.relation AS id, unnest(array_remove(ARRAY[pg_get_triggerdef(x.oid), CASE x.tgenabled
    WHEN 'D' THEN format('ALTER TABLE %s DISABLE TRIGGER %I', c.oid::regclass, x.tgname)
    WHEN 'A' THEN format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', c.oid::regclass, x.tgname)
    WHEN 'R' THEN format('ALTER TABLE %s ENABLE REPLICA TRIGGER %I', c.oid::regclass, x.tgname) END], NULL)) AS sql
  FROM (SELECT oid, tgrelid AS relation, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal AND tgparentid = 0) x ${ofTables}
  ORDER BY c.relname, x.tgname`;

const rowSecurity = `
  SELECT 'r' || c.oid AS id, unnest(array_remove(ARRAY[
    format('ALTER TABLE %s %s ROW LEVEL SECURITY', c.oid::regclass, CASE WHEN c.relrowsecurity THEN 'ENABLE' ELSE 'DISABLE' END),
    CASE WHEN c.relforcerowsecurity THEN format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', c.oid::regclass) END], NULL)) AS sql
  FROM pg_class c WHERE ${inPublic('c.relnamespace')} AND c.relkind IN ('r', 'p') ORDER BY c.relname`;

const policies = `
  SELECT 'r' || x.relation AS id, concat_ws(' ', format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', x.polname, c.oid::regclass,
      CASE WHEN x.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
      CASE x.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
      (SELECT string_agg(CASE WHEN role = 0 THEN 'PUBLIC' ELSE role::regrole::text END, ', ') FROM unnest(x.polroles) AS role)),
    'USING (' || pg_get_expr(x.polqual, x.relation) || ')', 'WITH CHECK (' || pg_get_expr(x.polwithcheck, x.relation) || ')') AS sql
  FROM (SELECT polrelid AS relation, * FROM pg_policy) x ${ofTables} ORDER BY c.relname, x.polname`;

/**
 * Of tables and sequences always, because the target may have other default privileges; of functions where they differ from
 * Postgres' own default. The rights of the owner are left out, he has them anyway.
 */
const grants = `
  WITH object (id, kind, name, owner, acl, usual) AS (
    SELECT 'r' || oid, CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, oid::regclass::text, relowner, relacl, NULL::text[]
    FROM pg_class WHERE ${inPublic('relnamespace')} AND relkind IN ('r', 'p', 'v', 'm', 'S')
    UNION ALL SELECT 'p' || oid, 'ROUTINE', oid::regprocedure::text, proowner, proacl, ARRAY['PUBLIC EXECUTE false']
    FROM pg_proc WHERE ${inPublic('pronamespace')} AND proacl IS NOT NULL
  ), entry AS (
    SELECT o.*, g.privilege, g.who, g.is_grantable FROM object o LEFT JOIN LATERAL (
      SELECT privilege_type AS privilege, CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS who, is_grantable
      FROM aclexplode(o.acl) WHERE grantee <> o.owner) g ON true
  ), differing AS (
    SELECT id, kind, name FROM entry GROUP BY id, kind, name, usual
    HAVING array_remove(array_agg((who || ' ' || privilege || ' ' || is_grantable) COLLATE "C" ORDER BY (who || ' ' || privilege || ' ' || is_grantable) COLLATE "C"), NULL)
      IS DISTINCT FROM usual
  )
  SELECT id, sql FROM (
    SELECT id, 0 AS place, name, format('REVOKE ALL ON %s %s FROM PUBLIC, anon, authenticated', kind, name) AS sql FROM differing
    UNION ALL
    SELECT e.id, 1, e.name, format('GRANT %s ON %s %s TO %s%s', string_agg(e.privilege, ', ' ORDER BY e.privilege), e.kind, e.name, e.who,
      CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM entry e JOIN differing d USING (id) WHERE e.who IS NOT NULL GROUP BY e.id, e.name, e.kind, e.who, e.is_grantable
  ) ordered ORDER BY name, place, sql`;

const columnGrants = `
  SELECT 'r' || c.oid AS id, format('GRANT %s (%I) ON %s TO %s', g.privilege_type, a.attname, c.oid::regclass,
    CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END) AS sql
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid, aclexplode(a.attacl) g
  WHERE ${inPublic('c.relnamespace')} AND a.attacl IS NOT NULL AND NOT a.attisdropped ORDER BY 1, 2`;

const comments = `
  SELECT id, sql FROM (
    SELECT 'r' || c.oid AS id, format('COMMENT ON %s %s IS %L', CASE WHEN d.objsubid > 0 THEN 'COLUMN' WHEN c.relkind = 'v' THEN 'VIEW'
        WHEN c.relkind = 'm' THEN 'MATERIALIZED VIEW' WHEN c.relkind = 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
      concat_ws('.', c.oid::regclass, quote_ident(a.attname)), d.description) AS sql
    FROM pg_description d JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND c.oid = d.objoid
      LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0
    WHERE ${inPublic('c.relnamespace')} AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
    UNION ALL SELECT 'p' || p.oid, format('COMMENT ON ROUTINE %s IS %L', p.oid::regprocedure, d.description)
    FROM pg_description d JOIN pg_proc p ON d.classoid = 'pg_proc'::regclass AND p.oid = d.objoid WHERE ${inPublic('p.pronamespace')}
    UNION ALL SELECT 't' || t.oid, format('COMMENT ON %s %s IS %L', CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, format_type(t.oid, NULL), d.description)
    FROM pg_description d JOIN pg_type t ON d.classoid = 'pg_type'::regclass AND t.oid = d.objoid WHERE ${inPublic('t.typnamespace')}
  ) found ORDER BY sql`;
