import { expect, test } from 'vitest';
import { type TestApp, type TestAppOptions, testApp } from '../../app.ts';
import { asOwner, makeLibrary, makeRelations } from './library.ts';

const records = (path: string) => `/api/database/records/${path}`;

async function library(env: TestAppOptions['env'] = {}): Promise<TestApp> {
  const app = await testApp({ env });
  await makeLibrary(app);
  return app;
}

test('aggregates group by what is not one, where they are switched on', async () => {
  await using app = await library({ DB_AGGREGATES_ENABLED: 'true' });
  await makeRelations(app);
  const anon = await app.anon();
  const rows = async (path: string) => (await anon.get(records(path))).json();
  expect(await rows('books?select=price.sum(),count(),low:price.min(),price.max()::int')).toEqual([
    { sum: 10.75, count: 4, low: 1.5, max: 4 },
  ]);
  expect(await rows('books?select=author_id,price.avg()::float&order=author_id.nullsfirst')).toEqual([
    { author_id: null, avg: 4 },
    { author_id: 1, avg: 1.875 },
    { author_id: 2, avg: 3 },
  ]);
  expect(await rows('books?select=price.sum(),count()&id=eq.77')).toEqual([{ sum: null, count: 0 }]);
  expect(await rows('authors?select=name,books(price.sum())&order=id')).toEqual([
    { name: 'ada', books: [{ sum: 3.75 }] },
    { name: 'bob', books: [{ sum: 3 }] },
    { name: 'eve', books: [{ sum: null }] },
  ]);
  expect(await rows('books?select=authors(name),price.sum()&author_id=not.is.null&order=author_id')).toMatchObject({
    code: '42803',
  });
  expect(await rows('books?select=authors(name),author_id,price.sum()&author_id=not.is.null&order=author_id')).toEqual([
    { authors: { name: 'ada' }, author_id: 1, sum: 3.75 },
    { authors: { name: 'bob' }, author_id: 2, sum: 3 },
  ]);
  expect(await rows('books?select=...authors(name),price.sum()&author_id=eq.1')).toEqual([{ name: 'ada', sum: 3.75 }]);
  expect(await rows('passports?select=...people(id.sum())')).toEqual([{ sum: 3 }]);
  expect(await rows('books?select=meta->k->>n::int.sum()')).toEqual([{ sum: 3 }]);
  expect(await rows('teams?select=...people(id.sum())')).toMatchObject({ code: 'PGRST127' });
  const counted = await anon.get(records('books?select=author_id,count()&limit=1'), { prefer: 'count=exact' });
  expect(counted.headers['content-range']).toBe('0-0/3');
});

test('max rows caps every read level and no write', async () => {
  await using app = await library({ DB_MAX_ROWS: '2' });
  const anon = await app.anon();
  const capped = await anon.get(records('books?order=id'), { prefer: 'count=exact' });
  expect([capped.statusCode, capped.json().length, capped.headers['content-range']]).toEqual([206, 2, '0-1/4']);
  expect((await anon.get(records('books?limit=50'))).json()).toHaveLength(2);
  expect((await anon.get(records('authors?id=eq.1&select=books(id)'))).json()).toEqual([
    { books: [{ id: 1 }, { id: 2 }] },
  ]);
  expect(
    (await anon.patch(records('books?id=gt.0'), { price: 1 }, { prefer: 'return=representation' })).json(),
  ).toHaveLength(4);
  expect((await anon.get(records('books'), { prefer: 'count=estimated' })).headers['content-range']).toMatch(
    /^0-1\/\d+$/,
  );
});

test('a transaction ends as configured, or as preferred where that is allowed', async () => {
  await using app = await library({ DB_TX_END: 'commit-allow-override' });
  const anon = await app.anon();
  const undone = await anon.post(
    records('authors?select=name'),
    { name: 'x' },
    { prefer: 'tx=rollback, return=representation' },
  );
  expect([undone.statusCode, undone.json(), undone.headers['preference-applied']]).toEqual([
    201,
    [{ name: 'x' }],
    'return=representation, tx=rollback',
  ]);
  expect(await app.sql(`SELECT 1 FROM authors WHERE name = 'x'`)).toEqual([]);
  await asOwner(
    app,
    'CREATE TABLE public.late (id int, ref int REFERENCES public.authors DEFERRABLE INITIALLY DEFERRED); ALTER TABLE public.late DISABLE ROW LEVEL SECURITY',
  );
  const late = await anon.post(records('late'), { id: 1, ref: 777 }, { prefer: 'tx=rollback' });
  expect([late.statusCode, late.json().code]).toEqual([409, '23503']);
  expect((await anon.get(records('authors?id=eq.x'), { prefer: 'tx=rollback' })).json().code).toBe('22P02');
  expect((await anon.get(records('authors?id=eq.1'))).json()).toHaveLength(1);
});

