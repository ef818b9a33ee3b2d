import type { Call } from '../../../core/call.ts';
import { checkIdentifier, literal, quoted, referenceFrom, validationError } from '../../rules.ts';
import { createRunDdl, type StructureDeps, schemaOf } from '../ddl.ts';
import { expressionSql } from '../expression.ts';
import { readTriggers, type TriggerInfo } from '../objects.ts';
import { done, type OnTable, onExisting, readBack } from './common.ts';

export const triggerEvents = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] as const;
export type TriggerEvent = (typeof triggerEvents)[number];

export interface CreateTrigger extends OnTable {
  timing: 'BEFORE' | 'AFTER' | 'INSTEAD OF';
  events: readonly TriggerEvent[];
  /** Default true; else once a statement. */
  forEachRow?: boolean | null | undefined;
  /** SQL over OLD and NEW. */
  when?: string | null | undefined;
  /** `f` in the table's schema, or `schema.f`. */
  function: string;
  /** Text that the function finds in TG_ARGV. */
  arguments?: readonly string[] | null | undefined;
}

/** Triggers. Errors of all: as requireAdmin, DATABASE_VALIDATION_ERROR, DATABASE_NOT_FOUND, FORBIDDEN. */
export function createTriggers(deps: StructureDeps) {
  const runDdl = createRunDdl(deps);
  return { createTrigger, dropTrigger };

  /** Errors: DATABASE_DUPLICATE, INVALID_INPUT (more than one dot in `function`). */
  async function createTrigger(call: Call, input: CreateTrigger): Promise<TriggerInfo> {
    const { schema, table, trigger, change } = named(call, input, 'CREATE_TRIGGER');
    if (input.events.length === 0) throw validationError('A trigger needs at least one event');
    const target = referenceFrom(input.function, schema);
    const when = input.when ? `WHEN ${await expressionSql(input.when, 'when')}` : '';
    const sql = [
      `CREATE TRIGGER ${quoted(trigger)} ${input.timing} ${[...new Set(input.events)].join(' OR ')}`,
      `ON ${quoted(schema, table)} FOR EACH ${input.forEachRow === false ? 'STATEMENT' : 'ROW'} ${when}`,
      `EXECUTE FUNCTION ${quoted(target.schema, target.table)}(${(input.arguments ?? []).map(literal).join(', ')})`,
    ].join(' ');
    const made = await runDdl(call, change, async (client) => {
      await onExisting(client, sql);
      return readBack(client, readTriggers, { schema, table, isIt: (row) => row.triggerName === trigger });
    });
    return done(made);
  }

  async function dropTrigger(call: Call, input: OnTable): Promise<void> {
    const { schema, table, trigger, change } = named(call, input, 'DROP_TRIGGER');
    await runDdl(call, change, async (client) => {
      await onExisting(client, `DROP TRIGGER ${quoted(trigger)} ON ${quoted(schema, table)}`);
      return true;
    });
  }
}

function named(call: Call, input: OnTable, action: string) {
  const schema = schemaOf(call, input);
  const table = checkIdentifier(input.table, 'table');
  const trigger = checkIdentifier(input.name, 'trigger');
  return {
    schema,
    table,
    trigger,
    change: { action, schema, object: table, details: { table, trigger }, isForPlatformToo: true },
  };
}
