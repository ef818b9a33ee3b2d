import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Call, requireAdmin } from '../../core/call.ts';
import { conflict, invalidInput } from '../../core/errors.ts';
import type { AdminTx, AdminTxOptions, InAdminTx } from '../../core/postgres/admin-tx.ts';
import type { RateLimiters } from '../../core/rate-limit.ts';
import { changesOf, publishChanges } from '../sql/changes.ts';
import { checkScript } from '../sql/guards.ts';
import { runStatements } from '../sql/run-statements.ts';
import { parseStatements, type Statement } from '../sql/statements.ts';
import { withSqlErrors } from '../sql-errors.ts';
import { reload } from '../structure/ddl.ts';
import {
  compareFiles,
  compareSnapshots,
  type DriftChange,
  type FileStatus,
  readSnapshot,
  type Snapshot,
} from './drift.ts';
import { type DryRun, dryRun } from './dry-run.ts';

export type Migrations = ReturnType<typeof createMigrations>;

/** One applied migration. */
export interface Migration {
  /** Digits; compared as numbers, kept as sent. */
  version: string;
  name: string;
  statements: string[];
  createdAt: Date;
  /** SHA-256 of the SQL as it was sent, 64 hex digits. */
  checksum: string;
}

/** How the database stands to its migrations. */
export interface Drift {
  /** The latest migration, which the changes are counted from; null when there is none. */
  since: string | null;
  /** What was made, changed or removed in `public` by other means since then. */
  changes: DriftChange[];
  /** Only when files were given. */
  files: FileStatus[];
}

const longestRunMs = 10 * 60_000;
/** Others' statements queue behind a lock that a migration waits for. */
const lockTimeout = `SET LOCAL lock_timeout = '30s'`;
/** One runner at a time in the whole database; any number that nobody else picks. */
const oneRunner = 'SELECT pg_catalog.pg_advisory_xact_lock(7130002)';

const migrationInput = z.object({
  version: z.string().regex(/^\d{1,64}$/, 'must be 1 to 64 digits'),
  name: z
    .string()
    .trim()
    .regex(/^[a-z0-9-]+$/, 'must have lowercase letters, digits and hyphens only'),
  sql: z.string().refine((sql) => sql.trim() !== '', 'must not be empty'),
});
const driftInput = z.object({
  migrations: z.array(z.object({ version: migrationInput.shape.version, sql: z.string() })).optional(),
});
const dryRunInput = z.object({ sql: z.string('sql is required') });

/** Migrations of the project's own tables: applied once, in order, all or nothing; there is no way back but forward. */
export function createMigrations(deps: {
  inAdminTx: InAdminTx;
  afterDdl?: (() => Promise<unknown>) | undefined;
  rateLimiters: RateLimiters;
}) {
  const inAdminTx = withSqlErrors(deps.inAdminTx);
  const dryRuns = deps.rateLimiters('database-dry-run', { points: 30, durationSeconds: 15 * 60 });
  const options: AdminTxOptions = { userSql: true, timeoutMs: longestRunMs };
  return { list, apply, rehearse, drift };

  /** Newest version first. Errors: as requireAdmin. */
  async function list(call: Call): Promise<Migration[]> {
    requireAdmin(call);
    const read = async ({ client }: AdminTx) => {
      const { rows } = await client.query<Migration & { snapshot: Snapshot }>(selectAll);
      return rows.map(({ snapshot: _, ...migration }) => migration);
    };
    return inAdminTx(call, read, { readOnly: true });
  }

  /**
   * Runs one migration as `project_admin` and records it in the same transaction; others wait meanwhile.
   * Errors: as requireAdmin, INVALID_INPUT, DATABASE_MIGRATION_ALREADY_EXISTS (not newer than the latest), FORBIDDEN (guards), sqlError.
   */
  async function apply(call: Call, given: unknown): Promise<Migration> {
    requireAdmin(call);
    const { version, name, sql } = parseOne(migrationInput, given);
    const statements = await parseStatements(sql);
    if (statements.length === 0) throw invalidInput('The migration has no statement', 'Write at least one.');
    checkScript(sql, statements);
    const migration = await inAdminTx(
      call,
      async (tx) => {
        await begin(tx, version);
        await runStatements(tx.client, statements);
        return record(tx, { version, name, sql, statements });
      },
      options,
    );
    await reload(call, deps.afterDdl);
    return migration;
  }

  /** What has become of `public` since the latest migration, and of the given files. Errors: as requireAdmin, INVALID_INPUT. */
  async function drift(call: Call, given: unknown): Promise<Drift> {
    requireAdmin(call);
    const { migrations: files } = parseOne(driftInput, given);
    return inAdminTx(
      call,
      async ({ client }) => {
        const { rows } = await client.query<Migration & { snapshot: Snapshot }>(selectAll);
        const [latest] = rows;
        const changes = latest ? compareSnapshots(latest.snapshot, await readSnapshot(client)) : [];
        const sums = files?.map(({ version, sql }) => ({ version, checksum: checksumOf(sql) }));
        return { since: latest?.version ?? null, changes, files: sums ? compareFiles(rows, sums) : [] };
      },
      { readOnly: true, snapshot: true },
    );
  }

  /** What `apply` would do, without doing it. Errors: as requireAdmin, INVALID_INPUT, TOO_MANY_REQUESTS. */
  async function rehearse(call: Call, given: unknown): Promise<DryRun> {
    const viewer = requireAdmin(call);
    const { sql } = parseOne(dryRunInput, given);
    await dryRuns.take(viewer.id);
    return dryRun(sql, (work) =>
      inAdminTx(call, (tx) => tx.client.query(lockTimeout).then(() => work(tx)), { ...options, rollback: true }),
    );
  }
}

