import { compatibleVersion } from '../core/http/operations.ts';
import { type AdminVerbs, type AdminVerbsDeps, createAdminVerbs } from './admin-verbs.ts';
import { createMetadata, type Metadata, type Slice } from './metadata.ts';
import { withSqlErrors } from './sql-errors.ts';
import { createIntrospection, type Introspection } from './structure/introspection.ts';
import { createTables, type Tables } from './structure/tables.ts';

/** The database room: one object, put together from a factory per noun. */
export interface Database extends AdminVerbs {
  tables: Tables;
  introspection: Introspection;
  metadata: Metadata;
}

export function createDatabase(
  deps: AdminVerbsDeps & {
    /** What the other rooms tell of themselves in `/api/metadata`, by their name there. */
    slices: Readonly<Record<string, Slice>>;
  },
): Database {
  const structure = { inAdminTx: withSqlErrors(deps.inAdminTx), afterDdl: deps.afterDdl };
  const introspection = createIntrospection(structure);
  const metadata = createMetadata({ ...structure, introspection, slices: deps.slices, version: compatibleVersion });
  return { tables: createTables(structure), introspection, metadata, ...createAdminVerbs(deps) };
}
