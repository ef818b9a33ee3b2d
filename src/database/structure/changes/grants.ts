import { type Call, requireAdmin } from '../../../core/call.ts';
import { checkIdentifier, quoted, validationError } from '../../rules.ts';
import { createRunDdl, type StructureDeps, schemaOf } from '../ddl.ts';
import { type Queryable, type Target, targetFilter, targetValues } from '../target.ts';
import { onExisting, type Place } from './common.ts';

export const tablePrivileges = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'] as const;
export type TablePrivilege = (typeof tablePrivileges)[number];
/** `public` stands for every role. */
export type Grantee = 'anon' | 'authenticated' | 'project_admin' | 'public';

export interface GrantInfo {
  tableName: string;
  role: string;
  privileges: TablePrivilege[];
}
export interface TableGrant extends Place {
  table: string;
  role: Grantee;
  privileges: readonly TablePrivilege[];
  /** Of these columns only. */
  columns?: readonly string[] | null | undefined;
}
export interface SchemaGrant {
  schema: string;
  role: Grantee;
}

/** What roles may do at all; policies then say with which rows. Errors: as requireAdmin, DATABASE_VALIDATION_ERROR, DATABASE_NOT_FOUND, FORBIDDEN. */
export function createGrants(deps: StructureDeps) {
  const runDdl = createRunDdl(deps);
  return {
    grantTablePrivileges: (call: Call, input: TableGrant) => changeTable(call, input, 'GRANT'),
    revokeTablePrivileges: (call: Call, input: TableGrant) => changeTable(call, input, 'REVOKE'),
    grantSchemaUsage: (call: Call, input: SchemaGrant) => changeSchema(call, input, 'GRANT'),
    revokeSchemaUsage: (call: Call, input: SchemaGrant) => changeSchema(call, input, 'REVOKE'),
  };

  async function changeTable(call: Call, input: TableGrant, verb: 'GRANT' | 'REVOKE'): Promise<void> {
    const schema = schemaOf(call, input);
    const table = checkIdentifier(input.table, 'table');
    const privileges = [...new Set(input.privileges)];
    if (privileges.length === 0) throw validationError('Name at least one privilege');
    const columns = (input.columns ?? []).map((column) => quoted(checkIdentifier(column, 'column')));
    const list = columns.length > 0 ? ` (${columns.join(', ')})` : '';
    const rights = privileges.map((privilege) => `${privilege}${list}`).join(', ');
    const details = { table, role: input.role, privileges, columns: input.columns ?? [] };
    await runDdl(call, { action: `${verb}_TABLE_PRIVILEGES`, schema, object: table, details }, async (client) => {
      await onExisting(client, `${verb} ${rights} ON TABLE ${quoted(schema, table)} ${toRole(input.role, verb)}`);
      return true;
    });
  }

  async function changeSchema(call: Call, input: SchemaGrant, verb: 'GRANT' | 'REVOKE'): Promise<void> {
    requireAdmin(call);
    const schema = schemaOf(call, input);
    const change = { action: `${verb}_SCHEMA_USAGE`, schema, object: '', details: { role: input.role } };
    await runDdl(call, change, async (client) => {
      await onExisting(client, `${verb} USAGE ON SCHEMA ${quoted(schema)} ${toRole(input.role, verb)}`);
      return true;
    });
  }
}

const toRole = (role: Grantee, verb: 'GRANT' | 'REVOKE') =>
  `${verb === 'GRANT' ? 'TO' : 'FROM'} ${role === 'public' ? 'PUBLIC' : quoted(role)}`;

/** By table, then role; column privileges are not in it. */
export async function readGrants(db: Queryable, target: Target): Promise<GrantInfo[]> {
  return (await db.query<GrantInfo>(grantsQuery, [...targetValues(target), tablePrivileges])).rows;
}

const grantsQuery = `
  SELECT c.relname AS "tableName",
    CASE WHEN acl.grantee = 0 THEN 'public' ELSE pg_get_userbyid(acl.grantee)::text END AS "role",
    array_agg(acl.privilege_type ORDER BY array_position($3::text[], acl.privilege_type)) AS "privileges"
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) AS acl
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND acl.privilege_type = ANY ($3::text[]) AND ${targetFilter}
  GROUP BY c.relname, acl.grantee
  ORDER BY c.relname COLLATE "C", 2`;