test('tx is ignored where it is not allowed', async () => {
  await using app = await library();
  const anon = await app.anon();
  const done = await anon.post(records('authors'), { name: 'x' }, { prefer: 'tx=rollback' });
  expect([done.statusCode, done.headers['preference-applied']]).toEqual([201, undefined]);
  expect(await app.sql(`SELECT 1 FROM authors WHERE name = 'x'`)).toHaveLength(1);
});

test('a pre-request function may refuse, and set headers', async () => {
  await using app = await library({ DB_PRE_REQUEST: 'public.check_request' });
  await asOwner(
    app,
    `CREATE FUNCTION public.check_request() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
       IF current_setting('request.headers')::json->>'x-block' IS NOT NULL THEN RAISE SQLSTATE 'PT429' USING MESSAGE = 'slow down'; END IF;
       PERFORM set_config('response.headers', '[{"X-Checked":"yes"}]', true); END $$`,
  );
  const anon = await app.anon();
  expect((await anon.get(records('authors?id=eq.1'))).headers['x-checked']).toBe('yes');
  const blocked = await anon.get(records('authors'), { 'x-block': '1' });
  expect([blocked.statusCode, blocked.json()]).toEqual([
    429,
    { code: 'PT429', message: 'slow down', details: null, hint: null },
  ]);
});

test('app settings reach SQL, and role settings are applied', async () => {
  await using app = await library({ DB_APP_SETTINGS_COLOR: 'red' });
  await asOwner(
    app,
    `CREATE FUNCTION public.color() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('app.settings.color') || current_setting('statement_timeout') $$`,
  );
  expect((await (await app.anon()).post('/api/database/rpc/color', {})).json()).toBe('red3s');
});

test('the plan of a statement is shown where that is switched on, and 406 elsewhere', async () => {
  const accept = { accept: 'application/vnd.pgrst.plan+json; for="application/json"; options=verbose|buffers;' };
  await using app = await library({ DB_PLAN_ENABLED: 'true' });
  const shown = await (await app.anon()).get(records('books?id=eq.1'), accept);
  expect([shown.statusCode, shown.json()[0].Plan['Node Type']]).toEqual([200, 'Aggregate']);
  expect(shown.headers['content-type']).toBe(
    'application/vnd.pgrst.plan+json; for="application/json"; options=verbose|buffers; charset=utf-8',
  );
  const text = await (await app.anon()).get(records('books'), { accept: 'application/vnd.pgrst.plan' });
  expect(text.body).toContain('Seq Scan on');
  await using other = await library();
  const refused = await (await other.anon()).get(records('books'), accept);
  expect([refused.statusCode, refused.json().code]).toEqual([406, 'PGRST107']);
});

test.each<[string, string, string, string]>([
  ['application/json', 'books?id=eq.4&select=id,tags', '[{"id":4,"tags":null}]', 'application/json; charset=utf-8'],
  [
    'application/vnd.pgrst.object+json',
    'books?id=eq.4&select=id,tags',
    '{"id":4,"tags":null}',
    'application/vnd.pgrst.object+json; charset=utf-8',
  ],
  [
    'application/vnd.pgrst.array+json;nulls=stripped',
    'books?id=eq.4&select=id,tags',
    '[{"id":4}]',
    'application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8',
  ],
  [
    'application/vnd.pgrst.object+json;nulls=stripped',
    'books?id=eq.4&select=id,tags',
    '{"id":4}',
    'application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8',
  ],
  [
    'text/csv',
    'books?select=id,title,tags&order=id&limit=3',
    'id,title,tags\n1,Alpha,"{x,y}"\n2,Beta,{y}\n3,"Gamma, the third",',
    'text/csv; charset=utf-8',
  ],
  ['text/csv', 'books?id=eq.77', '\n', 'text/csv; charset=utf-8'],
  ['text/html, application/json;q=0.1', 'books?id=eq.4&select=id', '[{"id":4}]', 'application/json; charset=utf-8'],
  ['text/csv;q=0.5, application/json', 'books?id=eq.4&select=id', '[{"id":4}]', 'application/json; charset=utf-8'],
  ['*/*', 'books?id=eq.4&select=id', '[{"id":4}]', 'application/json; charset=utf-8'],
])('Accept: %s of %s', async (accept, path, body, type) => {
  await using app = await library();
  const response = await (await app.anon()).get(records(path), { accept });
  expect([response.statusCode, response.body, response.headers['content-type']]).toEqual([200, body, type]);
});

test('a type that nobody makes is 406', async () => {
  await using app = await library();
  const response = await (await app.anon()).get(records('books'), { accept: 'image/png, text/html' });
  expect([response.statusCode, response.json()]).toMatchObject([
    406,
    { code: 'PGRST107', message: 'None of these media types are available: image/png, text/html' },
  ]);
});

