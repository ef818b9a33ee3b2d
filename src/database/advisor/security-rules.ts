import type { AdvisorRule } from './rules.ts';

/** Tables of the project that one of the two public roles may touch. */
const reachable = `
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT system.is_platform_schema(n.nspname)
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    AND EXISTS (SELECT FROM unnest(ARRAY['anon', 'authenticated']) AS role
      WHERE has_schema_privilege(role, n.oid, 'USAGE')
        AND (has_any_column_privilege(role, c.oid, 'SELECT, INSERT, UPDATE') OR has_table_privilege(role, c.oid, 'DELETE')))`;

const policies = `
  FROM pg_policies p WHERE NOT system.is_platform_schema(p.schemaname)`;

/** Who may see or write what they should not. */
export const securityRules: readonly AdvisorRule[] = [
  {
    id: 'rls-disabled',
    severity: 'critical',
    category: 'security',
    title: 'Row-level security is off',
    sql: `SELECT n.nspname AS schema, c.relname AS object,
        'Whoever has the anon key can read or write every row.' AS detail,
        format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY;', n.nspname, c.relname) AS remedy
      ${reachable} AND NOT c.relrowsecurity`,
  },
  {
    id: 'dangerous-function',
    severity: 'critical',
    category: 'security',
    title: "A function with its owner's rights trusts the caller's search path",
    sql: `SELECT n.nspname AS schema, p.proname AS object,
        'SECURITY DEFINER without SET search_path, and callable with the anon key or by users.' AS detail,
        format('ALTER FUNCTION %s SET search_path = '''';', p.oid::regprocedure) AS remedy
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE p.prosecdef AND NOT system.is_platform_schema(n.nspname)
        AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS setting WHERE setting LIKE 'search_path=%')
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
        AND (has_function_privilege('anon', p.oid, 'EXECUTE') OR has_function_privilege('authenticated', p.oid, 'EXECUTE'))`,
  },
  {
    id: 'rls-permissive',
    severity: 'warning',
    category: 'security',
    title: 'A policy lets everybody write',
    sql: `SELECT p.schemaname AS schema, p.tablename || '.' || p.policyname AS object,
        format('%s for %s is allowed on every row.', p.cmd, array_to_string(p.roles, ', ')) AS detail,
        NULL AS remedy
      ${policies} AND p.permissive = 'PERMISSIVE' AND p.cmd <> 'SELECT'
        AND p.roles && ARRAY['public', 'anon', 'authenticated']::name[]
        AND (p.with_check = 'true' OR (p.qual = 'true' AND coalesce(p.with_check, 'true') = 'true'))`,
  },
  {
    id: 'rls-no-policy',
    severity: 'info',
    category: 'security',
    title: 'No policy: only admins see and write rows',
    sql: `SELECT n.nspname AS schema, c.relname AS object,
        'Row-level security is on and no policy lets anybody through.' AS detail,
        format('CREATE POLICY own ON %I.%I USING (owner = (SELECT auth.uid()));', n.nspname, c.relname) AS remedy
      ${reachable} AND c.relrowsecurity AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)`,
  },
  {
    id: 'rls-select-only',
    severity: 'info',
    category: 'security',
    title: 'Policies allow reading only',
    sql: `SELECT n.nspname AS schema, c.relname AS object,
        'Roles may insert, update or delete here, but no policy lets them.' AS detail, NULL AS remedy
      ${reachable} AND c.relrowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)
        AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd <> 'r')
        AND (has_table_privilege('authenticated', c.oid, 'INSERT') OR has_table_privilege('anon', c.oid, 'INSERT'))`,
  },
];
