import pg from 'pg';
import { type Call, requireAdmin } from '../core/call.ts';
import { appError } from '../core/errors.ts';
import type { InAdminTx } from '../core/postgres/admin-tx.ts';
import type { Query } from './catalog.ts';
import { sqlState } from './commit.ts';
import { invalidParameter } from './names.ts';

export const policyCommands = ['ALL', 'SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const;
const policyRoles = ['anon', 'authenticated'];

/** A row-level security policy on the objects table. */
export interface StoragePolicy {
  name: string;
  command: (typeof policyCommands)[number];
  roles: readonly string[];
  isPermissive: boolean;
  /** SQL conditions, as Postgres prints them. */
  using: string | null;
  withCheck: string | null;
}
export interface PolicyInput {
  name: string;
  command: StoragePolicy['command'];
  roles: readonly string[];
  using?: string | null | undefined;
  withCheck?: string | null | undefined;
}

/** Who may do what with objects, as policies of Postgres. Admins. */
export function createPolicies({ query, inAdminTx }: { query: Query; inAdminTx: InAdminTx }) {
  return { listPolicies, createPolicy, dropPolicy };

  /** By name. Errors: as requireAdmin. */
  async function listPolicies(call: Call): Promise<StoragePolicy[]> {
    requireAdmin(call);
    const { rows } = await query<StoragePolicy>(
      `SELECT policyname AS name, cmd AS command, roles::text[] AS roles, permissive = 'PERMISSIVE' AS "isPermissive",
         qual AS using, with_check AS "withCheck"
       FROM pg_policies WHERE schemaname = 'storage' AND tablename = 'objects' ORDER BY policyname`,
      [],
    );
    return rows;
  }

  /** Errors: as requireAdmin, STORAGE_INVALID_PARAMETER (with what Postgres says), STORAGE_ALREADY_EXISTS. */
  async function createPolicy(call: Call, input: PolicyInput): Promise<StoragePolicy> {
    requireAdmin(call);
    const text = createText(input);
    await inAdminTx(call, async ({ client, audit }) => {
      await client.query(text).catch(explain);
      const details = { command: input.command, roles: input.roles };
      await audit({ module: 'STORAGE', action: 'CREATE_POLICY', subject: input.name, details });
    });
    const made = (await listPolicies(call)).find((policy) => policy.name === input.name);
    if (!made) throw invalidParameter('The policy is not one Postgres keeps under that name');
    return made;
  }

  /** Errors: as requireAdmin, STORAGE_NOT_FOUND. */
  async function dropPolicy(call: Call, name: string): Promise<void> {
    requireAdmin(call);
    await inAdminTx(call, async ({ client, audit }) => {
      await client.query(`DROP POLICY ${pg.escapeIdentifier(name)} ON storage.objects`).catch(explain);
      await audit({ module: 'STORAGE', action: 'DROP_POLICY', subject: name });
    });
  }
}

function createText({ name, command, roles, using, withCheck }: PolicyInput): string {
  if (name === '' || Buffer.byteLength(name) > 63) throw invalidParameter('A policy needs a name of 1 to 63 bytes');
  if (roles.length === 0 || roles.some((role) => !policyRoles.includes(role)))
    throw invalidParameter(`roles must be of ${policyRoles.join(', ')}`);
  return [
    `CREATE POLICY ${pg.escapeIdentifier(name)} ON storage.objects FOR ${command}`,
    `TO ${roles.map((role) => pg.escapeIdentifier(role)).join(', ')}`,
    ...(using ? [`USING (${condition(using)}\n)`] : []),
    ...(withCheck ? [`WITH CHECK (${condition(withCheck)}\n)`] : []),
  ].join(' ');
}

/** An admin's own SQL, run as project_admin; kept to one expression, so that a slip does not become a second statement. */
function condition(sql: string): string {
  if (sql.includes(';')) throw invalidParameter('A condition is one SQL expression, without a semicolon');
  return sql;
}

/** What Postgres says of the admin's own SQL is for the admin. */
function explain(error: unknown): never {
  const state = sqlState(error);
  const message = (error as Error).message;
  if (state === '42710')
    throw appError({
      code: 'STORAGE_ALREADY_EXISTS',
      status: 409,
      message,
      nextActions: 'Choose another name, or drop that policy first.',
    });
  if (state === '42704')
    throw appError({ code: 'STORAGE_NOT_FOUND', status: 404, message, nextActions: 'List the policies.' });
  if (state?.startsWith('42') || state?.startsWith('22')) throw invalidParameter(message, 'Correct the condition.');
  throw error;
}
