import { expect, test } from 'vitest';
import type { RecordChange } from '../../../src/database/changes/audience.ts';
import { type TestApp, testApp } from '../../app.ts';
import { watch } from './watch.ts';

const open = (table: string) => `CREATE POLICY all_rows ON ${table} USING (true);`;
const feedsOf = (app: TestApp) =>
  app.sql<{ pid: number }>(
    `SELECT active_pid AS pid FROM pg_replication_slots WHERE database = current_database() AND active`,
  );

test('the feed runs from the first subscription to the last one, and once for all', async () => {
  await using app = await testApp();
  await app.sql(`CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY); ${open('a')} ${open('b')}`);
  expect(await feedsOf(app)).toHaveLength(0);
  {
    await using _first = await watch(app, await app.anon(), 'a');
    await using _second = await watch(app, await app.as('ada'), 'b');
    expect(await feedsOf(app)).toHaveLength(1);
  }
  await expect.poll(() => feedsOf(app), { timeout: 15_000 }).toHaveLength(0);
  await using again = await watch(app, await app.anon(), 'a');
  await app.sql('INSERT INTO a VALUES (1)');
  expect(await again.next()).toEqual(['INSERT', { id: 1 }, null]);
});

test('everything that commits after the subscription arrives once, in commit order, and nothing from before it', async () => {
  await using app = await testApp();
  await app.sql(
    `CREATE TABLE n (id int PRIMARY KEY, v int); ${open('n')}; INSERT INTO n SELECT g FROM generate_series(-9, 0) g`,
  );
  const streams = new AsyncDisposableStack();
  await using _ = streams;
  // Subscribers join between commits; each must see exactly what follows its own joining.
  const joined: { from: number; stream: Awaited<ReturnType<typeof watch>> }[] = [];
  for (let id = 1; id <= 200; id += 1) {
    if (id % 20 === 1) joined.push({ from: id, stream: streams.use(await watch(app, await app.anon(), 'n')) });
    await app.sql('INSERT INTO n VALUES ($1)', [id]);
  }
  for (const { from, stream } of joined) {
    const ids = (await stream.take(201 - from)).map(([, record]) => (record as { id: number }).id);
    expect(ids).toEqual(Array.from({ length: 201 - from }, (_none, at) => from + at));
  }
});

test('one commit of 20,000 rows arrives whole', async () => {
  await using app = await testApp();
  await app.sql(`CREATE TABLE n (id int PRIMARY KEY, v text); ${open('n')}`);
  await using stream = await watch(app, await app.anon(), 'n');
  const reading = stream.read(20_001);
  await app.sql(`INSERT INTO n SELECT g, 'x' FROM generate_series(1, 20000) g`);
  await app.sql('DELETE FROM n WHERE id = 1');
  const changes = await reading;
  expect(changes.slice(0, -1).every((change, at) => (change.record as { id: number }).id === at + 1)).toBe(true);
  expect(changes.at(-1)).toMatchObject({ operation: 'DELETE', oldRecord: { id: 1 } });
});

test('a subscriber that does not read is cut, and the others go on', async () => {
  await using app = await testApp();
  await app.sql(`CREATE TABLE n (id int PRIMARY KEY); ${open('n')}`);
  await using idle = await watch(app, await app.anon(), 'n');
  await using awake = await watch(app, await app.anon(), 'n');
  const reading = awake.read(3000);
  await app.sql('INSERT INTO n SELECT g FROM generate_series(1, 3000) g');
  expect(await reading).toHaveLength(3000);
  expect(await idle.ended()).toBe('SUBSCRIPTION_TOO_SLOW');
});

test('when the feed breaks, every subscriber is told, and can subscribe again', async () => {
  await using app = await testApp();
  await app.sql(`CREATE TABLE n (id int PRIMARY KEY); ${open('n')}`);
  await using first = await watch(app, await app.anon(), 'n');
  await using second = await watch(app, await app.as('ada'), 'n');
  const [feed] = await feedsOf(app);
  await app.sql('SELECT pg_terminate_backend($1)', [feed?.pid]);
  expect(await first.ended()).toBe('SUBSCRIPTION_INTERRUPTED');
  expect(await second.ended()).toBe('SUBSCRIPTION_INTERRUPTED');
  await using again = await watch(app, await app.anon(), 'n');
  await app.sql('INSERT INTO n VALUES (7)');
  expect(await again.next()).toEqual(['INSERT', { id: 7 }, null]);
});

