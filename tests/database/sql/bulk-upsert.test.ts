import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { type TestApp, testApp } from '../../app.ts';
import { file, form } from './form.ts';
import { liveHeap } from './live-heap.ts';

const url = '/api/database/advance/bulk-upsert';
const products = `create table products (sku text primary key, name text default 'unnamed', price numeric, stock int not null default 0,
  tags text[], meta jsonb, at timestamptz)`;

async function upsert(
  app: TestApp,
  content: string | Buffer,
  more: { name?: string; table?: string; upsertKey?: string; schema?: string } = {},
) {
  const { name = 'products.csv', table = 'products', ...fields } = more;
  const { body, headers } = await form([['file', file(name, content)], ['table', table], ...Object.entries(fields)]);
  return (await app.admin()).post(url, body, headers);
}
async function withProducts() {
  const app = await testApp();
  await (await app.admin()).post('/api/database/advance/rawsql', { query: products });
  return app;
}

test('a CSV file is inserted, then upserted by its key', async () => {
  await using app = await withProducts();
  const first = await upsert(app, 'sku,name,price\nA,Apple,1.50\nB,Bean,2\n');
  expect(first.json()).toEqual({
    success: true,
    message: expect.any(String),
    table: 'products',
    rowsAffected: 2,
    totalRecords: 2,
    filename: 'products.csv',
  });
  const second = await upsert(app, 'sku,price\nA,9\nC,3\n', { upsertKey: 'sku' });
  expect(second.json()).toMatchObject({ rowsAffected: 2, totalRecords: 2 });
  expect(await app.sql('select sku, name, price from products order by sku')).toEqual([
    { sku: 'A', name: 'Apple', price: '9' },
    { sku: 'B', name: 'Bean', price: '2' },
    { sku: 'C', name: 'unnamed', price: '3' },
  ]);
  expect((await upsert(app, 'sku\nA\nD\n', { upsertKey: 'sku' })).json()).toMatchObject({
    rowsAffected: 1,
    totalRecords: 2,
  });
  const audit = await app.sql(
    `select action, subject, details from system.audit_entries where action = 'BULK_UPSERT' order by id`,
  );
  expect(audit).toHaveLength(3);
  expect(audit[1]).toMatchObject({
    subject: 'products',
    details: { upsertKey: 'sku', totalRecords: 2, rowsAffected: 2 },
  });
  expect(app.events).toContain('database.records.changed');
});

test.each([
  ['a byte order mark', '\ufeffsku,name\nA,x\n', [{ sku: 'A', name: 'x' }]],
  [
    'CRLF',
    'sku,name\r\nA,x\r\nB,y\r\n',
    [
      { sku: 'A', name: 'x' },
      { sku: 'B', name: 'y' },
    ],
  ],
  ['newlines and quotes within quotes', 'sku,name\nA,"x\r\ny, ""z"""\n', [{ sku: 'A', name: 'x\r\ny, "z"' }]],
  [
    'empty lines',
    '\nsku,name\n\nA,x\n\n\nB,y',
    [
      { sku: 'A', name: 'x' },
      { sku: 'B', name: 'y' },
    ],
  ],
  ['blanks, which stay', 'sku,name\n A , x \n', [{ sku: ' A ', name: ' x ' }]],
  [
    'an empty cell, which is NULL',
    'sku,name\nA,\nB,""\n',
    [
      { sku: 'A', name: null },
      { sku: 'B', name: null },
    ],
  ],
  ['backslashes and tabs', 'sku,name\nA,a\\tb\\N\t\\.\n', [{ sku: 'A', name: 'a\\tb\\N\t\\.' }]],
  ['other scripts', 'sku,name\nA,日本😀\n', [{ sku: 'A', name: '日本😀' }]],
])('CSV with %s is read as it is meant', async (_what, content, rows) => {
  await using app = await withProducts();
  const response = await upsert(app, content);
  expect(response.json()).toMatchObject({ success: true, rowsAffected: rows.length });
  expect(await app.sql('select sku, name from products order by sku')).toEqual(rows);
});

