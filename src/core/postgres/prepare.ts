import pg from 'pg';
import { StartupError } from '../lifecycle.ts';
import type { Secret } from '../secret.ts';
import { applyMigrations, createEnginePool, migrationNames, openSchemaEngine } from './schema-engine.ts';

const oldestMajor = 15;
/** Any number that no other application's migrations would pick. */
const migrationLock = 7_130_001;

/**
 * Makes a database ours: catalog migrated, roles able to log in, rights that belong to the database itself given.
 * Safe to run from several nodes at once. Errors: StartupError, in words.
 */
export async function prepareDatabase(url: string, authenticatorPassword: Secret): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
  } catch (cause) {
    throw new StartupError(`The database cannot be reached: ${(cause as Error).message}`, { cause });
  }
  try {
    await refuseOldServer(client);
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    await client.query('CREATE SCHEMA IF NOT EXISTS system');
    if (await isBehind(client)) await migrate(url);
    await grantDatabaseRights(client, authenticatorPassword);
  } finally {
    await client.end(); // ends the advisory lock too
  }
}

async function refuseOldServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>(`SELECT current_setting('server_version_num') AS version`);
  const major = Math.floor(Number(rows[0]?.version) / 10_000);
  if (major < oldestMajor)
    throw new StartupError(`The database server is Postgres ${major}; Pleiad needs ${oldestMajor} or newer`);
}

/** One cheap look, so that an ordinary start does not load the migration engine. */
async function isBehind(client: pg.Client): Promise<boolean> {
  const exists = await client.query(`SELECT to_regclass('system._prisma_migrations') IS NOT NULL AS yes`);
  if (!exists.rows[0]?.yes) return true;
  const { rows } = await client.query<{ migration_name: string }>(
    'SELECT migration_name FROM system._prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  const applied = new Set(rows.map((row) => row.migration_name));
  return (await migrationNames()).some((name) => !applied.has(name));
}

async function migrate(url: string): Promise<void> {
  const pool = createEnginePool(url);
  try {
    await applyMigrations(await openSchemaEngine(pool));
  } catch (cause) {
    throw new StartupError(`The catalog could not be migrated: ${(cause as Error).message}`, { cause });
  } finally {
    await pool.end();
  }
}

/** What CREATE DATABASE … TEMPLATE does not copy, and the request login's password. */
async function grantDatabaseRights(client: pg.Client, password: Secret): Promise<void> {
  await client.query(`
    DO $$ BEGIN
      EXECUTE format('GRANT CREATE, CONNECT, TEMPORARY ON DATABASE %I TO project_admin', current_database());
      EXECUTE format('GRANT CONNECT ON DATABASE %I TO authenticator', current_database());
    END $$`);
  const setPassword = `ALTER ROLE authenticator LOGIN PASSWORD ${client.escapeLiteral(password.reveal())}`;
  // Roles belong to the whole server, the lock above to one database: another Pleiad on it may be doing the same.
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query(setPassword);
      return;
    } catch (error) {
      if (attempt === 20 || !/concurrently updated/.test((error as Error).message)) throw error;
    }
  }
}