test.each([
  ['the table is dropped', 'DROP TABLE n', 'FORBIDDEN'],
  ['the right to select is revoked', 'REVOKE SELECT ON n FROM anon', 'FORBIDDEN'],
  ['the table moves to a platform schema', 'ALTER TABLE n SET SCHEMA system', 'FORBIDDEN'],
  ['the table is truncated', 'TRUNCATE n', 'SUBSCRIPTION_INTERRUPTED'],
  ['the table is no longer published', 'ALTER PUBLICATION pleiad_changes DROP TABLE n', 'SUBSCRIPTION_INTERRUPTED'],
  ['old rows no longer go to the log', 'ALTER TABLE n REPLICA IDENTITY DEFAULT', 'SUBSCRIPTION_INTERRUPTED'],
])('a stream ends with a code when %s', async (_name, statement, code) => {
  await using app = await testApp();
  await app.sql(`CREATE TABLE n (id int PRIMARY KEY); ${open('n')}`);
  await using stream = await watch(app, await app.anon(), 'n');
  await app.sql(statement);
  expect(await stream.ended()).toBe(code);
});

test('a record is what a select gives, for every kind of column and for values too large to repeat in the log', async () => {
  await using app = await testApp();
  await app.sql(`CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE DOMAIN short AS varchar(9) CHECK (value <> '');
    CREATE TYPE pair AS (a int, b text);
    CREATE TABLE kinds (id bigint PRIMARY KEY, t text, c char(4), v varchar(20), n numeric(20, 4), f float8, b boolean,
      u uuid, j json, jb jsonb, by bytea, ts timestamptz, d date, i interval, ia int[], ta text[], m mood, s short,
      p pair, r int4range, x xml, ip inet, tw int GENERATED ALWAYS AS (id * 2) STORED, "we""ird at" text, big text,
      at int, "row" int, verdict int); ${open('kinds')}`);
  await using stream = await watch(app, await app.anon(), 'kinds');
  await app.sql(
    `INSERT INTO kinds VALUES (1, E'a\\'b\\\\"c\\n\\u00e9', 'ab', 'v', 12.3400, 0.1, true, gen_random_uuid(),
      '{"a": [1, null, "x"]}', '"just text"', '\\x00ff', now(), '2026-01-02', '1 day 2 hours', '{1,NULL,3}',
      ARRAY['a,b', NULL, '"q"'], 'bad', 'dom', ROW(1, 'x, y'), '[1,5)', '<a>1</a>', '10.0.0.1/8', DEFAULT, 'w', $1, 1, 2, 3)`,
    [Array.from({ length: 3000 }, () => crypto.randomUUID()).join('')],
  );
  await app.sql('UPDATE kinds SET t = NULL');
  const [row] = await app.sql<{ json: unknown }>('SELECT row_to_json(kinds) AS json FROM kinds');
  const changes = await stream.read(2);
  expect(changes[1]?.record).toEqual(row?.json);
  expect({ ...(changes[0]?.record as object), t: null }).toEqual(row?.json);
  expect(Math.abs(Date.now() - (changes[1] as RecordChange).commitTimestamp.getTime())).toBeLessThan(60_000);
});

test('columns that come, go and change while the stream runs are followed', async () => {
  await using app = await testApp();
  await app.sql(`CREATE TABLE n (id int PRIMARY KEY, a int); ${open('n')}`);
  await using stream = await watch(app, await app.anon(), 'n');
  await app.sql('INSERT INTO n VALUES (1, 1)');
  expect(await stream.next()).toEqual(['INSERT', { id: 1, a: 1 }, null]);
  await app.sql('ALTER TABLE n ADD b text DEFAULT $$x$$, DROP a');
  await app.sql('ALTER TABLE n RENAME TO m');
  await app.sql('INSERT INTO m VALUES (2)');
  const [change] = await stream.read(1);
  expect(change).toMatchObject({ table: 'm', record: { id: 2, b: 'x' } });
});

test('a table that is or was followed stays writable, without a primary key and with generated columns', async () => {
  await using app = await testApp();
  await app.sql(`CREATE TABLE n (a int, b int GENERATED ALWAYS AS (a + 1) STORED); ${open('n')}`);
  {
    await using stream = await watch(app, await app.anon(), 'n');
    await app.sql('INSERT INTO n VALUES (1)');
    await app.sql('UPDATE n SET a = 2');
    expect((await stream.take(2))[1]).toEqual(['UPDATE', { a: 2, b: 3 }, { a: 1, b: 2 }]);
    await app.sql('ALTER TABLE n ADD c int GENERATED ALWAYS AS (a * 2) VIRTUAL');
    expect(await stream.ended()).toBe('SUBSCRIPTION_INTERRUPTED');
  }
  await app.sql('UPDATE n SET a = 3');
  await app.sql('DELETE FROM n');
  await expect(watch(app, await app.anon(), 'n')).rejects.toMatchObject({ code: 'CHANGES_NOT_SUPPORTED', status: 400 });
});
