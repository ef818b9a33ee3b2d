import type { Call } from '../../../core/call.ts';
import { notFound } from '../../../core/errors.ts';
import { checkIdentifier, literal, quoted, validationError } from '../../rules.ts';
import { createRead, createRunDdl, type StructureDeps, schemaOf } from '../ddl.ts';
import type { Queryable } from '../target.ts';
import { done, onExisting, type Place } from './common.ts';

export interface EnumInfo {
  schemaName: string;
  enumName: string;
  /** In their order. */
  values: string[];
}
export interface NamedEnum extends Place {
  name: string;
}

/** Enum types. Errors of all: as requireAdmin, DATABASE_VALIDATION_ERROR, DATABASE_NOT_FOUND, FORBIDDEN. */
export function createEnums(deps: StructureDeps) {
  const runDdl = createRunDdl(deps);
  const read = createRead(deps);
  return { listEnums, createEnum, addEnumValue, renameEnumValue, dropEnum };

  /** By name. */
  async function listEnums(call: Call, place: Place): Promise<EnumInfo[]> {
    const schema = schemaOf(call, place);
    return read(call, (client) => readEnums(client, schema));
  }

  /** Errors: DATABASE_DUPLICATE. */
  async function createEnum(call: Call, input: NamedEnum & { values: readonly string[] }): Promise<EnumInfo> {
    const values = input.values.map((value) => literal(checkValue(value))).join(', ');
    return change(call, input, { action: 'CREATE_ENUM', sql: (type) => `CREATE TYPE ${type} AS ENUM (${values})` });
  }

  /** At the end, or next to another value. Errors: DATABASE_DUPLICATE. */
  async function addEnumValue(
    call: Call,
    input: NamedEnum & { value: string; before?: string | null | undefined; after?: string | null | undefined },
  ): Promise<EnumInfo> {
    if (input.before && input.after) throw validationError('Give before or after, not both');
    const value = literal(checkValue(input.value));
    const before = input.before ? ` BEFORE ${literal(input.before)}` : '';
    const place = input.after ? ` AFTER ${literal(input.after)}` : before;
    return change(call, input, {
      action: 'ALTER_ENUM',
      sql: (type) => `ALTER TYPE ${type} ADD VALUE ${value}${place}`,
    });
  }

  async function renameEnumValue(
    call: Call,
    input: NamedEnum & { value: string; newValue: string },
  ): Promise<EnumInfo> {
    const [from, to] = [literal(input.value), literal(checkValue(input.newValue))];
    return change(call, input, {
      action: 'ALTER_ENUM',
      sql: (type) => `ALTER TYPE ${type} RENAME VALUE ${from} TO ${to}`,
    });
  }

  /** Errors: DATABASE_VALIDATION_ERROR (a column has it, and no `cascade`, which drops such columns). */
  async function dropEnum(call: Call, input: NamedEnum & { cascade?: boolean | null | undefined }): Promise<void> {
    const schema = schemaOf(call, input);
    const name = checkIdentifier(input.name, 'enum');
    await runDdl(call, { action: 'DROP_ENUM', schema, object: name }, async (client) => {
      if (!(await readEnums(client, schema)).some((each) => each.enumName === name))
        throw notFound('enum', name, 'DATABASE_NOT_FOUND');
      await client.query(`DROP TYPE ${quoted(schema, name)} ${input.cascade ? 'CASCADE' : 'RESTRICT'}`);
      return true;
    });
  }

  async function change(
    call: Call,
    input: NamedEnum,
    { action, sql }: { action: string; sql: (type: string) => string },
  ): Promise<EnumInfo> {
    const schema = schemaOf(call, input);
    const name = checkIdentifier(input.name, 'enum');
    const changed = await runDdl(call, { action, schema, object: name }, async (client) => {
      await onExisting(client, sql(quoted(schema, name)));
      return (await readEnums(client, schema)).find((each) => each.enumName === name) ?? null;
    });
    return done(changed);
  }
}

function checkValue(value: string): string {
  if (value === '' || Buffer.byteLength(value) > 63) throw validationError('An enum value has 1 to 63 bytes');
  if (value.includes('\u0000') || !value.isWellFormed()) throw validationError('An enum value must be valid text');
  return value;
}

async function readEnums(db: Queryable, schema: string): Promise<EnumInfo[]> {
  return (await db.query<EnumInfo>(enumsQuery, [schema])).rows;
}

const enumsQuery = `
  SELECT n.nspname AS "schemaName", t.typname AS "enumName",
    ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS "values"
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE t.typtype = 'e' AND n.nspname = $1::text
  ORDER BY t.typname COLLATE "C"`;
