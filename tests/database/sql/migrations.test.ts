import { expect, test } from 'vitest';
import { testApp } from '../../app.ts';
import { graphql } from '../../gql/index.ts';

const path = '/api/database/migrations';
const List = graphql(`query ListMigrations { migrations { version name statements createdAt checksum } }`);
const Apply = graphql(`mutation ApplyMigration($version: String!, $name: String!, $sql: String!, $dryRun: Boolean) {
  applyMigration(version: $version, name: $name, sql: $sql, dryRun: $dryRun) {
    migration { version name statements }
    dryRun { isValid statements riskLevel riskFactors { code level statement } error } } }`);

test('migrations are applied in order on both faces, recorded statement by statement, newest first', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  const sql = "create table t (a text default 'x;y'); -- c\n create index on t (a);";
  const first = await admin.post(path, { version: '0002', name: ' add-t ', sql });
  expect(first.statusCode).toBe(201);
  expect(first.json()).toMatchObject({
    version: '0002',
    name: 'add-t',
    statements: ["create table t (a text default 'x;y')", 'create index on t (a)'],
    message: 'Migration executed successfully',
  });
  const second = await admin.gql(Apply, { version: '10', name: 'add-u', sql: 'create table u (a int)' });
  expect(second.data?.applyMigration?.migration).toMatchObject({
    version: '10',
    statements: ['create table u (a int)'],
  });
  const { migrations } = (await admin.get(path)).json();
  expect(migrations.map((migration: { version: string }) => migration.version)).toEqual(['10', '0002']);
  expect(new Date(migrations[1].createdAt).toISOString()).toBe(first.json().createdAt);
  expect((await admin.gql(List)).data?.migrations).toEqual(migrations);
  expect((await admin.get('/api/database/records/u')).json()).toEqual([]);
  const actions = await app.sql(`select action, subject from system.audit_entries order by id`);
  expect(actions).toEqual(['0002', '10'].map((subject) => ({ action: 'CREATE_CUSTOM_MIGRATION', subject })));
  expect(app.events).toContain('database.schema.changed');
});

test.each(['2', '02', '1', '0'])('version %s is not newer than 0002', async (version) => {
  await using app = await testApp();
  const admin = await app.admin();
  await admin.post(path, { version: '0002', name: 'a', sql: 'select 1' });
  const response = await admin.post(path, { version, name: 'b', sql: 'create table t ()' });
  expect(response.json()).toMatchObject({ error: 'DATABASE_MIGRATION_ALREADY_EXISTS', statusCode: 409 });
  expect(await app.sql(`select to_regclass('public.t') as t`)).toEqual([{ t: null }]);
});

test('versions are compared as numbers of any size', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  for (const version of ['9', '10', '9007199254740993', '9007199254740994', '9'.repeat(64)])
    expect((await admin.post(path, { version, name: 'a', sql: 'select 1' })).statusCode).toBe(201);
});

test('a migration that fails leaves nothing: no table, no record, no audit row', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  const response = await admin.post(path, { version: '1', name: 'a', sql: 'create table t (); create table t ()' });
  expect(response.json()).toMatchObject({ error: 'DATABASE_DUPLICATE', message: expect.stringContaining('"t"') });
  expect((await admin.get(path)).json()).toEqual({ migrations: [] });
  expect(await app.sql(`select to_regclass('public.t') as t`)).toEqual([{ t: null }]);
  expect(await app.db.auditEntry.count()).toBe(0);
  expect(app.events).toEqual([]);
});

test.each([
  [{}, /^version: .*, name: .*, sql: /],
  [{ version: 'v1', name: 'a', sql: 'select 1' }, /^must be 1 to 64 digits$/],
  [{ version: '1'.repeat(65), name: 'a', sql: 'select 1' }, /^must be 1 to 64 digits$/],
  [{ version: '1', name: 'A b', sql: 'select 1' }, /^must have lowercase/],
  [{ version: '1', name: 'a', sql: ' ' }, /^must not be empty$/],
  [{ version: '1', name: 'a', sql: '-- nothing' }, /no statement/],
])('bad input is a 400 that says what is wrong: %j', async (body, message) => {
  await using app = await testApp();
  const response = await (await app.admin()).post(path, body);
  expect(response.json()).toMatchObject({ error: 'INVALID_INPUT', statusCode: 400 });
  expect(response.json().message).toMatch(message);
});

test('two posts of the same version race: one is applied, the other is told so', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  const post = (name: string) =>
    admin.post(path, {
      version: '1',
      name,
      sql: `create table if not exists t (a int); insert into t values (1); select pg_sleep(0.2)`,
    });
  const answers = await Promise.all([post('a'), post('b'), post('c')]);
  expect(answers.map((answer) => answer.statusCode).sort()).toEqual([201, 409, 409]);
  expect(await app.sql('select count(*)::int as n from t')).toEqual([{ n: 1 }]);
  expect((await admin.get(path)).json().migrations).toHaveLength(1);
});

