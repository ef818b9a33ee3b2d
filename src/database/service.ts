import type { InAdminTx } from '../core/postgres/admin-tx.ts';
import { createSql, type Sql } from './sql/sql.ts';
import { withSqlErrors } from './sql-errors.ts';
import { createIntrospection, type Introspection } from './structure/introspection.ts';
import { createTables, type Tables } from './structure/tables.ts';

/** The database room: one object, put together from a factory per noun. */
export interface Database {
  tables: Tables;
  introspection: Introspection;
  sql: Sql;
}

export function createDatabase(deps: {
  inAdminTx: InAdminTx;
  /** The same as the server's own role, for unrestricted SQL. */
  inSystemTx: InAdminTx;
  /** Ceiling of one admin call's SQL. */
  timeoutMs: number;
  /** Reloads this node's schema cache after our own DDL. */
  afterDdl?: (() => Promise<unknown>) | undefined;
}): Database {
  const structure = { inAdminTx: withSqlErrors(deps.inAdminTx), afterDdl: deps.afterDdl };
  return { tables: createTables(structure), introspection: createIntrospection(structure), sql: createSql(deps) };
}
