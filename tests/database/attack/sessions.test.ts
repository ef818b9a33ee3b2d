import { expect, test } from 'vitest';
import { type TestApp, testApp } from '../../app.ts';
import { asOwner, makeLibrary } from '../rows/library.ts';
import { expectCleanPool, records, rpc } from './stage.ts';

const fn = (app: TestApp, head: string, body: string) =>
  asOwner(app, `CREATE FUNCTION public.${head} LANGUAGE plpgsql AS $f$ BEGIN ${body} END $f$`);

test('after every kind of failure each pooled connection is what a new login would be', async () => {
  await using app = await testApp({ env: { DB_POOL_SIZE: '2', DB_STATEMENT_TIMEOUT_ANON_MS: '150' } });
  await makeLibrary(app);
  await fn(app, 'nap(seconds float) RETURNS void', 'PERFORM pg_sleep(seconds);');
  await fn(app, 'oops() RETURNS void', `RAISE 'oops';`);
  const anon = await app.anon();
  const ada = await app.as('ada');
  const singular = { accept: 'application/vnd.pgrst.object+json' };
  const failures: [string, () => Promise<{ statusCode: number; json(): { code: string } }>, number, string][] = [
    ['a bad value', () => anon.get(`${records}/books?id=eq.x`), 400, '22P02'],
    ['an unknown column', () => ada.get(`${records}/books?nope=eq.1`), 400, '42703'],
    ['a raise', () => ada.post(`${rpc}/oops`, {}), 400, 'P0001'],
    ['a broken key', () => ada.post(`${records}/authors`, { id: 1, name: 'x' }), 409, '23505'],
    ['several rows for one', () => ada.patch(`${records}/books?id=gt.0`, { price: 1 }, singular), 406, 'PGRST116'],
    [
      'too many rows',
      () => ada.delete(`${records}/books?id=gt.0`, undefined, { prefer: 'handling=strict, max-affected=1' }),
      400,
      'PGRST124',
    ],
    ['a statement past its time', () => anon.post(`${rpc}/nap`, { seconds: 5 }), 500, '57014'],
    ['a write in a read', () => anon.get(`${rpc}/oops`), 400, 'P0001'],
  ];
  for (const [what, send, status, code] of failures) {
    const answer = await send();
    expect([what, answer.statusCode, answer.json().code]).toEqual([what, status, code]);
    await expectCleanPool(app);
  }
});

test('the timeout of a role is its own, and a longer one is not inherited from the caller before', async () => {
  await using app = await testApp({
    env: { DB_POOL_SIZE: '1', DB_STATEMENT_TIMEOUT_ANON_MS: '120', DB_STATEMENT_TIMEOUT_AUTHENTICATED_MS: '5000' },
  });
  await fn(
    app,
    'nap(seconds float) RETURNS text',
    `PERFORM pg_sleep(seconds); RETURN current_setting('statement_timeout');`,
  );
  const [anon, ada, admin] = [await app.anon(), await app.as('ada'), await app.admin()];
  expect((await ada.post(`${rpc}/nap`, { seconds: 0.3 })).json()).toBe('5s');
  const late = await anon.post(`${rpc}/nap`, { seconds: 5 });
  expect([late.statusCode, late.json().code]).toEqual([500, '57014']);
  expect((await admin.post(`${rpc}/nap`, { seconds: 0 })).json()).toBe('30s');
  expect((await anon.post(`${rpc}/nap`, { seconds: 0 })).json()).toBe('120ms');
});

