import type { InAdminTx } from '../core/postgres/admin-tx.ts';
import type { RateLimiters } from '../core/rate-limit.ts';
import { createMigrations, type Migrations } from './migrations/migrations.ts';
import { createSql, type Sql } from './sql/sql.ts';

/** What operators do with SQL: scripts, migrations. */
export interface AdminVerbs {
  sql: Sql;
  migrations: Migrations;
}

export interface AdminVerbsDeps {
  inAdminTx: InAdminTx;
  /** The same as the server's own role, for unrestricted SQL. */
  inSystemTx: InAdminTx;
  /** Ceiling of one admin call's SQL. */
  timeoutMs: number;
  rateLimiters: RateLimiters;
  /** Reloads this node's schema cache after our own DDL. */
  afterDdl?: (() => Promise<unknown>) | undefined;
}

export const createAdminVerbs = (deps: AdminVerbsDeps): AdminVerbs => ({
  sql: createSql(deps),
  migrations: createMigrations(deps),
});
