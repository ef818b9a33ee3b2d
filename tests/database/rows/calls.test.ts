import { afterAll, expect, test } from 'vitest';
import { type TestApp, testApp } from '../../app.ts';
import { asOwner, makeLibrary } from './library.ts';

const app: TestApp = await testApp();
afterAll(() => app[Symbol.asyncDispose]());
await makeLibrary(app);
await asOwner(
  app,
  `CREATE TABLE public.log (id int GENERATED ALWAYS AS IDENTITY, line text);
   ALTER TABLE public.log DISABLE ROW LEVEL SECURITY;
   CREATE FUNCTION public.add(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + b';
   CREATE FUNCTION public.greet(name text DEFAULT 'you') RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'hi ' || name $$;
   CREATE FUNCTION public.nothing() RETURNS void LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log (line) VALUES ('nothing'); END $$;
   CREATE FUNCTION public.none() RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT NULL::text';
   CREATE FUNCTION public.empty() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT '' $$;
   CREATE FUNCTION public.numbers(n int) RETURNS SETOF int LANGUAGE sql IMMUTABLE AS 'SELECT generate_series(1, n)';
   CREATE FUNCTION public.ints(v int[]) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT sum(x)::int FROM unnest(v) x';
   CREATE FUNCTION public.total(VARIADIC v int[]) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT coalesce(sum(x), 0)::int FROM unnest(v) x';
   CREATE FUNCTION public.some_books(below numeric DEFAULT 100) RETURNS SETOF public.books LANGUAGE sql STABLE AS 'SELECT * FROM public.books WHERE price < below';
   CREATE FUNCTION public.one_book(want int) RETURNS public.books LANGUAGE sql STABLE AS 'SELECT * FROM public.books WHERE id = want';
   CREATE FUNCTION public.two(OUT x int, OUT y text) LANGUAGE sql IMMUTABLE AS $$ SELECT 1, 'b' $$;
   CREATE FUNCTION public.tab() RETURNS TABLE (x int, y text) LANGUAGE sql IMMUTABLE AS $$ VALUES (1, 'a'), (2, 'b') $$;
   CREATE FUNCTION public.js() RETURNS json LANGUAGE sql IMMUTABLE AS $$ SELECT '{"a": [1]}'::json $$;
   CREATE FUNCTION public.raw_json(json) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT $1->>'k' $$;
   CREATE FUNCTION public.raw_text(text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT length($1)';
   CREATE FUNCTION public.raw_bytes(bytea) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT length($1)';
   CREATE FUNCTION public.raw_xml(xml) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1::text';
   CREATE FUNCTION public.over(a int) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'int' $$;
   CREATE FUNCTION public.over(a int, b int) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'two' $$;
   CREATE FUNCTION public.clash(a int) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'int' $$;
   CREATE FUNCTION public.clash(a text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'text' $$;
   CREATE FUNCTION public.note(line text) RETURNS SETOF public.log LANGUAGE sql VOLATILE AS 'INSERT INTO public.log (line) VALUES (line), (line) RETURNING *';
   CREATE FUNCTION public.counted() RETURNS SETOF public.log LANGUAGE plpgsql VOLATILE AS $$ BEGIN INSERT INTO public.log (line) VALUES ('counted'); RETURN QUERY SELECT * FROM public.log; END $$;
   CREATE FUNCTION public.chars(c char(3)) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT c::text';
   CREATE FUNCTION public.ctl() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
     PERFORM set_config('response.headers', '[{"Cache-Control":"no-store"},{"Set-Cookie":"a=b"},{"Set-Cookie":"c=d"},{"Content-Length":"1"}]', true);
     PERFORM set_config('response.status', '418', true); RETURN 'tea'; END $$;
   CREATE FUNCTION public.bad_headers() RETURNS void LANGUAGE sql AS $$ SELECT set_config('response.headers', '{"a":"b"}', true) $$;
   CREATE FUNCTION public.bad_status() RETURNS void LANGUAGE sql AS $$ SELECT set_config('response.status', 'ten', true) $$;
   CREATE FUNCTION public.who() RETURNS json LANGUAGE sql STABLE AS $$ SELECT json_build_object('role', current_user, 'uid', auth.uid(),
     'method', current_setting('request.method'), 'path', current_setting('request.path'),
     'agent', current_setting('request.headers')::json->>'x-agent', 'cookie', current_setting('request.cookies')::json->>'c',
     'zone', current_setting('timezone'), 'timeout', current_setting('statement_timeout')) $$;
   CREATE DOMAIN public."text/html" AS text;
   CREATE DOMAIN public."image/png" AS bytea;
   CREATE DOMAIN public."*/*" AS bytea;
   CREATE FUNCTION public.page(name text) RETURNS public."text/html" LANGUAGE sql IMMUTABLE AS $$ SELECT '<h1>' || name || '</h1>' $$;
   CREATE FUNCTION public.dot() RETURNS public."image/png" LANGUAGE sql IMMUTABLE AS $$ SELECT '\\x89504e470d0a00ff'::bytea $$;
   CREATE FUNCTION public.any_file() RETURNS public."*/*" LANGUAGE sql IMMUTABLE AS $$ SELECT '\\x01'::bytea $$;
   CREATE FUNCTION public.slow() RETURNS void LANGUAGE sql AS 'SELECT pg_sleep(30)';
   CREATE FUNCTION public.hurry() RETURNS void LANGUAGE sql SET statement_timeout = '50' AS 'SELECT pg_sleep(30)';
   CREATE FUNCTION public.fail(code text, msg text, det text DEFAULT 'd', hin text DEFAULT 'h') RETURNS void LANGUAGE plpgsql AS $$ BEGIN
     RAISE EXCEPTION USING ERRCODE = code, MESSAGE = msg, DETAIL = det, HINT = hin; END $$`,
);
const anon = await app.anon();
const rpc = (path: string) => `/api/database/rpc/${path}`;