test('a profile header or ?schema= chooses the schema, which must be exposed', async () => {
  await using app = await library();
  await asOwner(
    app,
    `CREATE SCHEMA shop; GRANT USAGE ON SCHEMA shop TO anon; CREATE TABLE shop.goods (id int); GRANT SELECT, INSERT ON shop.goods TO anon;
    ALTER TABLE shop.goods DISABLE ROW LEVEL SECURITY; INSERT INTO shop.goods VALUES (7)`,
  );
  const anon = await app.anon();
  const read = await anon.get(records('goods'), { 'accept-profile': 'shop' });
  expect([read.json(), read.headers['content-profile']]).toEqual([[{ id: 7 }], 'shop']);
  expect((await anon.get(records('goods?schema=shop&id=eq.7'))).json()).toEqual([{ id: 7 }]);
  expect((await anon.post(records('goods'), { id: 8 }, { 'content-profile': 'shop' })).statusCode).toBe(201);
  expect((await anon.get(records('books?limit=1'))).headers['content-profile']).toBe('public');
  for (const [path, headers] of [
    ['books', { 'accept-profile': 'auth' }],
    ['books?schema=system', {}],
    ['books?schema=eq.x', {}],
  ] as const) {
    const response = await anon.get(records(path), headers);
    expect([response.statusCode, response.json().code, response.json().hint]).toEqual([
      406,
      'PGRST106',
      'Only the following schemas are exposed: public, shop',
    ]);
  }
  for (const path of [
    'books?schema=',
    'books?schema=a&schema=b',
    'books?schema=pg_catalog',
    'books?schema=information_schema',
  ]) {
    const response = await anon.get(records(path));
    expect([response.statusCode, response.json().error]).toEqual([400, 'INVALID_INPUT']);
  }
});

test('a bad name in the path is refused by the gate, and is not looked up', async () => {
  await using app = await library();
  const anon = await app.anon();
  for (const name of ['%22books%22', '%20', 'a%00b', 'x'.repeat(64)]) {
    const response = await anon.get(records(name));
    expect([response.statusCode, response.json().error]).toEqual([400, 'DATABASE_VALIDATION_ERROR']);
  }
  expect((await anon.get(records('books%3Fselect=id'))).json().code).toBe('PGRST205');
  expect((await anon.get(records('books%2Fx'))).json().code).toBe('PGRST205');
  expect((await anon.get(records(''))).json()).toMatchObject({ error: 'NOT_FOUND' });
});

test('a table is there as soon as it is made, by whomever, and gone as soon as it is dropped', async () => {
  await using app = await library();
  const anon = await app.anon();
  expect((await anon.get(records('fresh'))).json().code).toBe('PGRST205');
  await asOwner(app, 'CREATE TABLE public.fresh (id int); ALTER TABLE public.fresh DISABLE ROW LEVEL SECURITY');
  expect((await anon.get(records('fresh'))).statusCode).toBe(200);
  await asOwner(app, 'ALTER TABLE public.fresh ADD COLUMN extra text');
  expect((await anon.post(records('fresh'), { id: 1, extra: 'x' })).statusCode).toBe(201);
  await asOwner(app, 'CREATE FUNCTION public.brand_new() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$');
  expect((await anon.post('/api/database/rpc/brand_new', {})).body).toBe('1');
  await asOwner(app, 'DROP TABLE public.fresh');
  expect((await anon.get(records('fresh'))).statusCode).toBe(404);
});

test('without a representation a write is [] or, when so configured, nothing', async () => {
  await using app = await library({ DB_EMPTY_CREATED_BODY: 'empty' });
  const response = await (await app.anon()).post(records('authors'), { name: 'x' });
  expect([response.statusCode, response.body]).toEqual([201, '']);
});

test('rows, bodies and aggregates are capped role by role', async () => {
  await using app = await library({
    DB_MAX_ROWS_ANON: '1',
    DB_MAX_BODY_BYTES_ANON: '40',
    DB_AGGREGATES_ENABLED: 'authenticated',
  });
  const [anon, ada] = [await app.anon(), await app.as('ada')];
  expect([(await anon.get(records('books'))).json().length, (await ada.get(records('books'))).json().length]).toEqual([
    1, 4,
  ]);
  const long = { name: 'x'.repeat(50) };
  const refused = await anon.post(records('authors'), long);
  expect([refused.statusCode, refused.json().code]).toEqual([413, 'PGRST102']);
  expect((await ada.post(records('authors'), long)).statusCode).toBe(201);
  expect((await anon.get(records('books?select=price.sum()'))).json().code).toBe('PGRST123');
  expect((await ada.get(records('books?select=price.sum()'))).json()).toEqual([{ sum: 10.75 }]);
});

test('where a filter is required, a write without one changes nothing', async () => {
  await using app = await library({ DB_REQUIRE_FILTER: 'true' });
  const [anon, admin] = [await app.anon(), await app.admin()];
  expect((await anon.delete(records('books'))).statusCode).toBe(400);
  expect((await anon.patch(records('books'), { price: 1 })).json().code).toBe('PGRST100');
  expect((await admin.delete(records('books'), undefined, { prefer: 'count=exact' })).headers['content-range']).toBe(
    '*/4',
  );
});
