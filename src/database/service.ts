import type { Bus } from '../core/events.ts';
import { compatibleVersion } from '../core/http/operations.ts';
import type { InTx } from '../core/in-tx.ts';
import type { Db } from '../core/postgres/catalog-db.ts';
import { type AdminVerbs, type AdminVerbsDeps, createAdminVerbs } from './admin-verbs.ts';
import { type Advisor, createAdvisor } from './advisor/service.ts';
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
  advisor: Advisor;
  metadata: Metadata;
}

export function createDatabase(
  deps: AdminVerbsDeps & {
    bus: Bus;
    db: Db;
    inTx: InTx;
    /** What the other rooms tell of themselves in `/api/metadata`, by their name there. */
    slices: Readonly<Record<string, Slice>>;
  },
): Database {
  const structureDeps = { inAdminTx: withSqlErrors(deps.inAdminTx), afterDdl: deps.afterDdl };
  const structure = createStructure({ ...structureDeps, bus: deps.bus });
  const introspection = createIntrospection(structureDeps);
  const advisor = createAdvisor({ inAdminTx: structureDeps.inAdminTx, db: deps.db, inTx: deps.inTx });
  const metadata = createMetadata({ ...structureDeps, introspection, slices: deps.slices, version: compatibleVersion });
  return {
    tables: createTables(structureDeps),
    introspection,
    structure,
    advisor,
    metadata,
    ...createAdminVerbs(deps),
  };
}
