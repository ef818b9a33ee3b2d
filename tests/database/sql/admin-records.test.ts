import { expect, test } from 'vitest';
import { testApp } from '../../app.ts';

const path = '/api/database/admin/tables/items/records';
const items = `create table items (id int primary key, name text, code varchar(10), price numeric, stock int not null default 1, doc jsonb, tags text[]);
  insert into items (id, name, price) select i, 'Item ' || i, i % 3 from generate_series(1, 7) i;
  update items set name = '50% off_\\' where id = 7;
  create table pairs (a int, b text, primary key (a, b)); insert into pairs values (1, 'x'), (1, 'y');
  create table loose (a int, b text); insert into loose values (1, null), (1, null), (2, 'z')`;

async function withItems() {
  const app = await testApp();
  await (await app.admin()).post('/api/database/advance/rawsql', { query: items });
  app.events.length = 0;
  return app;
}
const ids = (response: { json(): { id: number }[] }) => response.json().map((row) => row.id);

test('pages follow one another without overlap, say what they are of, and answer values without loss', async () => {
  await using app = await withItems();
  const admin = await app.admin();
  const first = await admin.get(`${path}?limit=3`);
  expect(first.statusCode).toBe(206);
  expect(first.headers).toMatchObject({ 'content-range': '0-2/7', 'preference-applied': 'count=exact' });
  expect(first.json()[0]).toEqual({ id: 1, name: 'Item 1', code: null, price: '1', stock: 1, doc: null, tags: null });
  const pages = await Promise.all(
    [0, 3, 6].map((offset) => admin.get(`${path}?limit=3&offset=${offset}&sort=price:desc`)),
  );
  expect(pages.flatMap(ids)).toEqual([2, 5, 1, 4, 7, 3, 6]);
  const all = await admin.get(path);
  expect([all.statusCode, all.headers['content-range']]).toEqual([200, '0-6/7']);
  const beyond = await admin.get(`${path}?offset=50`);
  expect([beyond.headers['content-range'], beyond.json()]).toEqual(['*/7', []]);
  const none = await admin.get(`${path}?filterColumn=id&filterValue=99`);
  expect([none.statusCode, none.headers['content-range']]).toEqual([200, '*/0']);
});

test.each([
  ['search=item', [1, 2, 3, 4, 5, 6]],
  ['search=%25', [7]],
  ['search=_', [7]],
  ['search=%5C', [7]],
  ['filterColumn=price&filterValue=0', [3, 6]],
  ['filterColumn=name&filterValue=Item%201', [1]],
  ['sort=name:desc,id&limit=2', [6, 5]],
])('%s finds what it says', async (query, expected) => {
  await using app = await withItems();
  expect(ids(await (await app.admin()).get(`${path}?${query}`))).toEqual(expected);
});

test('rows are looked up, created, changed and deleted by their keys', async () => {
  await using app = await withItems();
  const admin = await app.admin();
  expect((await admin.get(`${path}/lookup?column=id&value=2`)).json()).toMatchObject({ id: 2, name: 'Item 2' });
  expect((await admin.get(`${path}/lookup?column=id&value=99`)).body).toBe('null');
  const pair = '/api/database/admin/tables/pairs/records';
  expect((await admin.get(`${pair}/lookup?column=a&value=1&column=b&value=y`)).json()).toEqual({ a: 1, b: 'y' });

  const rows = [
    { id: 8, name: '', price: '', stock: '', doc: { a: '' }, tags: ['x', 'y"'] },
    { id: 9, price: '9007199254740993.5' },
  ];
  const created = await admin.post(path, rows);
  expect(created.statusCode).toBe(201);
  expect(created.json()).toEqual([
    { id: 8, name: '', code: null, price: null, stock: 1, doc: { a: '' }, tags: ['x', 'y"'] },
    { id: 9, name: null, code: null, price: '9007199254740993.5', stock: 1, doc: null, tags: null },
  ]);
  const changed = await admin.patch(path, { pkKeys: { id: '8' }, data: { price: '', name: 'new' } });
  expect(changed.json()).toMatchObject({ id: 8, name: 'new', price: null });
  expect((await admin.delete(path, { pkKeys: [{ id: 8 }, { id: '9' }] })).json()).toEqual({ deletedCount: 2 });
  expect(app.events).toEqual(Array(3).fill('database.records.changed'));
});

test('a table without a primary key takes any columns, and NULL is matched', async () => {
  await using app = await withItems();
  const admin = await app.admin();
  const loose = '/api/database/admin/tables/loose/records';
  expect((await admin.get(loose)).json()).toHaveLength(3);
  expect((await admin.patch(loose, { pkKeys: { a: 2, b: 'z' }, data: { b: 'w' } })).json()).toEqual({ a: 2, b: 'w' });
  expect((await admin.delete(loose, { pkKeys: [{ a: 1, b: null }] })).json()).toEqual({ deletedCount: 2 });
});