test('what a function sets for the session is not there for the next caller', async () => {
  await using app = await testApp({ env: { DB_POOL_SIZE: '1' } });
  await fn(
    app,
    'mark(v text) RETURNS void',
    `PERFORM set_config('app.tenant', v, false), set_config('request.jwt.claims', '{"role":"project_admin","sub":"x"}', false),
       set_config('search_path', 'pg_catalog', false), set_config('TimeZone', 'Asia/Tokyo', false),
       set_config('default_transaction_read_only', 'on', false);
     CREATE TEMP TABLE IF NOT EXISTS kept (v text); INSERT INTO kept VALUES (v); PERFORM pg_advisory_lock(42);`,
  );
  await asOwner(
    app,
    `CREATE FUNCTION public.seen() RETURNS json LANGUAGE sql STABLE AS $$ SELECT json_build_object(
       'tenant', coalesce(current_setting('app.tenant', true), ''), 'uid', auth.uid(), 'zone', current_setting('TimeZone'),
       'temp', to_regclass('pg_temp.kept')::text, 'path', current_setting('search_path'),
       'locks', (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory')) $$`,
  );
  const [ada, anon] = [await app.as('ada'), await app.anon()];
  const before = (await anon.get(`${rpc}/seen`)).json();
  expect((await ada.post(`${rpc}/mark`, { v: 'of ada' })).statusCode).toBe(204);
  expect((await anon.get(`${rpc}/seen`)).json()).toEqual(before);
  // A failing request between must not keep what it should have undone.
  await ada.post(`${rpc}/mark`, { v: 'of ada' });
  await anon.get(`${records}/nothing`);
  await anon.post(`${rpc}/mark`, { w: 1 });
  await ada.post(`${rpc}/mark?select=(`, { v: 'x' });
  expect((await anon.get(`${rpc}/seen`)).json()).toEqual(before);
  await anon.get(`${rpc}/seen`);
  await expectCleanPool(app);
});

test('a role that a function takes for the session ends with the connection, and never serves another caller', async () => {
  await using app = await testApp({ env: { DB_POOL_SIZE: '1' } });
  await makeLibrary(app);
  await asOwner(app, 'ALTER TABLE public.books ENABLE ROW LEVEL SECURITY');
  await fn(app, 'climb() RETURNS void', `PERFORM set_config('role', 'project_admin', false);`);
  await fn(app, 'fall() RETURNS text', `RESET ROLE; RETURN current_user;`);
  await asOwner(app, `CREATE FUNCTION public.who() RETURNS text LANGUAGE sql AS 'SELECT current_user::text'`);
  const anon = await app.anon();
  for (let times = 0; times < 3; times++) {
    await anon.post(`${rpc}/climb`, {});
    expect((await anon.get(`${records}/books`)).json()).toEqual([]);
    expect((await anon.post(`${rpc}/who`, {})).json()).toBe('anon');
    await anon.post(`${rpc}/fall`, {});
    expect((await anon.post(`${rpc}/who`, {})).json()).toBe('anon');
  }
  await anon.get(`${records}/books`);
  await expectCleanPool(app);
});

test('two hundred requests at once each see the role and the claims of their own caller alone', async () => {
  await using app = await testApp({ env: { DB_POOL_SIZE: '8' } });
  await makeLibrary(app);
  await asOwner(
    app,
    `CREATE FUNCTION public.me() RETURNS json LANGUAGE sql STABLE AS $$
       SELECT json_build_object('user', current_user, 'uid', auth.uid(), 'role', auth.role()) $$;
     CREATE FUNCTION public.me_slowly() RETURNS json LANGUAGE sql AS $$
       SELECT json_build_object('user', current_user, 'uid', auth.uid(), 'role', auth.role()) FROM pg_sleep(0.01) $$`,
  );
  const people = await Promise.all(Array.from({ length: 6 }, (_, at) => app.as(`user${at}`)));
  const callers = [
    ...people.map((person) => ({ by: person, sees: { user: 'authenticated', uid: person.id, role: 'authenticated' } })),
    { by: await app.anon(), sees: { user: 'anon', uid: null, role: 'anon' } },
    { by: await app.admin(), sees: { user: 'project_admin', uid: null, role: 'project_admin' } },
  ];
  const noise = [
    (by: (typeof callers)[0]['by']) => by.get(`${records}/books?id=eq.x`),
    (by: (typeof callers)[0]['by']) => by.get(`${records}/books?select=*,authors(*)`),
    (by: (typeof callers)[0]['by']) => by.patch(`${records}/books?id=eq.1`, { title: 'T' }),
  ];
  await Promise.all(
    Array.from({ length: 200 }, async (_, at) => {
      const { by, sees } = callers[at % callers.length] as (typeof callers)[0];
      if (at % 3 === 0) await noise[at % noise.length]?.(by);
      const answer = at % 2 === 0 ? await by.get(`${rpc}/me`) : await by.post(`${rpc}/me_slowly`, {});
      expect(answer.json()).toEqual(sees);
    }),
  );
  await expectCleanPool(app);
});
