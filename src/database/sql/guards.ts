import type { Node } from 'libpg-query';
import { type AppError, forbidden } from '../../core/errors.ts';
import type { Statement } from './statements.ts';

/** Settings that hold a request's identity, its limits and its names. */
const guardedSettings = new Set(['role', 'session_authorization', 'search_path', 'statement_timeout']);

/**
 * What a script may not contain (contract §5.1). Not a security boundary, which the role is: it keeps scripts from
 * undoing by accident what the request set up. Errors: FORBIDDEN.
 */
export function checkScript(script: string, statements: readonly Statement[]): void {
  checkWords(script);
  for (const statement of statements) checkStatement(statement);
}

/** Errors: FORBIDDEN. */
export function checkWords(script: string): void {
  if (/\bset_config\b/i.test(script))
    throw refused('set_config', 'Use SET LOCAL for other settings; the role and the claims are those of the request.');
}

/** Errors: FORBIDDEN. */
export function checkStatement({ node }: Statement): void {
  const fault = node && (settingFault(node) ?? objectFault(node));
  if (fault) throw fault;
}

function settingFault(node: Node): AppError | null {
  if ('DiscardStmt' in node) return refused('DISCARD');
  if ('TransactionStmt' in node)
    return refused('transaction control', 'Leave it out: the statements of one call are one transaction already.');
  if (!('VariableSetStmt' in node)) return null;
  const { kind, name = '', is_local: isLocal = false } = node.VariableSetStmt;
  if (kind === 'VAR_RESET_ALL') return refused('RESET ALL');
  if (guardedSettings.has(name.toLowerCase())) return refused(`SET or RESET of ${name}`);
  if (kind === 'VAR_RESET' || isLocal || name === 'TRANSACTION') return null;
  return refused(`SET ${name} for the session`, 'Use SET LOCAL, which ends with the call.');
}

/** Statement kinds that are about databases or roles, by what they are called in SQL. */
const forbiddenKinds: Readonly<Record<string, string>> = {
  CreatedbStmt: 'CREATE DATABASE',
  DropdbStmt: 'DROP DATABASE',
  AlterDatabaseStmt: 'ALTER DATABASE',
  AlterDatabaseSetStmt: 'ALTER DATABASE',
  AlterDatabaseRefreshCollStmt: 'ALTER DATABASE',
  CreateRoleStmt: 'CREATE ROLE',
  AlterRoleStmt: 'ALTER ROLE',
  AlterRoleSetStmt: 'ALTER ROLE',
  DropRoleStmt: 'DROP ROLE',
  GrantRoleStmt: 'GRANT or REVOKE of a role',
  AlterSystemStmt: 'ALTER SYSTEM',
};
const forbiddenObjects: Readonly<Record<string, string>> = { OBJECT_DATABASE: 'DATABASE', OBJECT_ROLE: 'ROLE' };

function objectFault(node: Node): AppError | null {
  const [kind = ''] = Object.keys(node);
  const name = forbiddenKinds[kind];
  if (name) return refused(name);
  if ('CopyStmt' in node)
    return refused('COPY', 'Use the export, import and bulk-upsert routes, which carry the data.');
  const alteredKind = alteredObject(node);
  const altered = alteredKind && forbiddenObjects[alteredKind];
  return altered ? refused(`ALTER ${altered}`) : null;
}

/** The kind of what is renamed or given to another owner. */
function alteredObject(node: Node): string | undefined {
  if ('RenameStmt' in node) return node.RenameStmt.renameType;
  if ('AlterOwnerStmt' in node) return node.AlterOwnerStmt.objectType;
  return undefined;
}

const refused = (what: string, nextActions = 'Leave it out of the script.'): AppError =>
  forbidden(`Not allowed here: ${what}`, nextActions);
