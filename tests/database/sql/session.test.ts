import { expect, test } from 'vitest';
import type { TestApp } from '../../app.ts';
import { testApp } from '../../app.ts';

const rawsql = '/api/database/advance/rawsql';
/** One connection for all requests, so that whatever stayed on it would be met by the next. */
const onePooled = { env: { DB_POOL_SIZE: '1' } };
/** The word is guarded, so an attacker would build it. */
const setting = (name: string, value: string, isLocal: boolean) =>
  `execute 'select set' || '_config(''${name}'', ''${value}'', ${isLocal})';`;

/** What the next caller of the same pool finds. */
async function sessionOf(app: TestApp) {
  const admin = await app.admin();
  await admin.post(rawsql, {
    query: `create or replace function public.session() returns jsonb language sql as $$
    select jsonb_build_object('user', current_user, 'login', session_user, 'claims', current_setting('request.jwt.claims', true),
      'path', current_setting('search_path'), 'zone', current_setting('timezone'), 'readOnly', current_setting('default_transaction_read_only'),
      'rowSecurity', current_setting('row_security'), 'custom', current_setting('my.own', true),
      'locks', (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()),
      'prepared', (select count(*) from pg_prepared_statements where from_sql), 'listening', (select count(*) from pg_listening_channels()),
      'cursors', (select count(*) from pg_cursors), 'temp', to_regclass('pg_temp.session_temp')) $$`,
  });
  return (await (await app.anon()).post('/api/database/rpc/session', {})).json();
}

const attempts = [
  `do $$ begin execute 'reset role'; end $$`,
  `do $$ begin execute 'set role anon'; end $$`,
  `do $$ begin execute 'set session role project_admin'; end $$`,
  `do $$ begin execute 'set session authorization authenticator'; end $$`,
  `do $$ begin ${setting('role', 'project_admin', false)} end $$`,
  `do $$ begin ${setting('request.jwt.claims', '{"sub":"x"}', false)} end $$`,
  `do $$ begin ${setting('search_path', 'pg_temp', false)} end $$`,
  `do $$ begin ${setting('timezone', 'Asia/Tokyo', false)} end $$`,
  `do $$ begin ${setting('default_transaction_read_only', 'on', false)} end $$`,
  `do $$ begin ${setting('row_security', 'off', false)} end $$`,
  `do $$ begin ${setting('my.own', 'x', false)} end $$`,
  'select pg_advisory_lock(42)',
  'listen gossip',
  'prepare mine as select 1',
  'declare mine cursor with hold for select 1',
  'create temp table session_temp (a int)',
  `create function pg_temp.now() returns int return 1`,
];
test.each(attempts)('nothing of the session reaches the next caller: %s', async (query) => {
  await using app = await testApp(onePooled);
  const before = await sessionOf(app);
  expect(before).toMatchObject({ user: 'anon', login: 'authenticator', claims: '{"role":"anon"}', locks: 0 });
  const response = await (await app.admin()).post(rawsql, { query });
  expect([200, 400, 403], response.body).toContain(response.statusCode);
  expect(await sessionOf(app)).toEqual(before);
});

test.each([
  ['do $$ begin commit; end $$', 400],
  ['do $$ begin rollback; end $$', 400],
  ['create procedure p() language plpgsql as $$ begin insert into t values (1); commit; end $$; call p()', 400],
  [`do $$ begin execute 'commit'; end $$`, 400],
  [`do $$ begin execute 'reset role'; insert into system.secrets (name, sealed) values ('x', 'y'); end $$`, 403],
  [`do $$ begin execute 'set role postgres'; end $$`, 403],
  [`do $$ begin execute 'set session authorization postgres'; end $$`, 403],
  [`do $$ begin execute 'reset session authorization'; execute 'reset role'; delete from auth.sessions; end $$`, 403],
])('user SQL neither ends the transaction nor becomes more than it is: %s', async (query, status) => {
  await using app = await testApp(onePooled);
  const admin = await app.admin();
  await admin.post(rawsql, { query: 'create table t (a int)' });
  const response = await admin.post(rawsql, { query: `insert into t values (0); ${query}` });
  expect(response.statusCode, response.body).toBe(status);
  expect(await app.sql('select * from t')).toEqual([]);
  expect(await app.db.auditEntry.count()).toBe(1);
});

test('a role put back by a function does not keep the deed out of the audit log', async () => {
  await using app = await testApp(onePooled);
  const response = await (await app.admin()).post(rawsql, { query: `do $$ begin execute 'reset role'; end $$` });
  expect(response.statusCode, response.body).toBe(200);
  expect(await app.db.auditEntry.count()).toBe(1);
});