test.each([
  ['GET', path, { query: 'limit=0' }, 400, 'INVALID_INPUT'],
  ['GET', path, { query: 'limit=501' }, 400, 'INVALID_INPUT'],
  ['GET', path, { query: 'offset=-1' }, 400, 'INVALID_INPUT'],
  ['GET', path, { query: 'sort=nope:asc' }, 400, 'INVALID_INPUT'],
  ['GET', path, { query: 'sort=id:sideways' }, 400, 'INVALID_INPUT'],
  ['GET', path, { query: 'filterColumn=id' }, 400, 'INVALID_INPUT'],
  ['GET', path, { query: 'filterColumn=nope&filterValue=1' }, 400, 'INVALID_INPUT'],
  ['GET', path, { query: 'filterColumn=id&filterValue=x' }, 400, 'DATABASE_VALIDATION_ERROR'],
  ['GET', path, { query: 'schema=pg_catalog' }, 400, 'INVALID_INPUT'],
  ['GET', '/api/database/admin/tables/nope/records', {}, 404, 'DATABASE_NOT_FOUND'],
  ['GET', `${path}/lookup`, { query: 'column=id&column=name&value=1' }, 400, 'INVALID_INPUT'],
  ['GET', `${path}/lookup`, {}, 400, 'INVALID_INPUT'],
  ['POST', path, { body: [] }, 400, 'INVALID_INPUT'],
  ['POST', path, { body: { id: 1 } }, 400, 'INVALID_INPUT'],
  ['POST', path, { body: [{ id: 10, nope: 1 }] }, 400, 'INVALID_INPUT'],
  ['POST', path, { body: [{ id: 10 }, { id: 1 }] }, 409, 'DATABASE_DUPLICATE'],
  ['POST', path, { body: [{ name: 'no key' }] }, 400, 'MISSING_FIELD'],
  ['PATCH', path, { body: { pkKeys: { id: 99 }, data: { name: 'x' } } }, 404, 'DATABASE_NOT_FOUND'],
  ['PATCH', path, { body: { pkKeys: { id: 1 }, data: { stock: '' } } }, 400, 'INVALID_INPUT'],
  ['PATCH', path, { body: { pkKeys: { id: 1 }, data: {} } }, 400, 'INVALID_INPUT'],
  ['PATCH', path, { body: { pkKeys: { name: 'Item 1' }, data: { name: 'x' } } }, 400, 'INVALID_INPUT'],
  ['PATCH', path, { body: { pkKeys: { id: 1, name: 'Item 1' }, data: { name: 'x' } } }, 400, 'INVALID_INPUT'],
  ['PATCH', path, { body: { pkKeys: {}, data: { name: 'x' } } }, 400, 'INVALID_INPUT'],
  ['DELETE', path, { body: { pkKeys: [] } }, 400, 'INVALID_INPUT'],
  ['DELETE', path, { body: { pkKeys: [{ id: 99 }] } }, 404, 'DATABASE_NOT_FOUND'],
  ['DELETE', '/api/database/admin/tables/pairs/records', { body: { pkKeys: [{ a: 1 }] } }, 400, 'INVALID_INPUT'],
] as const)(
  '%s %s %j is %i %s and changes nothing',
  async (method, url, { query, body }: { query?: string; body?: unknown }, status, code) => {
    await using app = await withItems();
    const response = await (await app.admin()).request(method, query ? `${url}?${query}` : url, body);
    expect(response.json()).toMatchObject({ error: code, statusCode: status });
    expect(await app.sql('select count(*)::int as n from items')).toEqual([{ n: 7 }]);
    expect(app.events).toEqual([]);
  },
);

test('only admins edit', async () => {
  await using app = await withItems();
  for (const [caller, status] of [
    [app.nobody(), 401],
    [await app.anon(), 403],
    [await app.as('ada'), 403],
  ] as const) {
    expect((await caller.get(path)).statusCode).toBe(status);
    expect((await caller.get(`${path}/lookup?column=id&value=1`)).statusCode).toBe(status);
    expect((await caller.post(path, [{ id: 10 }])).statusCode).toBe(status);
    expect((await caller.patch(path, { pkKeys: { id: 1 }, data: { name: 'x' } })).statusCode).toBe(status);
    expect((await caller.delete(path, { pkKeys: [{ id: 1 }] })).statusCode).toBe(status);
  }
});

test('names and values are never part of the statement', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  const evil = `x"; drop table t; --`;
  await admin.post('/api/database/advance/rawsql', {
    query: `create table "it's $1" (id int primary key, "x""; drop table t; --" text); create table t ()`,
  });
  const url = `/api/database/admin/tables/${encodeURIComponent("it's $1")}/records`;
  expect((await admin.post(url, [{ id: 1, [evil]: evil }])).json()).toEqual([{ id: 1, [evil]: evil }]);
  expect((await admin.get(`${url}?search=${encodeURIComponent(evil)}`)).json()).toHaveLength(1);
  expect((await admin.patch(url, { pkKeys: { id: 1 }, data: { [evil]: "'" } })).json()).toEqual({ id: 1, [evil]: "'" });
  expect((await admin.get(`/api/database/admin/tables/${encodeURIComponent(evil)}/records`)).statusCode).toBe(400);
  expect(await app.sql(`select to_regclass('t') is not null as kept`)).toEqual([{ kept: true }]);
});
