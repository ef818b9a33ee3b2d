import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { createLog } from '../../../src/core/log.ts';
import { startEmbeddedPostgres } from '../../../src/core/postgres/embedded.ts';
import { Secret } from '../../../src/core/secret.ts';
import { logicalDecodingFeed } from '../../../src/database/changes/providers/logical-decoding.ts';
import { testApp } from '../../app.ts';
import { watch } from './watch.ts';

test.each([
  ['a platform table', 'users', 'auth'],
  ['the catalog of Postgres', 'pg_class', 'pg_catalog'],
  ['a table that does not exist', 'nothing', 'public'],
  ['a table that the role may not select', 'locked', 'public'],
  ['a name that is SQL', `n"; DROP TABLE n; --`, 'public'],
])('%s is not found, for anyone alike', async (_name, table, schema) => {
  await using app = await testApp();
  await app.sql(
    'CREATE TABLE n (id int); CREATE TABLE locked (id int); REVOKE ALL ON locked FROM anon, authenticated, project_admin',
  );
  const callers = [await app.anon(), await app.as('ada'), await app.admin()];
  for (const caller of callers)
    await expect(watch(app, caller, table, schema)).rejects.toMatchObject({ code: 'DATABASE_NOT_FOUND', status: 404 });
});

test('rows as anon need the anon key', async () => {
  await using app = await testApp();
  await app.sql('CREATE TABLE n (id int PRIMARY KEY)');
  await expect(watch(app, app.nobody(), 'n')).rejects.toMatchObject({ code: 'AUTH_INVALID_CREDENTIALS', status: 401 });
});

test('a view, whose rows are in no log, is refused in words', async () => {
  await using app = await testApp();
  await app.sql('CREATE VIEW v AS SELECT 1 AS id; GRANT SELECT ON v TO anon');
  await expect(watch(app, await app.anon(), 'v')).rejects.toMatchObject({
    code: 'CHANGES_NOT_SUPPORTED',
    nextActions: expect.stringContaining('tables'),
  });
});

test('a table locked by a long transaction is refused rather than waited for, and holds nobody up', async () => {
  await using app = await testApp();
  await app.sql('CREATE TABLE n (id int PRIMARY KEY)');
  const client = await app.pools.system.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE n IN ACCESS SHARE MODE');
  await expect(watch(app, await app.anon(), 'n')).rejects.toMatchObject({ code: 'UNAVAILABLE', status: 503 });
  await client.query('ROLLBACK');
  client.release();
  await using _stream = await watch(app, await app.anon(), 'n');
});

test('a database server without a logical log answers with what to do, and is left as it was', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'pleiad-replica-'));
  try {
    await using postgres = await startEmbeddedPostgres({
      dir: join(dir, 'postgres'),
      password: new Secret('tests'),
      settings: { wal_level: 'replica', fsync: 'off' },
    });
    const pool = new pg.Pool({ connectionString: postgres.url });
    pool.on('error', () => undefined); // its server stops while the last connections are still closing
    const feed = logicalDecodingFeed({ pool, url: postgres.url, log: createLog('silent') });
    const refusal = {
      code: 'CHANGES_UNAVAILABLE',
      status: 503,
      nextActions: expect.stringContaining('wal_level=logical'),
    };
    await expect(feed.publish(1)).rejects.toMatchObject(refusal);
    await expect(
      feed.open(
        () => undefined,
        () => undefined,
      ),
    ).rejects.toMatchObject(refusal);
    expect((await pool.query('SELECT FROM pg_publication')).rowCount).toBe(0);
    await pool.end();
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
