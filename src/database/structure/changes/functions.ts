import { type Call, requireAdmin } from '../../../core/call.ts';
import { notFound } from '../../../core/errors.ts';
import { checkIdentifier, schemaFrom, validationError } from '../../rules.ts';
import { createRunDdl, type StructureDeps, schemaOf } from '../ddl.ts';
import { functionNameOf } from '../expression.ts';
import { type FunctionInfo, readFunctions } from '../objects.ts';
import { done, onExisting, type Place } from './common.ts';

/** Functions and procedures. Errors of all: as requireAdmin, DATABASE_VALIDATION_ERROR, DATABASE_NOT_FOUND, FORBIDDEN. */
export function createFunctions(deps: StructureDeps) {
  const runDdl = createRunDdl(deps);
  return { createFunction, dropFunction };

  /** `definition` is one CREATE [OR REPLACE] FUNCTION or PROCEDURE statement. Errors: DATABASE_DUPLICATE. */
  async function createFunction(call: Call, input: { definition: string }): Promise<FunctionInfo> {
    requireAdmin(call);
    const path = await functionNameOf(input.definition);
    const name = checkIdentifier(path.at(-1) ?? '', 'function');
    const schema = schemaFrom(path.at(-2) ?? 'public');
    const made = await runDdl(call, { action: 'CREATE_FUNCTION', schema, object: name }, async (client) => {
      const before = new Set((await readFunctions(client, schema)).map(signature));
      await onExisting(client, input.definition);
      const after = (await readFunctions(client, schema)).filter((each) => each.functionName === name);
      return after.find((each) => !before.has(signature(each))) ?? after.at(-1) ?? null;
    });
    return done(made);
  }

  /** `argumentTypes` tells overloads apart, as `databaseFunctions` shows them. Errors: DATABASE_VALIDATION_ERROR (several, or something depends on it). */
  async function dropFunction(
    call: Call,
    input: Place & { name: string; argumentTypes?: string | null | undefined; cascade?: boolean | null | undefined },
  ): Promise<void> {
    const schema = schemaOf(call, input);
    const name = checkIdentifier(input.name, 'function');
    await runDdl(call, { action: 'DROP_FUNCTION', schema, object: name }, async (client) => {
      // Written by Postgres itself, so the caller's text never becomes SQL.
      const { rows } = await client.query<{ identity: string }>(
        `SELECT p.oid::regprocedure::text AS identity FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
         WHERE n.nspname = $1::text AND p.proname = $2::text AND p.prokind IN ('f', 'p', 'w')
           AND ($3::text IS NULL OR pg_get_function_identity_arguments(p.oid) = $3::text)`,
        [schema, name, input.argumentTypes ?? null],
      );
      const [found, another] = rows;
      if (!found) throw notFound('function', name, 'DATABASE_NOT_FOUND');
      if (another) throw validationError(`There are several functions ${name}`, 'Give argumentTypes too.');
      await client.query(`DROP ROUTINE ${found.identity} ${input.cascade ? 'CASCADE' : 'RESTRICT'}`);
      return true;
    });
  }
}

const signature = (each: FunctionInfo) => `${each.functionName}(${each.argumentTypes}) ${each.functionDef}`;
