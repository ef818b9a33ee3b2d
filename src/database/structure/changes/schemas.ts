import { type Call, requireAdmin } from '../../../core/call.ts';
import { forbidden } from '../../../core/errors.ts';
import { checkIdentifier, quoted } from '../../rules.ts';
import { createRunDdl, type StructureDeps } from '../ddl.ts';
import { readSchemas, type SchemaInfo } from '../schema-list.ts';
import type { Queryable } from '../target.ts';
import { done, onExisting } from './common.ts';

/** Roles that row-level security is written for. */
export type ExposedRole = 'anon' | 'authenticated';

/** Schemas of the project. Errors of all: as requireAdmin, DATABASE_VALIDATION_ERROR, FORBIDDEN (a schema of the platform or of Postgres). */
export function createSchemas(deps: StructureDeps) {
  const runDdl = createRunDdl(deps);
  return { createSchema, dropSchema };

  /**
   * `exposeTo` may use it and what will be in it, as far as policies let them; nobody but admins by default.
   * Errors: DATABASE_DUPLICATE.
   */
  async function createSchema(
    call: Call,
    input: { name: string; exposeTo?: readonly ExposedRole[] | null | undefined },
  ): Promise<SchemaInfo> {
    requireAdmin(call);
    const name = checkIdentifier(input.name, 'schema');
    const change = { action: 'CREATE_SCHEMA', schema: name, object: '' };
    const made = await runDdl(call, change, async (client) => {
      await client.query(`CREATE SCHEMA ${quoted(name)}`);
      if (input.exposeTo && input.exposeTo.length > 0) await expose(client, name, input.exposeTo);
      return (await readSchemas(client)).find((schema) => schema.name === name) ?? null;
    });
    return done(made);
  }

  /** Empty only, unless `cascade`. Errors: DATABASE_NOT_FOUND, DATABASE_VALIDATION_ERROR (not empty). */
  async function dropSchema(call: Call, input: { name: string; cascade?: boolean | null | undefined }): Promise<void> {
    requireAdmin(call);
    const name = checkIdentifier(input.name, 'schema');
    if (name === 'public') throw forbidden('The schema public cannot be dropped');
    const change = { action: 'DROP_SCHEMA', schema: name, object: '' };
    await runDdl(call, change, async (client) => {
      await onExisting(client, `DROP SCHEMA ${quoted(name)} ${input.cascade ? 'CASCADE' : 'RESTRICT'}`);
      return true;
    });
  }
}

/** The rights that the roles have in `public`, so that policies are the one barrier here too. */
async function expose(client: Queryable, name: string, roles: readonly ExposedRole[]): Promise<void> {
  const schema = quoted(name);
  const to = roles.map((role) => quoted(role)).join(', ');
  await client.query(`GRANT USAGE ON SCHEMA ${schema} TO ${to}`);
  const future = `ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT`;
  await client.query(`${future} SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${to}`);
  await client.query(`${future} USAGE, SELECT ON SEQUENCES TO ${to}`);
}
