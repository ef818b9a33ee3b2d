import { compatibleVersion } from '../core/http/operations.ts';
import type { InAdminTx } from '../core/postgres/admin-tx.ts';
import { createMetadata, type Metadata, type Slice } from './metadata.ts';
import { createSql, type Sql } from './sql/sql.ts';
import { withSqlErrors } from './sql-errors.ts';
import { createIntrospection, type Introspection } from './structure/introspection.ts';
import { createTables, type Tables } from './structure/tables.ts';

/** The database room: one object, put together from a factory per noun. */
export interface Database {
  tables: Tables;
  introspection: Introspection;
  sql: Sql;
  metadata: Metadata;
}

export function createDatabase(deps: {
  inAdminTx: InAdminTx;
  /** The same as the server's own role, for unrestricted SQL. */
  inSystemTx: InAdminTx;
  /** Ceiling of one admin call's SQL. */
  timeoutMs: number;
  /** Reloads this node's schema cache after our own DDL. */
  afterDdl?: (() => Promise<unknown>) | undefined;
  /** What the other rooms tell of themselves in `/api/metadata`, by their name there. */
  slices: Readonly<Record<string, Slice>>;
}): Database {
  const structure = { inAdminTx: withSqlErrors(deps.inAdminTx), afterDdl: deps.afterDdl };
  const introspection = createIntrospection(structure);
  const metadata = createMetadata({ ...structure, introspection, slices: deps.slices, version: compatibleVersion });
  return { tables: createTables(structure), introspection, metadata, sql: createSql(deps) };
}
