import { expect, test } from 'vitest';
import { type TestApp, testApp } from '../../app.ts';
import { asOwner, makeNotes } from './library.ts';

const notes = '/api/database/records/notes';

async function twoUsers(app: TestApp) {
  await makeNotes(app);
  const [ada, bob, anon] = [await app.as('ada'), await app.as('bob'), await app.anon()];
  await ada.post(notes, { body: 'secret of ada' });
  await bob.post(notes, { body: 'note of bob' });
  return { ada, bob, anon };
}

test('a user reads, changes and deletes own rows alone', async () => {
  await using app = await testApp();
  const { ada, bob } = await twoUsers(app);
  expect((await bob.get(`${notes}?select=body`)).json()).toEqual([{ body: 'note of bob' }]);
  const returned = { prefer: 'return=representation' };
  expect((await bob.patch(`${notes}?body=like.*ada`, { body: 'stolen' }, returned)).json()).toEqual([]);
  expect((await bob.delete(`${notes}?id=gt.0&body=like.*ada`, undefined, returned)).json()).toEqual([]);
  expect((await ada.get(`${notes}?select=body`)).json()).toEqual([{ body: 'secret of ada' }]);
});

test('a row cannot be given to, or written over, another user', async () => {
  await using app = await testApp();
  const { ada, bob } = await twoUsers(app);
  const given = await bob.post(notes, { body: 'forged', owner: ada.id });
  expect([given.statusCode, given.json().code]).toEqual([403, '42501']);
  expect(given.json().hint).toContain('INSERT');
  const upsert = await bob.post(
    `${notes}?on_conflict=body`,
    { body: 'secret of ada' },
    { prefer: 'resolution=merge-duplicates' },
  );
  expect(upsert.statusCode).toBe(403);
  expect(await app.sql('SELECT owner, body FROM notes ORDER BY id')).toMatchObject([
    { owner: ada.id, body: 'secret of ada' },
    { owner: bob.id, body: 'note of bob' },
  ]);
});

test.each([
  ['a filter', `${notes}?body=like.*ada*`],
  ['a logic tree', `${notes}?or=(body.like.*ada*,id.eq.1)`],
  ['an order', `${notes}?order=body.desc`],
  ['a legacy count', `${notes}?select=count`],
  ['a range past the end', `${notes}?offset=1`],
  ['a cast that fails on the value', `${notes}?select=body::int`],
])('%s reveals nothing of a hidden row', async (_name, url) => {
  await using app = await testApp();
  const { ada, bob } = await twoUsers(app);
  const counted = { prefer: 'count=exact' };
  const before = await bob.get(url, counted);
  await ada.delete(`${notes}?id=gt.0`);
  const after = await bob.get(url, counted);
  expect([before.statusCode, before.body, before.headers['content-range']]).toEqual([
    after.statusCode,
    after.body,
    after.headers['content-range'],
  ]);
  expect(before.body).not.toContain('ada');
});

test('the anon key sees no row, and a refusal is 401 with the code of Postgres', async () => {
  await using app = await testApp();
  const { anon } = await twoUsers(app);
  expect((await anon.get(notes)).json()).toEqual([]);
  await asOwner(app, 'REVOKE ALL ON public.notes FROM anon');
  const refused = await anon.get(notes);
  expect([refused.statusCode, refused.json().code, refused.headers['www-authenticate']]).toEqual([
    401,
    '42501',
    'Bearer',
  ]);
});

test('no credential, a bad key and a bad token are refused before the query layer', async () => {
  await using app = await testApp();
  await makeNotes(app);
  const nobody = app.nobody();
  expect((await nobody.get(notes)).json()).toMatchObject({
    error: 'AUTH_INVALID_CREDENTIALS',
    message: 'No token provided',
  });
  expect((await nobody.get(notes, { authorization: 'Bearer nonsense' })).statusCode).toBe(401);
});

test('neither a failed nor a rolled-back nor a lying statement leaves a role, claims or setting on a connection', async () => {
  await using app = await testApp({ env: { DB_POOL_SIZE: '1' } });
  const { ada, anon } = await twoUsers(app);
  await asOwner(
    app,
    `CREATE FUNCTION public.lie() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
       PERFORM set_config('role', 'authenticated', false); PERFORM set_config('request.jwt.claims', '{"sub":"x"}', false);
       RETURN 'done'; END $$`,
  );
  const session = async () =>
    (await app.pools.data.query(`SELECT current_user AS role, current_setting('request.jwt.claims', true) AS claims`))
      .rows[0];
  const clean = { role: 'authenticator', claims: expect.toSatisfy((claims) => !claims) };
  await ada.get(`${notes}?id=eq.nonsense`);
  expect(await session()).toEqual(clean);
  await ada.patch(`${notes}?id=gt.0`, { id: 5 }, { accept: 'application/vnd.pgrst.object+json' });
  expect(await session()).toEqual(clean);
  await ada.post('/api/database/rpc/lie', {});
  expect((await anon.get(notes)).json()).toEqual([]);
  await anon.get(notes);
  expect(await session()).toEqual(clean);
});

test('a refusal names the role, the command and what lacks the right', async () => {
  await using app = await testApp();
  const { anon, bob, ada } = await twoUsers(app);
  const forged = await bob.post(notes, { body: 'forged', owner: ada.id });
  expect(forged.json().hint).toBe(
    'The role authenticated may not INSERT this row: no policy FOR INSERT on table notes lets it through.',
  );
  await asOwner(app, 'REVOKE SELECT ON public.notes FROM anon');
  expect((await anon.get(notes)).json().hint).toBe(
    'The role anon may not SELECT here: table notes (request: public.notes) lacks GRANT SELECT TO anon.',
  );
});
