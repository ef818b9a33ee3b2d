import { expect, test } from 'vitest';
import { testApp } from '../../app.ts';
import { graphql } from '../../gql/index.ts';

const rawsql = '/api/database/advance/rawsql';
const unrestricted = `${rawsql}/unrestricted`;
const RunSql = graphql(`mutation RunSql($query: String!, $params: [JSON!], $readOnly: Boolean, $unrestricted: Boolean) {
  runSql(query: $query, params: $params, readOnly: $readOnly, unrestricted: $unrestricted) {
    rows rowCount fields { name dataTypeID } warnings } }`);
const ExplainSql = graphql(`mutation ExplainSql($query: String!) { explainSql(query: $query) { rows } }`);

const everyType = `select 1 as id, 3::int8 as n, 1.50::numeric as d, date '2026-01-02' as day, interval '1 day' as i,
  timestamptz '2026-01-02 03:04:05+00' as at, '{"a":[1]}'::jsonb as j, '{1,2}'::int8[] as a, '\\x0102'::bytea as b,
  1 as twice, 2 as twice, null as nothing`;

test('both faces answer the same rows, in the encoding that clients know', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  const rest = (await admin.post(rawsql, { query: everyType, params: [] })).json();
  expect(rest.rows).toEqual([
    {
      id: 1,
      n: '3',
      d: '1.50',
      day: '2026-01-02',
      i: '1 day',
      at: '2026-01-02T03:04:05.000Z',
      j: { a: [1] },
      a: ['1', '2'],
      b: { type: 'Buffer', data: [1, 2] },
      twice: 2,
      nothing: null,
    },
  ]);
  expect(rest.rowCount).toBe(1);
  expect(rest.fields.slice(0, 2)).toEqual([
    { name: 'id', dataTypeID: 23 },
    { name: 'n', dataTypeID: 20 },
  ]);
  expect(rest.fields.filter((field: { name: string }) => field.name === 'twice')).toHaveLength(2);
  const graph = await admin.gql(RunSql, { query: everyType });
  expect(graph.data?.runSql).toEqual({ ...rest, warnings: [] });
});

test('rows, DDL, several statements and parameters each answer as the contract says', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  const run = async (query: string, params: unknown[] = []) => (await admin.post(rawsql, { query, params })).json();
  expect(await run('create table t (a int)')).toEqual({ rows: [], rowCount: null, fields: [] });
  expect(await run('insert into t values (1), (2)')).toEqual({ rows: [], rowCount: 2, fields: [] });
  expect(await run('insert into t values (3); select a from t order by a desc limit 1')).toMatchObject({
    rows: [{ a: 3 }],
    rowCount: 1,
  });
  expect(await run('select $1::text as x, $2::jsonb as y', ['é', { z: 1 }])).toMatchObject({
    rows: [{ x: 'é', y: { z: 1 } }],
  });
  expect(await run('select 1; select 2', [1])).toMatchObject({ error: 'INVALID_INPUT', statusCode: 400 });
  expect(await run('select $1::int', [])).toMatchObject({ error: 'INVALID_INPUT', statusCode: 400 });
  expect(await run('-- nothing')).toEqual({ rows: [], rowCount: null, fields: [] });
});

test('a failing statement undoes those before it, and the error has its message and place', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  const broken = await admin.post(rawsql, { query: "create table t (a int); select 'é', nope from t" });
  expect(broken.statusCode).toBe(400);
  expect(broken.json()).toMatchObject({
    error: 'DATABASE_VALIDATION_ERROR',
    message: 'column "nope" does not exist',
    nextAction: expect.any(String),
  });
  expect(await app.sql(`select to_regclass('public.t') as t`)).toEqual([{ t: null }]);
  const errors = (await admin.gql(RunSql, { query: "select 'é', nope" })).errors;
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'DATABASE_VALIDATION_ERROR', status: 400 });
  expect(app.events).toEqual([]);
});