test('JSON keeps its types, its digits, and the defaults of keys that a record does not have', async () => {
  await using app = await withProducts();
  const content = `\ufeff[{"sku":"A","price":9007199254740993.10,"tags":["x","a\\"b",null],"meta":{"n":12345678901234567890,"s":"t"}},
    {"name":"","sku":"B"}, {"sku":"C","stock":3,"meta":"text"},{"stock":4,"sku":"D","meta":[1]}]`;
  expect((await upsert(app, content, { name: 'p.JSON' })).json()).toMatchObject({ rowsAffected: 4, totalRecords: 4 });
  const rows = await app.sql(`select sku, name, price, stock, tags, meta::text from products order by sku`);
  expect(rows).toEqual([
    {
      sku: 'A',
      name: 'unnamed',
      price: '9007199254740993.10',
      stock: 0,
      tags: ['x', 'a"b', null],
      meta: '{"n": 12345678901234567890, "s": "t"}',
    },
    { sku: 'B', name: null, price: null, stock: 0, tags: null, meta: null },
    { sku: 'C', name: 'unnamed', price: null, stock: 3, tags: null, meta: '"text"' },
    { sku: 'D', name: 'unnamed', price: null, stock: 4, tags: null, meta: '[1]' },
  ]);
  const again = await upsert(app, '{"sku":"A","stock":7}', { name: 'one.json', upsertKey: 'sku' });
  expect(again.json()).toMatchObject({ rowsAffected: 1, totalRecords: 1 });
  expect(await app.sql(`select stock, name, price from products where sku = 'A'`)).toEqual([
    { stock: 7, name: 'unnamed', price: '9007199254740993.10' },
  ]);
});

test.each([
  ['an unknown table', 'a\n1\n', { table: 'nope' }, 400, 'INVALID_INPUT', undefined],
  ['an unknown column', 'sku,nope\nA,1\n', {}, 400, 'INVALID_INPUT', [1]],
  ['a ragged row', 'sku,name\nA,x\nB\n', {}, 400, 'INVALID_INPUT', [2]],
  ['an open quote', 'sku,name\nA,x\nB,"y\n', {}, 400, 'INVALID_INPUT', [2]],
  ['a wrong type', 'sku,stock\nA,1\nB,2\nC,many\n', {}, 400, 'INVALID_INPUT', [3]],
  [
    'a missing upsert key',
    '[{"sku":"A"},{"name":"x"}]',
    { name: 'x.json', upsertKey: 'sku' },
    400,
    'INVALID_INPUT',
    [2],
  ],
  ['an unknown upsert key', 'sku\nA\n', { upsertKey: 'nope' }, 400, 'INVALID_INPUT', undefined],
  ['an upsert key that is not unique', 'sku,name\nA,x\n', { upsertKey: 'name' }, 400, 'INVALID_INPUT', [1]],
  ['the same key twice', 'sku,stock\nA,1\nB,2\nA,3\n', { upsertKey: 'sku' }, 400, 'INVALID_INPUT', [3]],
  ['a taken key', 'sku\nA\nOLD\nB\nOLD\n', {}, 409, 'DATABASE_DUPLICATE', [2, 4]],
  ['NULL where none may be', 'sku,stock\nA,1\nB,\n', {}, 400, 'MISSING_FIELD', [2]],
  ['another extension', 'sku\nA\n', { name: 'x.xlsx' }, 400, 'INVALID_INPUT', undefined],
  ['an empty file', '', {}, 400, 'INVALID_INPUT', undefined],
  ['a header alone', 'sku\n', {}, 400, 'INVALID_INPUT', undefined],
  ['a header with a name twice', 'sku,sku\n1,2\n', {}, 400, 'INVALID_INPUT', undefined],
  ['an empty array', '[]', { name: 'x.json' }, 400, 'INVALID_INPUT', undefined],
  ['broken JSON', '[{"sku":"A"},', { name: 'x.json' }, 400, 'INVALID_INPUT', undefined],
  ['a trailing comma', '[{"sku":"A"},]', { name: 'x.json' }, 400, 'INVALID_INPUT', undefined],
  ['JSON of other things', '[1]', { name: 'x.json' }, 400, 'INVALID_INPUT', [1]],
  ['a table of Postgres', 'sku\nA\n', { schema: 'pg_catalog' }, 400, 'INVALID_INPUT', undefined],
  [
    'a table of the platform',
    '{"name":"x","sealed":"y"}',
    { name: 'x.json', table: 'secrets', schema: 'system' },
    403,
    'FORBIDDEN',
    undefined,
  ],
])('%s is refused with its row, and nothing is stored', async (_what, content, more, status, code, rows) => {
  await using app = await withProducts();
  await app.sql(`insert into products (sku, stock) values ('OLD', -1)`);
  const response = await upsert(app, content, more);
  expect(response.json()).toMatchObject({ error: code, statusCode: status, message: expect.any(String) });
  expect(response.statusCode).toBe(status);
  expect(response.json().errors?.map((error: { row: number }) => error.row)).toEqual(rows);
  expect(await app.sql('select sku, stock from products')).toEqual([{ sku: 'OLD', stock: -1 }]);
  expect(app.events.filter((name) => name === 'database.records.changed')).toEqual([]);
});