test.each<[string, unknown, string]>([
  ['add', { a: 5, b: 3 }, '8'],
  ['greet', {}, '"hi you"'],
  ['greet', { name: 'ö"' }, '"hi ö\\""'],
  ['none', {}, 'null'],
  ['empty', {}, '""'],
  ['numbers', { n: 3 }, '[1, 2, 3]'],
  ['numbers', { n: 0 }, '[]'],
  ['ints', { v: [1, 2, 3] }, '6'],
  ['total', { v: [1, 2] }, '3'],
  ['total', {}, '0'],
  ['js', {}, '{"a": [1]}'],
  ['two', {}, '{"x":1,"y":"b"}'],
  ['two?select=y', {}, '{"y":"b"}'],
  ['one_book?select=id,title', { want: 2 }, '{"id":2,"title":"Beta"}'],
  ['one_book', { want: 77 }, 'null'],
  ['over', { a: 1 }, '"int"'],
  ['over', { a: 1, b: 2 }, '"two"'],
  ['raw_json', { k: 'v' }, '"v"'],
  ['add?columns=a,b', { a: 1, b: 2, extra: 3 }, '3'],
  [
    'add',
    [
      { a: 1, b: 2 },
      { a: 9, b: 9 },
    ],
    '3',
  ],
  ['chars', { c: 'abcdef' }, '"abcdef"'],
])('POST %s with %j answers %s', async (path, body, expected) => {
  const response = await anon.post(rpc(path), body);
  expect([response.statusCode, response.body]).toEqual([200, expected]);
});

test.each<[string, string]>([
  ['add?a=10&b=20', '30'],
  ['greet', '"hi you"'],
  ['greet?name=a.b', '"hi a.b"'],
  ['greet?name=null', '"hi null"'],
  ['ints?v={1,2}', '3'],
  ['total?v=1&v=2&v=4', '7'],
  ['add?a=1&a=2&b=3', '5'],
  ['chars?c=abcdef', '"abcdef"'],
  ['numbers?n=5&limit=2&offset=1', '[2, 3]'],
  ['some_books?select=id&below=3&order=id.desc&limit=1', '[{"id":2}]'],
  ['some_books?select=id,authors(name)&id=eq.1', '[{"id":1,"authors":{"name":"ada"}}]'],
  ['some_books?select=id&below=4&below=gt.0&price=gt.2', ''],
  ['tab?x=gt.1', '[{"x":2,"y":"b"}]'],
])('GET %s answers %s', async (path, expected) => {
  const response = await anon.get(rpc(path));
  if (expected === '') expect(response.json()).toMatchObject({ code: '42703' });
  else expect([response.statusCode, response.body]).toEqual([200, expected]);
});