test.each([
  ['selec 1', 400, 'DATABASE_VALIDATION_ERROR'],
  ['insert into u values (1)', 409, 'DATABASE_DUPLICATE'],
  ['insert into u values (null)', 400, 'MISSING_FIELD'],
  ['select 1/0', 400, 'DATABASE_VALIDATION_ERROR'],
  ["do $$ begin raise exception 'no'; end $$", 400, 'DATABASE_VALIDATION_ERROR'],
  ['do $$ begin commit; end $$', 400, 'DATABASE_VALIDATION_ERROR'],
  ['vacuum', 400, 'DATABASE_VALIDATION_ERROR'],
  ['execute nothing', 400, 'DATABASE_VALIDATION_ERROR'],
  ['delete from system.secrets', 403, 'FORBIDDEN'],
  ['select * from system.secrets', 403, 'FORBIDDEN'],
  ["select pg_read_file('/etc/passwd')", 403, 'FORBIDDEN'],
  ['set role postgres', 403, 'FORBIDDEN'],
])('a mistake is the caller’s: %s', async (query, status, code) => {
  await using app = await testApp();
  const admin = await app.admin();
  await admin.post(rawsql, { query: 'create table u (a int primary key); insert into u values (1)' });
  const response = await admin.post(rawsql, { query });
  expect(response.json()).toMatchObject({ error: code, statusCode: status });
  expect(response.statusCode).toBe(status);
  const errors = (await admin.gql(RunSql, { query })).errors;
  expect(errors?.[0]?.extensions).toMatchObject({ code, status });
});

test('nobody but an admin gets through, on any face', async () => {
  await using app = await testApp();
  const callers = [
    [app.nobody(), 401],
    [await app.anon(), 403],
    [await app.as('ada'), 403],
  ] as const;
  for (const [caller, status] of callers) {
    for (const url of [rawsql, unrestricted])
      expect((await caller.post(url, { query: 'select 1' })).statusCode).toBe(status);
    for (const isUnrestricted of [false, true])
      expect(
        (await caller.gql(RunSql, { query: 'select 1', unrestricted: isUnrestricted })).errors?.[0]?.extensions,
      ).toMatchObject({ status });
    expect((await caller.gql(ExplainSql, { query: 'select 1' })).errors?.[0]?.extensions).toMatchObject({ status });
  }
  expect(app.events).toEqual([]);
});

test('bad input is named', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  for (const body of [undefined, {}, { query: '' }, { query: 5 }, { query: 'select 1', params: 'x' }]) {
    const response = await admin.post(rawsql, body);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({
      error: 'INVALID_INPUT',
      message: expect.stringMatching(/^(query|params): /),
    });
  }
});

test('one audit row tells of the deed, without parameter values, and events name what changed', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  await admin.post(rawsql, { query: 'create table t (a text)' });
  await admin.post(rawsql, { query: 'insert into t values ($1)', params: ['a secret'] });
  await admin.post(unrestricted, { query: `select '${'x'.repeat(400)}'` });
  const rows = await app.sql('select actor_id, module, action, details from system.audit_entries order by id');
  expect(rows).toEqual([
    {
      actor_id: 'api-key',
      module: 'DATABASE',
      action: 'EXECUTE_RAW_SQL',
      details: { query: 'create table t (a text)', paramCount: 0, role: 'project_admin', rowCount: null },
    },
    {
      actor_id: 'api-key',
      module: 'DATABASE',
      action: 'EXECUTE_RAW_SQL',
      details: { query: 'insert into t values ($1)', paramCount: 1, role: 'project_admin', rowCount: 1 },
    },
    {
      actor_id: 'api-key',
      module: 'DATABASE',
      action: 'EXECUTE_RAW_SQL_UNRESTRICTED',
      details: { query: expect.stringMatching(/^.{300}$/), paramCount: 0, role: 'system', rowCount: 1 },
    },
  ]);
  expect(JSON.stringify(rows)).not.toContain('a secret');
  expect(app.events.filter((name) => name !== 'audit.recorded')).toEqual([
    'database.schema.changed',
    'database.records.changed',
  ]);
});

test('a table that ends with row-level security off is warned about, one with it on is not', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  const create = await admin.post(rawsql, { query: 'create table safe (a int)' });
  expect(create.json().warnings).toBeUndefined();
  const open = await admin.post(rawsql, {
    query: 'create table "Open" (a int); alter table "Open" disable row level security',
  });
  expect(open.json().warnings).toEqual([expect.stringContaining('public.Open')]);
  const graph = await admin.gql(RunSql, { query: 'alter table safe disable row level security' });
  expect(graph.data?.runSql?.warnings).toEqual([expect.stringContaining('public.safe')]);
});

test('what DDL made is there for the next request on the same server', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  for (const name of ['a', 'b', 'c']) {
    await admin.post(rawsql, { query: `create table ${name} (id int primary key); insert into ${name} values (1)` });
    expect((await admin.get(`/api/database/records/${name}`)).json()).toEqual([{ id: 1 }]);
  }
  await admin.post(rawsql, { query: 'create function add(a int, b int) returns int return a + b' });
  expect((await admin.post('/api/database/rpc/add', { a: 5, b: 3 })).body).toBe('8');
});

