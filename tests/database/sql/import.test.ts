import { expect, test } from 'vitest';
import { type TestApp, testApp } from '../../app.ts';
import { file, form } from './form.ts';

const url = '/api/database/advance/import';

async function importSql(app: TestApp, content: string, fields: Record<string, string> = {}, name = 'd.sql') {
  const { body, headers } = await form([['file', file(name, content)], ...Object.entries(fields)]);
  return (await app.admin()).post(url, body, headers);
}

const script = `\ufeff-- a dump
CREATE TABLE posts (id int PRIMARY KEY, body text);
INSERT INTO posts VALUES (1, 'a;b'), (2, $$c;d$$);
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT $1 * 2; END;
INSERT INTO "public"."posts" SELECT twice(2), E'it\\'s;';
CREATE SCHEMA other; CREATE TABLE other.t (a int); insert into other.t values (1);
UPDATE posts SET body = 'x' WHERE id = 1`;

test('a script is run whole, and the answer counts what it inserted', async () => {
  await using app = await testApp();
  const response = await importSql(app, script);
  expect(response.json()).toEqual({
    success: true,
    message: expect.any(String),
    filename: 'd.sql',
    tables: ['posts', 'other.t'],
    rowsImported: 4,
    fileSize: Buffer.byteLength(script),
  });
  expect(await app.sql('select * from posts order by id')).toEqual([
    { id: 1, body: 'x' },
    { id: 2, body: 'c;d' },
    { id: 4, body: "it's;" },
  ]);
  expect((await (await app.admin()).get('/api/database/records/posts?id=eq.2')).json()).toEqual([
    { id: 2, body: 'c;d' },
  ]);
  expect(await app.sql('select action, subject, details from system.audit_entries')).toEqual([
    {
      action: 'IMPORT_DATABASE',
      subject: 'd.sql',
      details: expect.objectContaining({ rowsImported: 4, truncate: false }),
    },
  ]);
});

test('a failing statement undoes all of the file', async () => {
  await using app = await testApp();
  const response = await importSql(app, `${script}; insert into posts values (1, 'again'); create table later (a int)`);
  expect(response.json()).toMatchObject({ error: 'INVALID_INPUT', statusCode: 400 });
  expect(response.json().message).toMatch(/^Import failed.*duplicate key/);
  expect(await app.sql(`select to_regclass('posts') as p, to_regnamespace('other') as o`)).toEqual([
    { p: null, o: null },
  ]);
  expect(app.events).toEqual([]);
});

test.each([
  ['select 1; commit', 403, 'FORBIDDEN'],
  ["select set_config('role', 'postgres', false)", 403, 'FORBIDDEN'],
  ['create role x', 403, 'FORBIDDEN'],
  ['copy t from stdin', 403, 'FORBIDDEN'],
  [`insert into t values (1); select 'unclosed`, 400, 'INVALID_INPUT'],
  ['selec 1', 400, 'INVALID_INPUT'],
  ['insert into t values (nope)', 400, 'INVALID_INPUT'],
  ['delete from system.secrets', 400, 'INVALID_INPUT'],
])('the guards and Postgres refuse: %s', async (bad, status, error) => {
  await using app = await testApp();
  await (await app.admin()).post('/api/database/advance/rawsql', { query: 'create table t (a int)' });
  const response = await importSql(app, `insert into t values (7); ${bad}`);
  expect(response.json()).toMatchObject({ error, statusCode: status });
  if (status === 400) expect(response.json().message).toMatch(/^Import failed/);
  expect(await app.sql('select * from t')).toEqual([]);
});

test('truncate empties every table of public that can be emptied first', async () => {
  await using app = await testApp();
  await (await app.admin()).post('/api/database/advance/rawsql', {
    query:
      'create table a (x int primary key); create table b (x int references a); insert into a values (1); insert into b values (1)',
  });
  await app.sql('create table foreigner as select 1 as x; revoke all on foreigner from project_admin');
  expect((await importSql(app, 'insert into a values (2)', { truncate: 'true' })).statusCode).toBe(200);
  expect(await app.sql('select (select array_agg(x) from a) as a, (select count(*)::int from b) as b')).toEqual([
    { a: [2], b: 0 },
  ]);
  expect(await app.sql('select x from foreigner')).toEqual([{ x: 1 }]);
});

test('the form is checked, and only admins import', async () => {
  await using app = await testApp();
  expect((await importSql(app, 'select 1', { truncate: 'maybe' })).json()).toMatchObject({
    error: 'INVALID_INPUT',
    statusCode: 400,
  });
  expect((await importSql(app, 'select 1', {}, 'd.csv')).json()).toMatchObject({
    error: 'INVALID_INPUT',
    statusCode: 400,
  });
  expect((await importSql(app, '')).json()).toMatchObject({ error: 'INVALID_INPUT', statusCode: 400 });
  expect((await importSql(app, 'select 1', {}, 'd.TXT')).statusCode).toBe(200);
  const { body, headers } = await form([['file', file('d.sql', 'create table t (a int)')]]);
  expect((await app.nobody().post(url, body, headers)).statusCode).toBe(401);
  expect((await (await app.anon()).post(url, body, headers)).statusCode).toBe(403);
  expect((await (await app.as('ada')).post(url, body, headers)).statusCode).toBe(403);
  expect(await app.sql(`select to_regclass('t') as t`)).toEqual([{ t: null }]);
});