test('the form is checked: no file, several files, a file too large, no table', async () => {
  await using app = await testApp({ env: { MAX_FILE_SIZE: '1kb' } });
  const admin = await app.admin();
  const send = async (parts: [string, string | File][]) => {
    const { body, headers } = await form(parts);
    return (await admin.post(url, body, headers)).json();
  };
  expect(await send([['table', 't']])).toMatchObject({ error: 'INVALID_INPUT', statusCode: 400 });
  expect(await send([['file', file('a.csv', 'a\n1')]])).toMatchObject({ error: 'INVALID_INPUT', statusCode: 400 });
  const two: [string, File][] = [
    ['file', file('a.csv', 'a\n1')],
    ['file', file('b.csv', 'a\n1')],
  ];
  expect(await send(two)).toMatchObject({ error: 'STORAGE_INVALID_PARAMETER', statusCode: 400 });
  expect(
    await send([
      ['file', file('a.csv', 'a'.repeat(2000))],
      ['table', 't'],
    ]),
  ).toMatchObject({
    error: 'STORAGE_INVALID_PARAMETER',
    statusCode: 413,
  });
  expect((await admin.post(url, { table: 't' })).json()).toMatchObject({ error: 'INVALID_INPUT', statusCode: 400 });
});

test('only admins upload', async () => {
  await using app = await withProducts();
  const { body, headers } = await form([
    ['file', file('a.csv', 'sku\nA')],
    ['table', 'products'],
  ]);
  expect((await app.nobody().post(url, body, headers)).statusCode).toBe(401);
  expect((await (await app.anon()).post(url, body, headers)).statusCode).toBe(403);
  expect((await (await app.as('ada')).post(url, body, headers)).statusCode).toBe(403);
  expect(await app.sql('select * from products')).toEqual([]);
});

test('a hundred thousand rows of each kind arrive exactly, in memory that does not hold them', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  await admin.post('/api/database/advance/rawsql', {
    query: 'create table big (id int primary key, filler text, n numeric)',
  });
  const count = 100_000;
  const filler = randomUUID().repeat(3);
  const rows = Array.from({ length: count }, (_, id) => ({ id, filler, n: id / 4 }));
  const json = JSON.stringify(rows);
  const csv = ['id,filler,n', ...rows.map((row) => `${row.id},${row.filler},${row.n}`)].join('\r\n');
  rows.length = 0;
  for (const [name, content] of [
    ['big.csv', csv],
    ['big.json', json],
  ] as const) {
    const { body, headers } = await form([
      ['file', file(name, content)],
      ['table', 'big'],
      ['upsertKey', 'id'],
    ]);
    const base = await app.listen();
    const before = liveHeap();
    let peak = Number.NEGATIVE_INFINITY;
    const watch = setInterval(() => {
      peak = Math.max(peak, liveHeap() - before);
    }, 250);
    const response = await fetch(base + url, {
      method: 'POST',
      headers: { ...admin.headers, ...headers },
      body: new Uint8Array(body),
    });
    clearInterval(watch);
    expect(await response.json()).toMatchObject({ rowsAffected: count, totalRecords: count });
    // The rows as objects would take 50 MB and more.
    expect(peak, 'was measured').not.toBe(Number.NEGATIVE_INFINITY);
    expect(peak).toBeLessThan(25 * 1024 * 1024);
  }
  expect(await app.sql(`select count(*)::int as n, sum(n)::text as total from big`)).toEqual([
    { n: count, total: String((count * (count - 1)) / 8).replace(/^(\d+)$/, '$1.00') },
  ]);
}, 120_000);
