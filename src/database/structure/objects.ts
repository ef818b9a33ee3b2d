import { type Queryable, type Target, targetFilter, targetValues } from './target.ts';

export const policyCommands = ['ALL', 'SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const;
export type PolicyCommand = (typeof policyCommands)[number];

export interface PolicyInfo {
  tableName: string;
  policyName: string;
  cmd: PolicyCommand;
  /** `public` stands for every role. */
  roles: string[];
  /** Permissive policies are joined by OR, restrictive ones by AND. */
  isPermissive: boolean;
  /** The USING expression. */
  qual: string | null;
  withCheck: string | null;
}

/** By table, then name. */
export async function readPolicies(db: Queryable, target: Target): Promise<PolicyInfo[]> {
  return (await db.query<PolicyInfo>(policiesQuery, targetValues(target))).rows;
}

const policiesQuery = `
  SELECT c.relname AS "tableName", p.polname AS "policyName",
    CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'
      ELSE 'ALL' END AS "cmd",
    ARRAY(SELECT CASE WHEN member = 0 THEN 'public' ELSE pg_get_userbyid(member)::text END
      FROM unnest(p.polroles) WITH ORDINALITY AS list (member, place) ORDER BY place) AS "roles",
    p.polpermissive AS "isPermissive",
    pg_get_expr(p.polqual, p.polrelid) AS "qual", pg_get_expr(p.polwithcheck, p.polrelid) AS "withCheck"
  FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${targetFilter}
  ORDER BY c.relname COLLATE "C", p.polname COLLATE "C"`;

export interface TriggerInfo {
  tableName: string;
  triggerName: string;
  actionTiming: 'BEFORE' | 'AFTER' | 'INSTEAD OF';
  /** INSERT, UPDATE, DELETE, TRUNCATE, as far as they apply. */
  events: string[];
  actionOrientation: 'ROW' | 'STATEMENT';
  /** The WHEN condition. */
  actionCondition: string | null;
  /** `EXECUTE FUNCTION f()`. */
  actionStatement: string;
  /** Names of the transition tables. */
  newTable: string | null;
  oldTable: string | null;
  /** The whole `CREATE TRIGGER` statement. */
  definition: string;
  isEnabled: boolean;
}

/** By table, then name; without those that Postgres keeps for constraints. */
export async function readTriggers(db: Queryable, target: Target): Promise<TriggerInfo[]> {
  return (await db.query<TriggerInfo>(triggersQuery, targetValues(target))).rows;
}

// The bits of tgtype: src/include/catalog/pg_trigger.h
const triggersQuery = String.raw`
  SELECT c.relname AS "tableName", t.tgname AS "triggerName",
    CASE WHEN t.tgtype & 2 <> 0 THEN 'BEFORE' WHEN t.tgtype & 64 <> 0 THEN 'INSTEAD OF' ELSE 'AFTER' END AS "actionTiming",
    array_remove(ARRAY[
      CASE WHEN t.tgtype & 4 <> 0 THEN 'INSERT' END, CASE WHEN t.tgtype & 16 <> 0 THEN 'UPDATE' END,
      CASE WHEN t.tgtype & 8 <> 0 THEN 'DELETE' END, CASE WHEN t.tgtype & 32 <> 0 THEN 'TRUNCATE' END], NULL) AS "events",
    CASE WHEN t.tgtype & 1 <> 0 THEN 'ROW' ELSE 'STATEMENT' END AS "actionOrientation",
    substring(pg_get_triggerdef(t.oid) from '.{20,} WHEN \((.+)\) EXECUTE FUNCTION') AS "actionCondition",
    substring(pg_get_triggerdef(t.oid) from 'EXECUTE FUNCTION (?!.* EXECUTE FUNCTION ).*$') AS "actionStatement",
    t.tgnewtable AS "newTable", t.tgoldtable AS "oldTable",
    pg_get_triggerdef(t.oid, true) AS "definition", t.tgenabled <> 'D' AS "isEnabled"
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE NOT t.tgisinternal AND ${targetFilter}
  ORDER BY c.relname COLLATE "C", t.tgname COLLATE "C"`;

export interface FunctionInfo {
  functionName: string;
  /** The whole `CREATE OR REPLACE` statement. */
  functionDef: string;
  /** `f` function, `p` procedure, `w` window. */
  kind: 'f' | 'p' | 'w';
  /** The types that tell overloads apart: `integer, text`. */
  argumentTypes: string;
  returns: string | null;
  language: string;
  isSecurityDefiner: boolean;
}

/** By name; without aggregates and what belongs to extensions. */
export async function readFunctions(db: Queryable, schema: string): Promise<FunctionInfo[]> {
  return (await db.query<FunctionInfo>(functionsQuery, [schema])).rows;
}

const functionsQuery = `
  SELECT p.proname AS "functionName", pg_get_functiondef(p.oid) AS "functionDef", p.prokind AS "kind",
    pg_get_function_identity_arguments(p.oid) AS "argumentTypes", pg_get_function_result(p.oid) AS "returns",
    l.lanname AS "language", p.prosecdef AS "isSecurityDefiner"
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
  WHERE n.nspname = $1::text AND p.prokind IN ('f', 'p', 'w')
    AND NOT EXISTS (SELECT FROM pg_depend d
      WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
  ORDER BY p.proname COLLATE "C", p.oid`;