test('unrestricted runs as the server’s own role, and what it made belongs to project_admin', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  const query = `create type mood as enum ('ok'); create domain small as int check (value < 10);
    create table t (id serial primary key, other int generated always as identity, m mood, s small);
    create view v as select * from t; create materialized view mv as select 1 as x; create sequence seq;
    create function f() returns int return 1; create procedure p() language sql as $$ select 1 $$;
    create extension citext; select current_user as who`;
  const response = await admin.post(unrestricted, { query });
  expect(response.json()).toMatchObject({ rows: [{ who: 'postgres' }] });
  const owners = await app.sql(`
    select distinct pg_get_userbyid(relowner) as owner from pg_class where relnamespace = 'public'::regnamespace
    union select pg_get_userbyid(proowner) from pg_proc where proname in ('f', 'p') and pronamespace = 'public'::regnamespace
    union select pg_get_userbyid(typowner) from pg_type where typname in ('mood', 'small')`);
  expect(owners).toEqual([{ owner: 'project_admin' }]);
  expect((await admin.post(rawsql, { query: 'drop view v; drop table t' })).statusCode).toBe(200);
});

test('read-only statements cannot write, whatever they try, and are audited', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  await admin.post(rawsql, { query: 'create table t (a int)' });
  const attempts = [
    'insert into t values (1)',
    'create table u (a int)',
    'set transaction read write; insert into t values (1)',
    `do $$ begin execute 'set transaction read write'; insert into t values (1); end $$`,
    `do $$ begin execute 'select set' || '_config(''transaction_read_only'', ''off'', true)'; insert into t values (1); end $$`,
  ];
  for (const query of attempts) {
    const response = await admin.post(rawsql, { query, readOnly: true });
    expect(response.json(), query).toMatchObject({ error: 'DATABASE_VALIDATION_ERROR', statusCode: 400 });
  }
  expect(await app.sql('select * from t')).toEqual([]);
  const before = await app.db.auditEntry.count();
  expect((await admin.gql(RunSql, { query: 'select 1 as x', readOnly: true })).data?.runSql?.rows).toEqual([{ x: 1 }]);
  expect(await app.db.auditEntry.count()).toBe(before + 1);
});

test('explain measures one SELECT and leaves nothing behind', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  await admin.post(rawsql, {
    query:
      'create table t (a int); create function write() returns int language sql as $$ insert into t values (1) returning a $$',
  });
  const explain = await admin.post(rawsql, { query: 'select write()', explain: true });
  expect(explain.json().rows[0]['QUERY PLAN'][0]).toMatchObject({
    Plan: { 'Node Type': expect.any(String), 'Actual Rows': 1 },
    'Execution Time': expect.any(Number),
  });
  expect(explain.json().fields).toEqual([{ name: 'QUERY PLAN', dataTypeID: 114 }]);
  expect(await app.sql('select * from t')).toEqual([]);
  const graph = await admin.gql(ExplainSql, { query: 'with x as (select 1) select * from x' });
  expect(graph.data?.explainSql?.rows).toEqual([
    { 'QUERY PLAN': [expect.objectContaining({ Plan: expect.any(Object) })] },
  ]);
  for (const query of [
    'insert into t values (1)',
    'select 1; select 2',
    'with x as (delete from t returning *) select * from x',
    'select 1 into z',
    'create table z (a int)',
    '--',
  ])
    expect((await admin.post(rawsql, { query, explain: true })).json()).toMatchObject({
      error: 'INVALID_INPUT',
      statusCode: 400,
    });
});

test('an answer that would not fit in memory is refused, and the server goes on', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  const response = await admin.post(rawsql, { query: `select repeat('x', 1000000) from generate_series(1, 100000)` });
  expect(response.json()).toMatchObject({ error: 'INVALID_INPUT', statusCode: 400 });
  expect((await admin.post(rawsql, { query: 'select 1 as x' })).json().rows).toEqual([{ x: 1 }]);
});

test.each([
  ['many terms', `select 1${'+1'.repeat(24_000)} as x`],
  ['very many terms', `select 1${' + 1'.repeat(400_000)} as x`],
  ['many parentheses', `select ${'('.repeat(24_000)}1${')'.repeat(24_000)}`],
  ['very many parentheses', `select ${'('.repeat(400_000)}1${')'.repeat(400_000)}`],
])('a statement of %s is answered or refused, never a fault', async (_what, query) => {
  await using app = await testApp();
  const admin = await app.admin();
  expect([200, 400]).toContain((await admin.post(rawsql, { query })).statusCode);
  expect([200, 400]).toContain((await admin.post(rawsql, { query, explain: true })).statusCode);
  expect((await admin.post(rawsql, { query: 'select 1 as x' })).json().rows).toEqual([{ x: 1 }]);
});
