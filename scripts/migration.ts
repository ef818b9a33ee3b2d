import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../src/core/postgres/embedded.ts';
import { createEnginePool, diffMigrations, openSchemaEngine } from '../src/core/postgres/schema-engine.ts';
import { Secret } from '../src/core/secret.ts';

/** `npm run migration -- <name>` writes the SQL from the migrations to prisma/*.prisma; add to it what Prisma cannot say. */
const name = process.argv[2];
if (!name || !/^[a-z0-9_]+$/.test(name)) throw new Error('Usage: npm run migration -- <name_in_snake_case>');

const dir = await mkdtemp(join(tmpdir(), 'pleiad-migration-'));
try {
  await using postgres = await startEmbeddedPostgres({ dir: join(dir, 'postgres'), password: new Secret('shadow') });
  const pool = createEnginePool(postgres.url);
  const sql = await diffMigrations(await openSchemaEngine(pool));
  await pool.end();
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const folder = join(import.meta.dirname, '../prisma/migrations', `${stamp}_${name}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'migration.sql'), sql);
  console.log(`Wrote ${folder}/migration.sql`);
} finally {
  await rm(dir, { recursive: true, force: true });
}