test('a deferred constraint that fails at commit undoes everything, its events and its audit row', async () => {
  await using app = await testApp(onePooled);
  const admin = await app.admin();
  await admin.post(rawsql, {
    query: `create table t (a int primary key, b int references t deferrable initially deferred);
      create function spy() returns trigger language plpgsql as $$
        begin execute 'reset role'; raise exception 'late, as %', current_user; end $$;
      create table u (a int);
      create constraint trigger late after insert on u deferrable initially deferred for each row execute function spy()`,
  });
  app.events.length = 0;
  const missing = await admin.post(rawsql, { query: 'insert into t values (1, 2)' });
  expect(missing.json()).toMatchObject({ error: 'DATABASE_CONSTRAINT_VIOLATION', statusCode: 400 });
  const late = await admin.post(rawsql, { query: 'insert into u values (1)' });
  expect(late.json()).toMatchObject({ statusCode: 400, message: 'late, as authenticator' });
  expect(await app.sql('select a from t union all select a from u')).toEqual([]);
  expect(app.events).toEqual([]);
  expect((await sessionOf(app)).user).toBe('anon');
});

test('a statement over its time is ended and says so, also one that catches the cancel', async () => {
  await using app = await testApp({ env: { DB_POOL_SIZE: '2', DB_STATEMENT_TIMEOUT_ADMIN_MS: '200' } });
  const admin = await app.admin();
  const stubborn = `do $$ begin loop begin perform pg_sleep(60); exception when query_canceled then null; end; end loop; end $$`;
  const slow = `do $$ begin ${setting('statement_timeout', '0', true)} end $$; select pg_sleep(60)`;
  const answers = await Promise.all(
    ['select pg_sleep(60)', slow, stubborn].map((query) => admin.post(rawsql, { query })),
  );
  for (const answer of answers) {
    expect(answer.json().message).toMatch(/^Query timeout/);
    expect(answer.statusCode).toBe(504);
  }
  const left = `select count(*)::int as n from pg_stat_activity where datname = current_database() and query like '%pg_sleep(60)%' and state = 'active' and pid <> pg_backend_pid()`;
  expect(await app.sql(left)).toEqual([{ n: 0 }]);
  expect((await admin.post(rawsql, { query: 'select 1 as x' })).json().rows).toEqual([{ x: 1 }]);
});

test('a connection that dies under a statement is an error of that request alone', async () => {
  await using app = await testApp(onePooled);
  const admin = await app.admin();
  const died = await admin.post(`${rawsql}/unrestricted`, { query: 'select pg_terminate_backend(pg_backend_pid())' });
  expect(died.statusCode).toBe(503);
  expect((await admin.post(rawsql, { query: 'select 1 as x' })).json().rows).toEqual([{ x: 1 }]);
  expect((await admin.post(`${rawsql}/unrestricted`, { query: 'select 1 as x' })).json().rows).toEqual([{ x: 1 }]);
});

test('a caller that leaves takes its statement with it, and the rows', async () => {
  await using app = await testApp();
  const base = await app.listen();
  const admin = await app.admin();
  await admin.post(rawsql, { query: 'create table t (a int)' });
  const gone = new AbortController();
  const request = fetch(`${base}${rawsql}`, {
    method: 'POST',
    headers: { ...admin.headers, 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'insert into t values (1); select pg_sleep(30)' }),
    signal: gone.signal,
  });
  const running = async () =>
    (
      await app.sql(
        `select pid from pg_stat_activity where datname = current_database() and query = 'select pg_sleep(30)' and state = 'active'`,
      )
    ).length;
  await expect.poll(running, { timeout: 5000 }).toBe(1);
  gone.abort();
  await expect(request).rejects.toThrow();
  await expect.poll(running, { timeout: 5000 }).toBe(0);
  expect(await app.sql('select * from t')).toEqual([]);
});

test.each([
  setting('search_path', 'pg_temp', false),
  setting('timezone', 'Asia/Tokyo', false),
  setting('default_transaction_read_only', 'on', false),
  setting('row_security', 'off', false),
  `execute 'create temp table session_temp (a int)';`,
  `execute 'listen gossip';`,
  'perform pg_advisory_lock(42);',
])('a trigger under a table verb leaves nothing to the next caller either: %s', async (deed) => {
  await using app = await testApp(onePooled);
  const admin = await app.admin();
  const query = `create table t (a int); create function leave() returns trigger language plpgsql as $$ begin ${deed} return new; end $$;
    create trigger leave before insert on t for each row execute function leave()`;
  expect((await admin.post(rawsql, { query })).statusCode).toBe(200);
  const before = await sessionOf(app);
  const inserted = await admin.post('/api/database/admin/tables/t/records', [{ a: 1 }]);
  expect(inserted.statusCode, inserted.body).toBe(201);
  expect(await sessionOf(app)).toEqual(before);
});

test('a connection that nothing was left on is used again', async () => {
  await using app = await testApp(onePooled);
  const admin = await app.admin();
  await app.sql('create table t (a int); alter table t owner to project_admin');
  const backend = async () =>
    (
      await app.sql(`select pid from pg_stat_activity where usename = 'authenticator' and datname = current_database()`)
    ).map((row) => row.pid);
  const create = () => admin.post('/api/database/admin/tables/t/records', [{ a: 1 }]);
  await create();
  const [first] = await backend();
  for (let i = 0; i < 3; i += 1) expect((await create()).statusCode).toBe(201);
  expect(await backend()).toEqual([first]);
});
