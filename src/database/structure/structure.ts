import { type Call, requireAdmin } from '../../core/call.ts';
import type { Bus, Events } from '../../core/events.ts';
import { createEnums } from './changes/enums.ts';
import { createExtensions } from './changes/extensions.ts';
import { createFunctions } from './changes/functions.ts';
import { createGrants, readGrants } from './changes/grants.ts';
import { createIndexes } from './changes/indexes.ts';
import { createPolicies } from './changes/policies.ts';
import { createSchemas } from './changes/schemas.ts';
import { createTriggers } from './changes/triggers.ts';
import { createRead, type StructureDeps } from './ddl.ts';
import type { Target } from './target.ts';

export type Structure = ReturnType<typeof createStructure>;
export type SchemaChange = Events['database.schema.changed'];

/** Everything of the project's schema that is not a table. For admins. */
export function createStructure(deps: StructureDeps & { bus: Bus }) {
  const read = createRead(deps);
  return {
    ...createSchemas(deps),
    ...createPolicies(deps),
    ...createIndexes(deps),
    ...createTriggers(deps),
    ...createEnums(deps),
    ...createFunctions(deps),
    ...createExtensions(deps),
    ...createGrants(deps),
    grantsOf: (call: Call, target: Target) => read(call, (client) => readGrants(client, target)),
    streamChanges,
  };

  /** Each change that this server makes, after its commit, until the signal aborts. Errors: as requireAdmin. */
  async function* streamChanges(
    call: Call,
    filter: { schema?: string | null | undefined },
  ): AsyncGenerator<SchemaChange> {
    requireAdmin(call);
    for await (const change of deps.bus.subscribe('database.schema.changed', call.signal))
      if (!filter.schema || change.schema === filter.schema) yield change;
  }
}
