import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestApp, testApp } from '../../app.ts';
import { asOwner, makeLibrary } from './library.ts';

let app: TestApp;
beforeAll(async () => {
  app = await testApp();
  await makeLibrary(app);
  await asOwner(
    app,
    `CREATE TYPE public.pair AS (a int, b text);
     CREATE TABLE public.things (
       id int PRIMARY KEY, "a.b" text, "Mixed Case" text, "quo\\te" text, r int4range, s int4range, doc text, vec tsvector,
       js json, big numeric, flag boolean, comp public.pair, ch char(5), raw bytea, at timestamptz, order_no int, "order" int, arr int[]);
     ALTER TABLE public.things DISABLE ROW LEVEL SECURITY;
     INSERT INTO public.things VALUES
       (1, 'dot', 'mc', 'bs', '[1,5)', '[5,9)', 'the quick cats', to_tsvector('english', 'the quick cats'), '{"n":1,"a-b":"x","0":"zero"}', 12345678901234567890.123, true, ROW(1,'one'), 'ab', '\\x0102', '2026-01-02T03:04:05Z', 1, 7, '{1,2}'),
       (2, 'a,b', 'x"y', 'c', '[10,20)', '[5,9)', 'lazy dogs', to_tsvector('english', 'lazy dogs'), '{"n":2}', 2, false, ROW(2,NULL), 'cd', NULL, NULL, 2, 8, '{3}'),
       (3, NULL, 'p(q)', '{}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
  );
});
afterAll(() => app[Symbol.asyncDispose]());

const get = async (path: string, headers?: Record<string, string>) =>
  (await app.anon()).get(`/api/database/records/${path}`, headers);
const ids = async (query: string) => {
  const response = await get(`things?select=id&order=id&${query}`);
  return response.statusCode === 200 ? response.json<{ id: number }[]>().map(({ id }) => id) : response.json();
};

test.each<[string, number[]]>([
  ['id=eq.1', [1]],
  ['id=neq.1', [2, 3]],
  ['id=gt.1&id=lt.3', [2]],
  ['id=gte.2&id=lte.2', [2]],
  ['doc=like.*dogs', [2]],
  ['doc=ilike.THE*', [1]],
  ['doc=like(any).{*cats,*dogs}', [1, 2]],
  ['doc=like(all).{the*,*cats}', [1]],
  ['id=eq(any).{1,3}', [1, 3]],
  ['id=gt(all).{1,2}', [3]],
  ['doc=match.^the', [1]],
  ['doc=imatch.^LAZY', [2]],
  ['id=in.(1,3)', [1, 3]],
  ['id=in.()', []],
  ['id=not.in.(1,3)', [2]],
  ['%22a.b%22=in.("a,b",dot)', [1, 2]],
  ['%22Mixed%20Case%22=in.("x"y",zz)', [2]],
  ['%22Mixed Case%22=in.("p(q)")', [3]],
  ['Mixed%20Case=eq.mc', [1]],
  ['Mixed+Case=eq.mc', [1]],
  ['doc=is.null', [3]],
  ['doc=is.not_null', [1, 2]],
  ['doc=not.is.null', [1, 2]],
  ['flag=is.true', [1]],
  ['flag=is.FALSE', [2]],
  ['flag=is.unknown', [3]],
  ['doc=isdistinct.lazy dogs', [1, 3]],
  ['doc=not.eq.lazy dogs', [1]],
  ['vec=fts.cat', [1]],
  ['vec=fts(simple).cats', []],
  ['vec=fts(english).cat', [1]],
  ['vec=not.fts(english).cat', [2]],
  ['doc=fts(english).cat', [1]],
  ['doc=plfts(english).the dogs', [2]],
  ['doc=phfts(english).quick cats', [1]],
  ['doc=wfts(english).cats or dogs', [1, 2]],
  ['js=fts.x', [1]],
  ['arr=cs.{1}', [1]],
  ['arr=cd.{1,2,3}', [1, 2]],
  ['arr=ov.{2,3}', [1, 2]],
  ['r=cs.[3,4)', [1]],
  ['r=sl.[10,11)', [1]],
  ['r=sr.[2,3)', [2]],
  ['r=nxr.[0,6)', [1]],
  ['r=nxl.[4,9)', [2]],
  ['r=adj.[5,9)', [1]],
  ['r=ov.[4,6)', [1]],
  ['js->n=eq.1', [1]],
  ['js->>n=eq.2', [2]],
  ['js->>n=gt.1', [2]],
  ['js->>"a-b"=eq.x', [1]],
  ['js->>a-b=eq.x', [1]],
  ['arr->0=eq.3', [2]],
  ['arr->-1=eq.2', [1]],
  ['comp->>b=eq.one', [1]],
  ['order_no=eq.2', [2]],
  ['%22order%22=eq.7', [1]],
  ['or=(id.eq.1,id.eq.3)', [1, 3]],
  ['and=(id.gte.1,or(id.eq.2,not.and(id.lt.3,id.gt.0)))', [2, 3]],
  ['not.or=(id.eq.1,id.eq.2)', [3]],
  ['not.and=(id.eq.1)', [2, 3]],
  ['or=( id.eq.1 , doc.is.null )', [1, 3]],
  ['or=("a.b".eq."a,b",arr.cs.{1,2},doc.fts(english).nothing)', [1, 2]],
  ['or=(doc.in.("the quick cats",x),js->>n.eq.2)', [1, 2]],
  ['or=(doc.like(any).{*cats,x},r.adj."[20,30)")', [1, 2]],
  ['big=eq.12345678901234567890.123', [1]],
  ['at=eq.2026-01-02T03:04:05%2B00:00', [1]],
  ['doc=eq.', []],
  ['id=gt.0&nothing', [1, 2, 3]],
  ['limit=2&offset=1', [2, 3]],
  ['limit=abc&offset=-5', [1, 2, 3]],
  ['limit=99999999999999999999999', [1, 2, 3]],
])('?%s', async (query, expected) => {
  expect(await ids(query)).toEqual(expected);
});

test.each<[string, unknown]>([
  ['select=id,doc', { id: 1, doc: 'the quick cats' }],
  ['select=n:id,id', { n: 1, id: 1 }],
  ['select= id , doc ', { id: 1, doc: 'the quick cats' }],
  ['select=id::text', { id: '1' }],
  ['select=x:id::double precision', { x: 1 }],
  ['select=js->n', { n: 1 }],
  ['select=js->>n', { n: '1' }],
  ['select=arr->0', { arr: 1 }],
  ['select=k:js->>a-b', { k: 'x' }],
  ['select=js->>0', { js: null }],
  ['select=js->>"0"', { '0': 'zero' }],
  ['select=comp->b', { b: 'one' }],
  ['select="a.b","Mixed Case"', { 'a.b': 'dot', 'Mixed Case': 'mc' }],
  [
    'select=raw,at,r,comp,arr',
    { raw: '\\x0102', at: '2026-01-02T03:04:05+00:00', r: '[1,5)', comp: { a: 1, b: 'one' }, arr: [1, 2] },
  ],
  ['select=count', { count: 1 }],
])('?%s', async (query, expected) => {
  const response = await get(`things?id=eq.1&${query}`);
  expect([response.statusCode, response.json()]).toEqual([200, [expected]]);
});

test('numbers keep all their digits', async () => {
  expect((await get('things?select=big&id=eq.1')).body).toBe('[{"big":12345678901234567890.123}]');
});

test.each<[string, number, string]>([
  ['things?id=1', 400, 'PGRST100'],
  ['things?id=equals.1', 400, 'PGRST100'],
  ['things?id=eq', 400, 'PGRST100'],
  ['things?id=neq(any).{1}', 400, 'PGRST100'],
  ['things?id=eq().1', 400, 'PGRST100'],
  ['things?id=is.nothing', 400, 'PGRST100'],
  ['things?id=is.nullx', 400, 'PGRST100'],
  ['things?id=in.1', 400, 'PGRST100'],
  ['things?id=in.(1', 400, 'PGRST100'],
  ['things?id=in.(1)2', 400, 'PGRST100'],
  ['things?or=()', 400, 'PGRST100'],
  ['things?or=(id.eq.1', 400, 'PGRST100'],
  ['things?or=id.eq.1', 400, 'PGRST100'],
  ['things?or=(id.eq.1))', 400, 'PGRST100'],
  ['things?select=id,', 400, 'PGRST100'],
  ['things?select=id(', 400, 'PGRST100'],
  ['things?select=id.median()', 400, 'PGRST100'],
  ['things?select=id::"int"', 400, 'PGRST100'],
  ['things?select=id::int4);drop table things--', 400, 'PGRST100'],
  ['things?order=id.up', 400, 'PGRST100'],
  ['things?order=id.asc.nullsmiddle', 400, 'PGRST100'],
  ['things?id=eq.%00', 400, 'PGRST100'],
  ['things?%22a%00%22=eq.1', 400, 'PGRST100'],
  ['things?js->n->=eq.1', 400, 'PGRST100'],
  ['things?nope=eq.1', 400, '42703'],
  ['things?select=nope', 400, '42703'],
  ['things?select=id::nope', 400, '42704'],
  ['things?id=eq.x', 400, '22P02'],
  ['things?doc=match.(', 400, '2201B'],
  ['things?doc=fts(klingon).x', 400, '42704'],
  ['things?limit=-1', 416, 'PGRST103'],
  ['thing', 404, 'PGRST205'],
  ['things/extra', 404, 'PGRST125'],
])('%s is refused with %s', async (path, status, code) => {
  const response = await get(path);
  expect([response.statusCode, response.json().code]).toEqual([status, code]);
  expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
});

test('a parse error says where it stopped and what would have fitted', async () => {
  expect((await get('things?id=equals.1')).json()).toMatchObject({
    message: '"failed to parse filter (equals.1)" (line 1, column 7)',
    details: expect.stringContaining('for example eq.1'),
  });
  expect((await get('thing')).json()).toMatchObject({ hint: "Perhaps you meant the table 'public.things'" });
});

test('too many filters and too long a query are refused before the database is asked', async () => {
  const many = Array.from({ length: 501 }, () => 'id=gt.0').join('&');
  expect((await get(`things?${many}`)).json()).toMatchObject({
    code: 'PGRST100',
    hint: expect.stringContaining('in.('),
  });
  expect((await get(`things?doc=eq.${'x'.repeat(70_000)}`)).json()).toMatchObject({ code: 'PGRST100' });
});

test.each<[string, Record<string, string>, number, string]>([
  ['books', {}, 200, '0-3/*'],
  ['books', { prefer: 'count=exact' }, 200, '0-3/4'],
  ['books?limit=2', { prefer: 'count=exact' }, 206, '0-1/4'],
  ['books?limit=2&offset=3', { prefer: 'count=exact' }, 206, '3-3/4'],
  ['books?offset=4', { prefer: 'count=exact' }, 206, '*/4'],
  ['books?offset=5', { prefer: 'count=exact' }, 416, '*/4'],
  ['books?offset=5', {}, 200, '*/*'],
  ['books?limit=0', {}, 200, '*/*'],
  ['books?id=eq.77', { prefer: 'count=exact' }, 200, '*/0'],
  ['books', { range: '1-2' }, 200, '1-2/*'],
  ['books', { range: '1-2', prefer: 'count=exact' }, 206, '1-2/4'],
  ['books', { range: '2-' }, 200, '2-3/*'],
  ['books?offset=1&limit=2', { range: '0-1' }, 200, '1-1/*'],
  ['books', { range: 'rows=all' }, 200, '0-3/*'],
  ['books', { range: '3-1' }, 416, ''],
  ['books?limit=1', { range: '5-9' }, 416, ''],
  ['books?limit=2', { prefer: 'count=estimated' }, 206, '0-1/4'],
])('%s with %j gives %d and %s', async (path, headers, status, range) => {
  const response = await get(path, headers);
  expect([response.statusCode, response.headers['content-range'] ?? '']).toEqual([status, range]);
  if (status === 416) expect(response.json().code).toBe('PGRST103');
});

test('a planned count is a number that does not need the rows', async () => {
  await app.sql('ANALYZE public.books');
  const response = await get('books?limit=1', { prefer: 'count=planned' });
  expect(response.headers['content-range']).toMatch(/^0-0\/\d+$/);
});

test('HEAD answers the headers of GET and no body', async () => {
  const anon = await app.anon();
  const headers = { prefer: 'count=exact' };
  const head = await anon.request('HEAD', '/api/database/records/books?limit=1', undefined, headers);
  const full = await get('books?limit=1', headers);
  expect([head.statusCode, head.body]).toEqual([206, '']);
  for (const name of ['content-type', 'content-range', 'preference-applied', 'content-location'])
    expect(head.headers[name]).toBe(full.headers[name]);
});

test('a read names its own address, its preferences and, with several schemas, its profile', async () => {
  const response = await get('books?select=id&order=id.desc&id=gt.1', {
    prefer: 'handling=lenient, count=exact, nonsense',
  });
  expect(response.headers).toMatchObject({
    'content-location': '/books?id=gt.1&order=id.desc&select=id',
    'preference-applied': 'count=exact, handling=lenient',
  });
  expect(response.headers).not.toHaveProperty('content-profile');
});
