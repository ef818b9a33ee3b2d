import type { Bus } from '../core/events.ts';
import { compatibleVersion } from '../core/http/operations.ts';
import { type AdminVerbs, type AdminVerbsDeps, createAdminVerbs } from './admin-verbs.ts';
import { createMetadata, type Metadata, type Slice } from './metadata.ts';
import { withSqlErrors } from './sql-errors.ts';
import { createIntrospection, type Introspection } from './structure/introspection.ts';
import { createStructure, type Structure } from './structure/structure.ts';
import { createTables, type Tables } from './structure/tables.ts';

/** The database room: one object, put together from a factory per noun. */
export interface Database extends AdminVerbs {
  tables: Tables;
  introspection: Introspection;
  structure: Structure;
  metadata: Metadata;
}

export function createDatabase(
  deps: AdminVerbsDeps & {
    bus: Bus;
    /** What the other rooms tell of themselves in `/api/metadata`, by their name there. */
    slices: Readonly<Record<string, Slice>>;
  },
): Database {
  const structureDeps = { inAdminTx: withSqlErrors(deps.inAdminTx), afterDdl: deps.afterDdl };
  const structure = createStructure({ ...structureDeps, bus: deps.bus });
  const introspection = createIntrospection(structureDeps);
  const metadata = createMetadata({ ...structureDeps, introspection, slices: deps.slices, version: compatibleVersion });
  return { tables: createTables(structureDeps), introspection, structure, metadata, ...createAdminVerbs(deps) };
}
