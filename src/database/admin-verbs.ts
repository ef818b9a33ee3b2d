import type { InAdminTx } from '../core/postgres/admin-tx.ts';
import type { RateLimiters } from '../core/rate-limit.ts';
import { type AdminRecords, createAdminRecords } from './admin-records.ts';
import { createMigrations, type Migrations } from './migrations/migrations.ts';
import { createSql, type Sql } from './sql/sql.ts';
import { createTransfer, type Transfer } from './transfer/transfer.ts';

/** What operators do with SQL: scripts, migrations, files, and the row editor. */
export interface AdminVerbs {
  sql: Sql;
  migrations: Migrations;
  transfer: Transfer;
  adminRecords: AdminRecords;
}

export interface AdminVerbsDeps {
  inAdminTx: InAdminTx;
  /** The same as the server's own role, for unrestricted SQL. */
  inSystemTx: InAdminTx;
  /** Ceiling of one admin call's SQL. */
  timeoutMs: number;
  rateLimiters: RateLimiters;
  /** Of an uploaded file. */
  maxFileBytes: number;
  /** Signs download links; the same on every node. */
  exportLinkKey: string;
  now: () => Date;
  /** Reloads this node's schema cache after our own DDL. */
  afterDdl?: (() => Promise<unknown>) | undefined;
}

export const createAdminVerbs = (deps: AdminVerbsDeps): AdminVerbs => ({
  sql: createSql(deps),
  migrations: createMigrations(deps),
  transfer: createTransfer(deps),
  adminRecords: createAdminRecords(deps),
});
