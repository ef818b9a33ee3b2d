import { expect, test } from 'vitest';
import { testApp } from '../../app.ts';
import { graphql } from '../../gql/index.ts';

const path = '/api/database/migrations';
const Drift = graphql(`query MigrationDrift($files: [MigrationFileInput!]) {
  migrationDrift(files: $files) { since changes { object change } files { version status } } }`);

test('what is changed past the migrations is reported, object by object, on both faces', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  const report = async () => (await admin.get(`${path}/drift`)).json();
  expect(await report()).toEqual({ since: null, changes: [], files: [] });
  const sql = `create type mood as enum ('ok'); create table a (id int primary key, m mood); create table b (x int);
    create function f() returns int return 1; create policy p on a using (true)`;
  expect((await admin.post(path, { version: '1', name: 'first', sql })).statusCode).toBe(201);
  expect(await report()).toEqual({ since: '1', changes: [], files: [] });

  await admin.post('/api/database/advance/rawsql', {
    query: `insert into b values (1); drop policy p on a; create policy p on a using (false); drop function f();
      create table c (x int); create index on b (x)`,
  });
  const changes = [
    { object: 'function public.f()', change: 'removed' },
    { object: 'table public.a', change: 'changed' },
    { object: 'table public.b', change: 'changed' },
    { object: 'table public.c', change: 'added' },
  ];
  expect(await report()).toEqual({ since: '1', changes, files: [] });
  expect((await admin.gql(Drift, {})).data?.migrationDrift).toEqual({ since: '1', changes, files: [] });

  await admin.post(path, { version: '2', name: 'second', sql: 'select 1' });
  expect(await report()).toEqual({ since: '2', changes: [], files: [] });
});

test('files are told apart: applied, changed, pending, missing', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  for (const version of ['0001', '2', '3']) await admin.post(path, { version, name: 'a', sql: `select ${version}` });
  const files = [
    { version: '1', sql: 'select 0001' },
    { version: '2', sql: 'select 2 -- edited' },
    { version: '10', sql: 'select 10' },
  ];
  const expected = [
    { version: '1', status: 'applied' },
    { version: '2', status: 'changed' },
    { version: '3', status: 'missing' },
    { version: '10', status: 'pending' },
  ];
  expect((await admin.post(`${path}/drift`, { migrations: files })).json().files).toEqual(expected);
  expect((await admin.gql(Drift, { files })).data?.migrationDrift?.files).toEqual(expected);
  expect((await admin.post(`${path}/drift`, { migrations: [{ version: 'x', sql: '' }] })).statusCode).toBe(400);
});

test('only admins see it', async () => {
  await using app = await testApp();
  for (const [caller, status] of [
    [app.nobody(), 401],
    [await app.anon(), 403],
    [await app.as('ada'), 403],
  ] as const) {
    expect((await caller.get(`${path}/drift`)).statusCode).toBe(status);
    expect((await caller.post(`${path}/drift`, {})).statusCode).toBe(status);
    expect((await caller.gql(Drift, {})).errors?.[0]?.extensions).toMatchObject({ status });
  }
});
