import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { type TestApp, testApp } from '../app.ts';
import { formOf, objectPath, put, withBucket } from './forms.ts';

const listOf = async (who: Awaited<ReturnType<TestApp['as']>>, bucket = 'b') =>
  (await who.get(`/api/storage/buckets/${bucket}/objects`)).json();

test('by default a user sees, replaces and deletes only their own objects', async () => {
  await using app = await testApp();
  const admin = await withBucket(app, 'b');
  const [alice, bob] = [await app.as('alice'), await app.as('bob')];
  expect((await put(alice, 'b', 'alice.txt', { bytes: 'of alice' })).statusCode).toBe(200);
  expect((await put(bob, 'b', 'bob.txt', { bytes: 'of bob' })).statusCode).toBe(200);
  expect((await listOf(alice)).pagination.total).toBe(1);
  expect((await listOf(bob)).data[0].key).toBe('bob.txt');
  expect((await admin.get('/api/storage/buckets/b/objects')).body).toContain('"total":2');
  expect((await bob.get(objectPath('b', 'alice.txt'))).json()).toMatchObject({
    error: 'STORAGE_NOT_FOUND',
    statusCode: 404,
  });
  expect((await bob.delete(objectPath('b', 'alice.txt'))).statusCode).toBe(404);
  expect((await put(bob, 'b', 'alice.txt', { bytes: 'of bob' })).json()).toMatchObject({
    error: 'STORAGE_PERMISSION_DENIED',
    statusCode: 403,
  });
  expect((await alice.get(objectPath('b', 'alice.txt'))).body).toBe('of alice');
  expect((await put(alice, 'b', 'alice.txt', { bytes: 'new' })).statusCode).toBe(200);
  expect((await alice.get(objectPath('b', 'alice.txt'))).body).toBe('new');
});

test('a refused upload is refused before its bytes are read, and leaves no blob', async () => {
  await using app = await testApp();
  await withBucket(app, 'b');
  const anon = await app.anon();
  expect((await put(anon, 'b', 'k', { bytes: 'x' })).json().error).toBe('STORAGE_PERMISSION_DENIED');
  expect((await put(app.nobody(), 'b', 'k', { bytes: 'x' })).statusCode).toBe(401);
  expect(await app.rooms.storage.sweeper.sweep({ orphanGraceMs: 0, readerGraceMs: 0 })).toMatchObject({
    blobs: 0,
    orphans: 0,
  });
});

test('an INSERT policy alone lets people upload; replacing needs UPDATE, neither needs SELECT', async () => {
  await using app = await testApp();
  await withBucket(app, 'b');
  await app.sql(`DROP POLICY storage_objects_owner_select ON storage.objects`);
  await app.sql(`DROP POLICY storage_objects_owner_update ON storage.objects`);
  const alice = await app.as('alice');
  expect((await put(alice, 'b', 'k', { bytes: 'one' })).statusCode).toBe(200);
  expect((await put(alice, 'b', 'k', { bytes: 'two' })).statusCode).toBe(403);
  await app.sql(`CREATE POLICY replace ON storage.objects FOR UPDATE TO authenticated USING (true) WITH CHECK (true)`);
  expect((await put(alice, 'b', 'k', { bytes: 'two' })).statusCode).toBe(200);
  expect((await alice.get(objectPath('b', 'k'))).statusCode).toBe(404);
  const admin = await app.admin();
  expect((await admin.get(objectPath('b', 'k'))).body).toBe('two');
});

test('ownership never moves, whoever replaces', async () => {
  await using app = await testApp();
  const admin = await withBucket(app, 'b');
  const alice = await app.as('alice');
  await put(alice, 'b', 'k', { bytes: 'one' });
  await put(admin, 'b', 'k', { bytes: 'two' });
  const rows = await app.sql('SELECT uploaded_by, uploaded_via FROM storage.objects');
  expect(rows).toEqual([{ uploaded_by: alice.id, uploaded_via: 'rest' }]);
});

test('wider policies share, folder policies divide', async () => {
  await using app = await testApp();
  await withBucket(app, 'b');
  const [alice, bob] = [await app.as('alice'), await app.as('bob')];
  for (const who of [alice, bob]) await put(who, 'b', `${who.id}/note.txt`, { bytes: who.id });
  await app.sql(`DROP POLICY storage_objects_owner_select ON storage.objects`);
  await app.sql(`CREATE POLICY shared ON storage.objects FOR SELECT TO authenticated USING (bucket = 'b')`);
  expect((await listOf(bob)).pagination.total).toBe(2);
  expect((await bob.delete(objectPath('b', `${alice.id}/note.txt`))).statusCode).toBe(404);
  expect((await bob.get(objectPath('b', `${alice.id}/note.txt`))).body).toBe(alice.id);
  await app.sql('DROP POLICY shared ON storage.objects');
  await app.sql(`CREATE POLICY folders ON storage.objects FOR SELECT TO authenticated
    USING ((storage.foldername(key))[1] = (SELECT auth.jwt() ->> 'sub'))`);
  expect((await listOf(bob)).data.map((file: { key: string }) => file.key)).toEqual([`${bob.id}/note.txt`]);
});

test('a subject that is no uuid owns its objects too', async () => {
  await using app = await testApp();
  await withBucket(app, 'b');
  const secret = new TextEncoder().encode('a jwt secret for tests, long enough to pass');
  const token = await new SignJWT({ sub: 'auth0|42', role: 'authenticated' })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(secret);
  const third = app.nobody();
  const headers = { authorization: `Bearer ${token}` };
  const form = formOf({ bytes: 'x' });
  expect((await third.put(objectPath('b', 'k'), form.payload, { ...form.headers, ...headers })).statusCode).toBe(200);
  expect((await third.get('/api/storage/buckets/b/objects', headers)).json().pagination.total).toBe(1);
});

test('admins make policies and triggers on the objects table, which never run as the server itself', async () => {
  await using app = await testApp();
  await withBucket(app, 'b');
  await using admin = await asProjectAdmin(app);
  await admin.query(`CREATE POLICY mine ON storage.objects FOR SELECT TO anon USING (false)`);
  await admin.query(`CREATE FUNCTION public.escape() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM set_config('role', 'none', true);
    IF current_user <> 'authenticator' THEN RAISE EXCEPTION 'ran as %', current_user; END IF;
    PERFORM set_config('role', 'project_admin', true);
    RETURN coalesce(NEW, OLD); END $$`);
  await admin.query(`CREATE TRIGGER escape BEFORE INSERT OR UPDATE OR DELETE ON storage.objects
    FOR EACH ROW EXECUTE FUNCTION public.escape()`);
  const key = await app.admin();
  expect((await put(key, 'b', 'k', { bytes: 'x' })).statusCode).toBe(200);
  expect((await put(key, 'b', 'k', { bytes: 'y' })).statusCode).toBe(200);
  expect((await key.delete(objectPath('b', 'k'))).statusCode).toBe(200);
  const secret = 'SELECT secret_access_key_encrypted FROM storage.s3_access_keys';
  await expect(admin.query(secret)).rejects.toThrow(/permission denied/);
});

async function asProjectAdmin(app: TestApp) {
  const client = await app.pools.data.connect();
  await client.query('SET ROLE project_admin');
  return {
    query: (text: string) => client.query(text),
    [Symbol.asyncDispose]: async () => client.release(true),
  };
}