test('raw bodies reach the one unnamed parameter', async () => {
  const send = (name: string, body: unknown, type: string) => anon.post(rpc(name), body, { 'content-type': type });
  expect((await send('raw_text', 'four', 'text/plain')).body).toBe('4');
  expect((await send('raw_bytes', Buffer.from([0, 1, 255]), 'application/octet-stream')).body).toBe('3');
  expect((await send('add', 'a=1&b=2', 'application/x-www-form-urlencoded')).body).toBe('3');
  expect((await send('add', 'x', 'text/plain')).json()).toMatchObject({ code: 'PGRST202' });
});

test('a void function is 204, and empty bodies are no arguments', async () => {
  const response = await anon.request('POST', rpc('nothing'), undefined, { 'content-type': 'application/json' });
  expect([response.statusCode, response.body, response.headers['content-type']]).toEqual([204, '', undefined]);
  expect((await app.sql(`SELECT 1 FROM log WHERE line = 'nothing'`)).length).toBe(1);
});

test.each<[string, string, unknown, number, Record<string, unknown>]>([
  [
    'POST',
    'nope',
    {},
    404,
    { code: 'PGRST202', message: 'Could not find the function public.nope without parameters in the schema cache' },
  ],
  [
    'POST',
    'add',
    { b: 1, c: 2 },
    404,
    {
      code: 'PGRST202',
      message: 'Could not find the function public.add(b, c) in the schema cache',
      hint: expect.stringContaining('public.add(a, b)'),
    },
  ],
  ['POST', 'gret', {}, 404, { code: 'PGRST202', hint: expect.stringContaining('public.greet') }],
  [
    'POST',
    'clash',
    { a: 1 },
    300,
    {
      code: 'PGRST203',
      message:
        'Could not choose the best candidate function between: public.clash(a => integer), public.clash(a => text)',
    },
  ],
  ['POST', 'add', { a: 'x', b: 1 }, 400, { code: '22P02' }],
  ['PATCH', 'add', {}, 405, { code: 'PGRST101' }],
  ['GET', 'nothing', undefined, 405, { code: '25006' }],
  ['POST', 'bad_headers', {}, 500, { code: 'PGRST111' }],
  ['POST', 'bad_status', {}, 500, { code: 'PGRST112' }],
  ['POST', 'some_books?select=nope(id)', {}, 400, { code: 'PGRST200' }],
])('%s %s with %j is refused', async (method, path, body, status, error) => {
  const response = await anon.request(method as 'GET', rpc(path), body);
  expect([response.statusCode, response.json()]).toMatchObject([status, error]);
});

test.each<[string, string, number]>([
  ['P0001', 'plain', 400],
  ['PT402', 'Payment required', 402],
  ['PTABC', 'x', 500],
  ['23505', 'x', 409],
  ['42501', 'x', 401],
  ['53100', 'x', 503],
  ['40001', 'x', 500],
  ['28000', 'x', 403],
  ['0A000', 'x', 400],
])('a raised %s is %s with status %d', async (code, msg, status) => {
  const response = await anon.post(rpc('fail'), { code, msg });
  expect([response.statusCode, response.json()]).toEqual([status, { code, message: msg, details: 'd', hint: 'h' }]);
});

test('SQL may raise a whole response', async () => {
  const msg = JSON.stringify({ code: 'X1', message: 'no', details: 'dd', hint: 'hh' });
  const det = JSON.stringify({ status: 422, headers: { 'X-Why': 'because' } });
  const response = await anon.post(rpc('fail'), { code: 'PGRST', msg, det });
  expect([response.statusCode, response.json(), response.headers['x-why']]).toEqual([
    422,
    { code: 'X1', message: 'no', details: 'dd', hint: 'hh' },
    'because',
  ]);
  expect((await anon.post(rpc('fail'), { code: 'PGRST', msg: 'oops' })).json()).toMatchObject({ code: 'PGRST121' });
});

test('SQL sets headers and the status, but not those of the connection', async () => {
  const response = await anon.post(rpc('ctl'), {});
  expect([response.statusCode, response.body]).toEqual([418, '"tea"']);
  expect(response.headers).toMatchObject({
    'cache-control': 'no-store',
    'set-cookie': ['a=b', 'c=d'],
    'content-length': '5',
  });
});

