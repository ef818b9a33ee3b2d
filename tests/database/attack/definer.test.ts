import { expect, test } from 'vitest';
import { type TestApp, testApp } from '../../app.ts';
import { asOwner } from '../rows/library.ts';
import { expectCleanPool, records, rpc } from './stage.ts';

/** One table of own rows, and the ways around it that Postgres has. */
async function makeDoors(app: TestApp) {
  const [ada, bob, anon, admin] = [await app.as('ada'), await app.as('bob'), await app.anon(), await app.admin()];
  await asOwner(
    app,
    `CREATE TABLE public.notes (id int PRIMARY KEY, owner uuid, body text);
     CREATE POLICY own ON public.notes TO authenticated USING (owner = auth.uid()) WITH CHECK (owner = auth.uid());
     INSERT INTO public.notes VALUES (1, '${ada.id}', 'of ada'), (2, '${bob.id}', 'of bob');
     CREATE VIEW public.owners_view AS SELECT * FROM public.notes;
     CREATE VIEW public.callers_view WITH (security_invoker = true) AS SELECT * FROM public.notes;
     CREATE VIEW public.callers_view_over_owners WITH (security_invoker = true) AS SELECT * FROM public.owners_view;
     CREATE FUNCTION public.as_owner() RETURNS SETOF public.notes LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT * FROM public.notes';
     CREATE FUNCTION public.as_caller() RETURNS SETOF public.notes LANGUAGE sql STABLE AS 'SELECT * FROM public.notes';
     CREATE FUNCTION public.claim(sub text) RETURNS SETOF public.notes LANGUAGE plpgsql AS $$ BEGIN
       PERFORM set_config('request.jwt.claims', json_build_object('sub', sub, 'role', 'authenticated')::text, false);
       RETURN; END $$;
     CREATE FUNCTION public.reset_role() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RESET ROLE; RETURN current_user; END $$;
     CREATE FUNCTION public.reset_session() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RESET SESSION AUTHORIZATION; RETURN current_user; END $$;
     CREATE FUNCTION public.whoami() RETURNS json LANGUAGE sql STABLE AS
       $$ SELECT json_build_object('role', current_user, 'uid', auth.uid()) $$;
     GRANT ALL ON public.notes, public.owners_view, public.callers_view, public.callers_view_over_owners TO anon, authenticated`,
  );
  return { ada, bob, anon, admin };
}

const ids = (answer: { json(): unknown }) => (answer.json() as { id: number }[]).map(({ id }) => id);

test('a view has its owner’s rights, unless it says security_invoker: as Postgres defines it', async () => {
  await using app = await testApp();
  const { bob, anon } = await makeDoors(app);
  const read = async (caller: typeof bob | typeof anon, view: string) =>
    ids(await caller.get(`${records}/${view}?select=id&order=id`));
  expect([await read(bob, 'notes'), await read(anon, 'notes')]).toEqual([[2], []]);
  expect([await read(bob, 'callers_view'), await read(anon, 'callers_view')]).toEqual([[2], []]);
  expect([await read(bob, 'owners_view'), await read(anon, 'owners_view')]).toEqual([
    [1, 2],
    [1, 2],
  ]);
  expect(await read(bob, 'callers_view_over_owners')).toEqual([1, 2]);
});

test('writes through a security_invoker view meet the caller’s policies', async () => {
  await using app = await testApp();
  const { ada, bob } = await makeDoors(app);
  const returned = { prefer: 'return=representation' };
  expect((await bob.patch(`${records}/callers_view?id=gt.0`, { body: 'x' }, returned)).json()).toMatchObject([
    { id: 2 },
  ]);
  expect((await bob.delete(`${records}/callers_view?id=eq.1`, undefined, returned)).json()).toEqual([]);
  expect((await bob.post(`${records}/callers_view`, { id: 3, owner: ada.id })).json().code).toBe('42501');
  expect(await app.sql('SELECT body FROM notes WHERE id = 1')).toEqual([{ body: 'of ada' }]);
});

test('a SECURITY DEFINER function has its owner’s rights inside, and the caller’s claims; filters come after it', async () => {
  await using app = await testApp();
  const { bob, anon } = await makeDoors(app);
  expect(ids(await bob.get(`${rpc}/as_owner?order=id`))).toEqual([1, 2]);
  expect(ids(await bob.get(`${rpc}/as_caller?order=id`))).toEqual([2]);
  expect(ids(await anon.get(`${rpc}/as_caller`))).toEqual([]);
  expect(ids(await bob.get(`${rpc}/as_owner?body=eq.of%20ada&select=id`))).toEqual([1]);
});

