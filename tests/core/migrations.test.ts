import { expect, inject, test } from 'vitest';
import { createEnginePool, diffMigrations, openSchemaEngine } from '../../src/core/postgres/schema-engine.ts';

test('the migrations make exactly the catalog that prisma/*.prisma describes', async () => {
  const pool = createEnginePool(inject('postgresUrl'));
  const engine = await openSchemaEngine(pool);
  expect((await diffMigrations(engine)).trim()).toBe('-- This is an empty migration.');
  engine.free();
  await pool.end();
});
