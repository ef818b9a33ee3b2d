import { type Call, requireAdmin } from '../../../core/call.ts';
import { notFound } from '../../../core/errors.ts';
import { checkIdentifier, quoted } from '../../rules.ts';
import { createRead, createRunDdl, type StructureDeps, schemaOf } from '../ddl.ts';
import type { Queryable } from '../target.ts';
import { onExisting, type Place } from './common.ts';

export interface ExtensionInfo {
  name: string;
  defaultVersion: string | null;
  /** Null while it is not enabled. */
  installedVersion: string | null;
  schemaName: string | null;
  /** What it is for, in one sentence. */
  comment: string | null;
}

/** Extensions that the server offers. Errors of all: as requireAdmin, DATABASE_NOT_FOUND, FORBIDDEN (needs a superuser). */
export function createExtensions(deps: StructureDeps) {
  const runDdl = createRunDdl(deps);
  const read = createRead(deps);
  return { listExtensions: (call: Call) => read(call, readExtensions), enableExtension, disableExtension };

  /** With those that it needs. One that is enabled stays as it is. */
  async function enableExtension(call: Call, input: Place & { name: string }): Promise<ExtensionInfo> {
    const schema = schemaOf(call, input);
    const name = checkIdentifier(input.name, 'extension');
    const found = await findExtension(call, name);
    if (found.installedVersion !== null) return found;
    await runDdl(call, { action: 'ENABLE_EXTENSION', schema, object: name }, async (client) => {
      await onExisting(client, `CREATE EXTENSION IF NOT EXISTS ${quoted(name)} SCHEMA ${quoted(schema)} CASCADE`);
      return true;
    });
    return findExtension(call, name);
  }

  /** Errors: DATABASE_VALIDATION_ERROR (something depends on it, and no `cascade`). */
  async function disableExtension(
    call: Call,
    input: { name: string; cascade?: boolean | null | undefined },
  ): Promise<void> {
    requireAdmin(call);
    const name = checkIdentifier(input.name, 'extension');
    const { schemaName } = await findExtension(call, name);
    const change = { action: 'DISABLE_EXTENSION', schema: schemaName ?? 'public', object: name };
    await runDdl(call, change, async (client) => {
      await onExisting(client, `DROP EXTENSION ${quoted(name)} ${input.cascade ? 'CASCADE' : 'RESTRICT'}`);
      return true;
    });
  }

  async function findExtension(call: Call, name: string): Promise<ExtensionInfo> {
    const found = (await read(call, readExtensions)).find((extension) => extension.name === name);
    if (!found) throw notFound('extension', name, 'DATABASE_NOT_FOUND');
    return found;
  }
}

async function readExtensions(db: Queryable): Promise<ExtensionInfo[]> {
  return (await db.query<ExtensionInfo>(extensionsQuery)).rows;
}

const extensionsQuery = `
  SELECT a.name::text AS "name", a.default_version AS "defaultVersion", a.installed_version AS "installedVersion",
    n.nspname::text AS "schemaName", a.comment AS "comment"
  FROM pg_available_extensions a
    LEFT JOIN pg_extension e ON e.extname = a.name
    LEFT JOIN pg_namespace n ON n.oid = e.extnamespace
  ORDER BY a.name COLLATE "C"`;