test('only admins migrate, and the guards hold', async () => {
  await using app = await testApp();
  const body = { version: '1', name: 'a', sql: 'create table t ()' };
  for (const [caller, status] of [
    [app.nobody(), 401],
    [await app.anon(), 403],
    [await app.as('ada'), 403],
  ] as const) {
    expect((await caller.get(path)).statusCode).toBe(status);
    expect((await caller.post(path, body)).statusCode).toBe(status);
    expect((await caller.post(`${path}/dry-run`, body)).statusCode).toBe(status);
    expect((await caller.gql(List)).errors?.[0]?.extensions).toMatchObject({ status });
    for (const dryRun of [true, false])
      expect((await caller.gql(Apply, { ...body, dryRun })).errors?.[0]?.extensions).toMatchObject({ status });
  }
  const admin = await app.admin();
  expect((await admin.post(path, { ...body, sql: 'select 1; commit' })).json()).toMatchObject({ error: 'FORBIDDEN' });
  const forged = `select system.record_migration('9', 'x', '{}', '', '{}'); delete from system.custom_migrations`;
  expect((await admin.post(path, { ...body, sql: forged })).json()).toMatchObject({ error: 'FORBIDDEN' });
});

test.each([
  ['select 1', 'SAFE', []],
  ['create table x (a int)', 'SAFE', []],
  ['delete from t where a = 1', 'SAFE', []],
  ['alter table t drop column a', 'WARNING', ['SCHEMA_BREAKING_CHANGE']],
  ['alter table t drop constraint t_pkey', 'WARNING', ['SCHEMA_BREAKING_CHANGE']],
  ['alter table t alter a type text', 'WARNING', ['SCHEMA_BREAKING_CHANGE']],
  ['drop table t', 'DANGER', ['DESTRUCTIVE_DATA_LOSS']],
  ['create schema s; drop schema s', 'DANGER', ['DESTRUCTIVE_DATA_LOSS']],
  ['truncate t', 'DANGER', ['DESTRUCTIVE_DATA_LOSS']],
  ['delete from t', 'DANGER', ['DESTRUCTIVE_DATA_LOSS']],
  ['update t set a = 1', 'DANGER', ['DESTRUCTIVE_DATA_LOSS']],
])('a dry run weighs: %s', async (sql, riskLevel, codes) => {
  await using app = await testApp();
  const admin = await app.admin();
  await app.sql('create table t (a int primary key)');
  await app.sql('alter table t owner to project_admin');
  await app.sql('insert into t values (7)');
  const report = await admin.post(`${path}/dry-run`, { sql });
  expect(report.statusCode).toBe(200);
  expect(report.json()).toMatchObject({ valid: true, riskLevel, statementCount: sql.split(';').length });
  expect(report.json().riskFactors.map((factor: { code: string }) => factor.code)).toEqual(codes);
  expect(await app.sql('select a from t')).toEqual([{ a: 7 }]);
  expect(app.events).toEqual([]);
  const graph = await admin.gql(Apply, { version: '1', name: 'a', sql, dryRun: true });
  expect(graph.data?.applyMigration).toMatchObject({ migration: null, dryRun: { isValid: true, riskLevel } });
  expect((await admin.get(path)).json().migrations).toEqual([]);
});

test.each([
  ['', 'EMPTY_SQL'],
  [' -- x', 'EMPTY_SQL'],
  ['commit', 'GUARD_VIOLATION'],
  ['selec', 'SYNTAX_OR_EXECUTION_ERROR'],
  ['drop table nope', 'SYNTAX_OR_EXECUTION_ERROR'],
])('a dry run of %j is not valid, and says why with a 200', async (sql, code) => {
  await using app = await testApp();
  const report = await (await app.admin()).post(`${path}/dry-run`, { sql });
  expect(report.statusCode).toBe(200);
  expect(report.json()).toMatchObject({ valid: false, riskLevel: 'DANGER', error: expect.any(String) });
  expect(report.json().riskFactors[0]).toMatchObject({ code, level: 'DANGER' });
});

test('dry runs are limited, and need their sql', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  expect((await admin.post(`${path}/dry-run`, {})).json()).toMatchObject({ error: 'INVALID_INPUT', statusCode: 400 });
  for (let i = 0; i < 30; i += 1) expect((await admin.post(`${path}/dry-run`, { sql: 'commit' })).statusCode).toBe(200);
  const refused = await admin.post(`${path}/dry-run`, { sql: 'commit' });
  expect(refused.json()).toMatchObject({ error: 'TOO_MANY_REQUESTS', statusCode: 429 });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
});