test('claims that a function invents, and roles that it drops, help nobody in the next request', async () => {
  await using app = await testApp({ env: { DB_POOL_SIZE: '1' } });
  const { ada, bob, anon } = await makeDoors(app);
  for (const caller of [bob, anon]) {
    await caller.post(`${rpc}/claim`, { sub: ada.id });
    expect(ids(await bob.get(`${records}/notes?select=id`))).toEqual([2]);
    expect(ids(await anon.get(`${records}/notes?select=id`))).toEqual([]);
    for (const name of ['reset_role', 'reset_session']) {
      const answer = await caller.post(`${rpc}/${name}`, {});
      // The login behind every request owns nothing and may read nothing.
      if (answer.statusCode === 200) expect(answer.json()).toBe('authenticator');
      expect((await anon.post(`${rpc}/whoami`, {})).json()).toEqual({ role: 'anon', uid: null });
      expect((await bob.post(`${rpc}/whoami`, {})).json()).toEqual({ role: 'authenticated', uid: bob.id });
    }
  }
  await anon.get(`${records}/notes`);
  await expectCleanPool(app);
});

test('the login behind the requests can read nothing by itself', async () => {
  await using app = await testApp();
  await makeDoors(app);
  const asLogin = (sql: string) =>
    app.pools.data.query(sql).then(
      () => 'done',
      (error: { code: string }) => error.code,
    );
  expect([
    await asLogin('SELECT * FROM public.notes'),
    await asLogin('SELECT * FROM auth.users'),
    await asLogin('SELECT * FROM system.secrets'),
    await asLogin(`SELECT system.record_audit('', '', '', '', '{}', '', '')`),
    await asLogin('CREATE TABLE public.mine (a int)'),
    await asLogin('SET ROLE postgres'),
  ]).toEqual(['42501', '42501', '42501', '42501', '42501', expect.stringMatching(/^(42501|22023)$/)]);
});

test('no platform schema and no system function is reachable by name', async () => {
  await using app = await testApp();
  const { admin, bob } = await makeDoors(app);
  for (const caller of [bob, admin]) {
    for (const schema of ['auth', 'system', 'storage', 'pg_catalog', 'information_schema', 'pg_temp', 'pg_toast']) {
      for (const path of [`${records}/users`, `${records}/secrets`, `${records}/pg_authid`, `${rpc}/set_config`]) {
        const answer = await caller.get(`${path}?schema=${schema}`);
        expect(answer.statusCode, `${schema} ${path}`).toBeOneOf([400, 404, 406]);
      }
    }
    for (const name of [
      'pg_sleep',
      'set_config',
      'pg_read_file',
      'pg_terminate_backend',
      'query_to_xml',
      'lo_import',
      'record_audit',
    ]) {
      expect((await caller.post(`${rpc}/${name}`, {})).json().code).toBe('PGRST202');
      expect((await caller.get(`${records}/notes?select=${name}`)).json().code).toBe('42703');
    }
  }
});

test('raw SQL of an admin cannot change what the next caller on the connection is', async () => {
  await using app = await testApp({ env: { DB_POOL_SIZE: '1' } });
  const { anon, bob, admin } = await makeDoors(app);
  const run = async (query: string) =>
    (await admin.post('/api/database/advance/rawsql', { query, params: [] })).statusCode;
  const statements = [
    `SELECT set_config('role', 'project_admin', false)`,
    'RESET ROLE',
    'SET ROLE authenticated',
    'SET SESSION AUTHORIZATION DEFAULT',
    `SET search_path = pg_catalog`,
    'RESET ALL',
    'DISCARD ALL',
    'COMMIT',
    `SET app.tenant = 'x'`,
    `DO $$ BEGIN EXECUTE 'SET ' || 'ROLE authenticated'; END $$`,
    `DO $$ BEGIN EXECUTE 'RESET ' || 'ROLE'; END $$`,
    `DO $$ BEGIN EXECUTE 'SELECT set_' || 'config(''request.jwt.claims'', ''{"sub":"x"}'', false)'; END $$`,
    'SELECT pg_advisory_lock(7)',
    'CREATE TEMP TABLE notes (id int); INSERT INTO notes VALUES (99)',
  ];
  for (const statement of statements) {
    expect(await run(statement), statement).toBeLessThan(500);
    expect((await anon.post(`${rpc}/whoami`, {})).json(), statement).toEqual({ role: 'anon', uid: null });
    expect(ids(await bob.get(`${records}/notes?select=id`)), statement).toEqual([2]);
    expect(ids(await bob.get(`${rpc}/as_caller`)), statement).toEqual([2]);
    await expectCleanPool(app);
  }
});
