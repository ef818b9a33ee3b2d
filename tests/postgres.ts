import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { createSigning } from '../src/auth/signing.ts';
import { createDb } from '../src/core/postgres/catalog-db.ts';
import { startEmbeddedPostgres } from '../src/core/postgres/embedded.ts';
import { prepareDatabase } from '../src/core/postgres/prepare.ts';
import { Secret } from '../src/core/secret.ts';
import { createSecretStore } from '../src/core/secret-store.ts';
import { createVault } from '../src/core/vault.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Superuser connection string of the run's Postgres. */
    postgresUrl: string;
  }
}

/** The same for every test app, so that they can share one template and one server. */
export const testEncryptionKey = new Secret('an encryption key for tests only, 32+');
export const templateName = 'pleiad_template';

/** One real Postgres for the whole run, with a migrated template that each test clones. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'pleiad-tests-'));
  const settings = {
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: '500',
    max_replication_slots: '60',
    max_wal_senders: '60',
  };
  const postgres = await startEmbeddedPostgres({ dir: join(dir, 'postgres'), password: new Secret('tests'), settings });
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(`CREATE DATABASE ${templateName}`);
  await client.end();
  const url = new URL(postgres.url);
  url.pathname = `/${templateName}`;
  await prepareDatabase(url.toString(), new Secret(createVault(testEncryptionKey).derive('authenticator')));
  await makeSigningKeys(url.toString());
  project.provide('postgresUrl', postgres.url);
  return async () => {
    await postgres[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  };
}

/** An RSA pair takes longer to make than all else in a first start; every clone uses the template's. */
async function makeSigningKeys(url: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: url });
  const secrets = createSecretStore({ db: createDb(pool), vault: createVault(testEncryptionKey) });
  await createSigning({ secrets, jwtSecret: new Secret('unused'), now: () => new Date() });
  await pool.end();
}