test('SQL knows who asks, how and when', async () => {
  const ada = await app.as('ada');
  const response = await ada.post(
    rpc('who'),
    {},
    { 'x-agent': 'me', cookie: 'c=1; d=2', prefer: 'timezone=Europe/Berlin' },
  );
  expect(response.json()).toEqual({
    role: 'authenticated',
    uid: ada.id,
    method: 'POST',
    path: '/rpc/who',
    agent: 'me',
    cookie: '1',
    zone: 'Europe/Berlin',
    timeout: '8s',
  });
  expect(response.headers['preference-applied']).toBe('timezone=Europe/Berlin');
  const wrong = { prefer: 'timezone=Mars/Base' };
  expect((await ada.post(rpc('who'), {}, wrong)).json()).toMatchObject({ zone: 'UTC' });
  expect((await ada.post(rpc('who'), {}, { prefer: 'timezone=Mars/Base, handling=strict' })).json()).toMatchObject({
    code: 'PGRST122',
  });
});

test('a function is called once, however its rows are counted', async () => {
  const before = (await app.sql('SELECT 1 FROM log')).length;
  const response = await anon.post(rpc('counted?select=id&limit=1'), {}, { prefer: 'count=exact' });
  expect([response.statusCode, response.headers['content-range']]).toEqual([206, `0-0/${before + 1}`]);
  expect((await app.sql('SELECT 1 FROM log')).length).toBe(before + 1);
});

test('single and max-affected undo what a function wrote', async () => {
  const before = (await app.sql('SELECT 1 FROM log')).length;
  const single = await anon.post(rpc('note'), { line: 'x' }, { accept: 'application/vnd.pgrst.object+json' });
  expect([single.statusCode, single.json().code]).toEqual([406, 'PGRST116']);
  const strict = { prefer: 'handling=strict, max-affected=1' };
  expect((await anon.post(rpc('note'), { line: 'x' }, strict)).json()).toMatchObject({ code: 'PGRST124' });
  expect((await anon.post(rpc('add'), { a: 1, b: 1 }, strict)).json()).toMatchObject({ code: 'PGRST128' });
  expect((await app.sql('SELECT 1 FROM log')).length).toBe(before);
});

test('a single value counts as one row', async () => {
  expect((await anon.post(rpc('add'), { a: 1, b: 1 })).headers['content-range']).toBe('0-0/*');
  expect((await anon.post(rpc('add'), { a: 1, b: 1 }, { prefer: 'count=exact' })).headers['content-range']).toBe(
    '0-0/1',
  );
});

test('a function that asks for less time gets less', async () => {
  const startedAt = performance.now();
  const response = await anon.post(rpc('hurry'), {});
  expect([response.statusCode, response.json().code]).toEqual([500, '57014']);
  expect(performance.now() - startedAt).toBeLessThan(2000);
});

test('a client that leaves cancels its statement and leaves nothing on the connection', async () => {
  const url = await app.listen();
  const admin = await app.admin();
  const leave = new AbortController();
  const running = fetch(`${url}${rpc('slow')}`, {
    method: 'POST',
    headers: { ...(admin.headers as Record<string, string>), 'content-type': 'application/json' },
    body: '{}',
    signal: leave.signal,
  });
  const sleepers = () =>
    app.sql(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%slow%' AND state = 'active' AND pid <> pg_backend_pid()`,
    );
  await expect.poll(sleepers, { timeout: 5000 }).toHaveLength(1);
  leave.abort();
  await expect(running).rejects.toThrow();
  await expect.poll(sleepers, { timeout: 5000 }).toHaveLength(0);
  expect((await anon.post(rpc('add'), { a: 1, b: 2 })).body).toBe('3');
});

test('a function whose result is named like a media type answers it raw', async () => {
  const page = await anon.get(rpc('page?name=hi'), { accept: 'text/html,*/*;q=0.1' });
  expect([page.statusCode, page.body, page.headers['content-type']]).toEqual([
    200,
    '<h1>hi</h1>',
    'text/html; charset=utf-8',
  ]);
  const image = await anon.get(rpc('dot'), { accept: 'image/*' });
  expect([image.rawPayload.toString('hex'), image.headers['content-type']]).toEqual(['89504e470d0a00ff', 'image/png']);
  const file = await anon.get(rpc('any_file'), { accept: 'audio/flac' });
  expect([file.rawPayload.toString('hex'), file.headers['content-type']]).toEqual(['01', 'application/octet-stream']);
  expect((await anon.get(rpc('page?name=hi'), { accept: 'application/json' })).body).toBe('"<h1>hi</h1>"');
  expect((await anon.get(rpc('page?name=hi'), { accept: 'image/png' })).json().code).toBe('PGRST107');
});
