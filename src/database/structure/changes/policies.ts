import type { Call } from '../../../core/call.ts';
import { checkIdentifier, quoted } from '../../rules.ts';
import { createRunDdl, type StructureDeps, schemaOf } from '../ddl.ts';
import { expressionSql } from '../expression.ts';
import { type PolicyCommand, type PolicyInfo, readPolicies } from '../objects.ts';
import { done, type OnTable, onExisting, readBack } from './common.ts';

export interface CreatePolicy extends OnTable {
  /** Default ALL. */
  command?: PolicyCommand | null | undefined;
  /** `public` (the default) stands for every role. */
  roles?: readonly string[] | null | undefined;
  /** Default true: joined to the others by OR. */
  isPermissive?: boolean | null | undefined;
  /** SQL: which existing rows it lets through. */
  using?: string | null | undefined;
  /** SQL: which new rows it lets in. */
  check?: string | null | undefined;
}
/** What is left out stays. */
export interface AlterPolicy extends OnTable {
  newName?: string | null | undefined;
  roles?: readonly string[] | null | undefined;
  using?: string | null | undefined;
  check?: string | null | undefined;
}

/** Row-level security policies. Errors of all: as requireAdmin, DATABASE_VALIDATION_ERROR, DATABASE_NOT_FOUND, FORBIDDEN. */
export function createPolicies(deps: StructureDeps) {
  const runDdl = createRunDdl(deps);
  return { createPolicy, alterPolicy, dropPolicy };

  /** Errors: DATABASE_DUPLICATE. */
  async function createPolicy(call: Call, input: CreatePolicy): Promise<PolicyInfo> {
    const { schema, table, policy, change } = named(call, input, 'CREATE_POLICY');
    const kind = input.isPermissive === false ? 'RESTRICTIVE' : 'PERMISSIVE';
    const clauses = await clausesSql({ ...input, roles: input.roles ?? ['public'] });
    const sql = `CREATE POLICY ${quoted(policy)} ON ${quoted(schema, table)} AS ${kind} FOR ${input.command ?? 'ALL'} ${clauses}`;
    const made = await runDdl(call, change, async (client) => {
      await onExisting(client, sql);
      return readBack(client, readPolicies, { schema, table, isIt: (row) => row.policyName === policy });
    });
    return done(made);
  }

  async function alterPolicy(call: Call, input: AlterPolicy): Promise<PolicyInfo> {
    const { schema, table, policy, change } = named(call, input, 'ALTER_POLICY');
    const clauses = await clausesSql(input);
    const newName = checkIdentifier(input.newName ?? policy, 'policy');
    const alter = `ALTER POLICY ${quoted(policy)} ON ${quoted(schema, table)}`;
    const changed = await runDdl(call, change, async (client) => {
      if (clauses !== '') await onExisting(client, `${alter} ${clauses}`);
      if (newName !== policy) await onExisting(client, `${alter} RENAME TO ${quoted(newName)}`);
      return readBack(client, readPolicies, { schema, table, isIt: (row) => row.policyName === newName });
    });
    return done(changed);
  }

  async function dropPolicy(call: Call, input: OnTable): Promise<void> {
    const { schema, table, policy, change } = named(call, input, 'DROP_POLICY');
    await runDdl(call, change, async (client) => {
      await onExisting(client, `DROP POLICY ${quoted(policy)} ON ${quoted(schema, table)}`);
      return true;
    });
  }
}

function named(call: Call, input: OnTable, action: string) {
  const schema = schemaOf(call, input);
  const table = checkIdentifier(input.table, 'table');
  const policy = checkIdentifier(input.name, 'policy');
  return {
    schema,
    table,
    policy,
    change: { action, schema, object: table, details: { table, policy }, isForPlatformToo: true },
  };
}

async function clausesSql({ roles, using, check }: Pick<AlterPolicy, 'roles' | 'using' | 'check'>): Promise<string> {
  const clauses = [
    roles && roles.length > 0 ? `TO ${roles.map(roleSql).join(', ')}` : '',
    using ? `USING ${await expressionSql(using, 'using')}` : '',
    check ? `WITH CHECK ${await expressionSql(check, 'check')}` : '',
  ];
  return clauses.filter(Boolean).join(' ');
}

const roleSql = (role: string) => (role === 'public' ? 'PUBLIC' : quoted(checkIdentifier(role, 'role')));