const selectAll = `SELECT version, name, statements, created_at AS "createdAt", checksum, snapshot
  FROM system.custom_migrations ORDER BY version::numeric DESC`;

/** Errors: DATABASE_MIGRATION_ALREADY_EXISTS. */
async function begin({ client }: AdminTx, version: string): Promise<void> {
  await client.query(lockTimeout);
  await client.query(oneRunner);
  const { rows } = await client.query<{ latest: string }>(
    'SELECT version AS latest FROM system.custom_migrations ORDER BY version::numeric DESC LIMIT 1',
  );
  const latest = rows[0]?.latest;
  if (latest !== undefined && BigInt(version) <= BigInt(latest))
    throw conflict(
      `Migration ${version} is not newer than the latest, ${latest}`,
      'DATABASE_MIGRATION_ALREADY_EXISTS',
      'Give it a higher version number.',
    );
}

async function record(
  tx: AdminTx,
  { version, name, sql, statements }: { version: string; name: string; sql: string; statements: readonly Statement[] },
): Promise<Migration> {
  const texts = statements.map(({ text }) => text);
  const checksum = checksumOf(sql);
  const details = { version, name, statementCount: texts.length };
  await tx.audit({ module: 'DATABASE', action: 'CREATE_CUSTOM_MIGRATION', subject: version, details });
  const snapshot = JSON.stringify(await readSnapshot(tx.client));
  const { rows } = await tx.client.query<{ createdAt: Date }>(
    'SELECT system.record_migration($1, $2, $3, $4, $5) AS "createdAt"',
    [version, name, texts, checksum, snapshot],
  );
  publishChanges(tx, changesOf(statements));
  tx.emit('database.schema.changed', { schema: 'public', object: version, operation: 'CREATE_CUSTOM_MIGRATION' });
  return { version, name, statements: texts, createdAt: rows[0]?.createdAt ?? new Date(Number.NaN), checksum };
}

/** SHA-256 of the SQL as it stands, 64 hex digits. */
export const checksumOf = (sql: string): string => createHash('sha256').update(sql).digest('hex');

/** As core's `parse`, but a single fault is told without its path (contract §8). Errors: INVALID_INPUT. */
function parseOne<T extends z.ZodType>(schema: T, given: unknown): z.output<T> {
  const result = schema.safeParse(given ?? {});
  if (result.success) return result.data;
  const { issues } = result.error;
  const messages = issues.map((issue) => (issues.length > 1 ? `${issue.path.join('.')}: ` : '') + issue.message);
  throw invalidInput(messages.join(', '), 'Correct the named fields and send the migration again.');
}
