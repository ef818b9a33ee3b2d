import { expect, test } from 'vitest';
import { testApp } from '../app.ts';
import { DeleteUsers, Me, RefreshSession, Users } from './documents.ts';
import { clockedApp, password, signUp } from './helpers.ts';

const ids = (users: { id: string }[]) => users.map(({ id }) => id);

test('admins page through users, newest first, and find them by a part of email or name', async () => {
  await using app = await testApp();
  await app.sql(`INSERT INTO auth.users (email, profile, created_at, is_anonymous, is_project_admin)
    SELECT 'user' || n || '@example.com', jsonb_build_object('name', 'Number 100% ' || n), now() - n * interval '1 hour',
      n = 24, n = 25 FROM generate_series(1, 25) AS n`);
  const admin = await app.admin();
  const list = async (query: string) => (await admin.get(`/api/auth/users?${query}`)).json();
  const names = ({ data }: { data: { email: string }[] }) => data.map(({ email }) => email.split('@')[0]);

  const first = await list('');
  expect(first.pagination).toEqual({ offset: 0, limit: 10, total: 23 });
  expect(names(first)).toEqual(Array.from({ length: 10 }, (_, i) => `user${i + 1}`));
  expect(names(await list('limit=5&offset=20'))).toEqual(['user21', 'user22', 'user23']);
  expect((await list('limit=0&offset=-1')).pagination).toEqual({ offset: 0, limit: 10, total: 23 });
  expect((await list('limit=ten&offset=x')).pagination).toEqual({ offset: 0, limit: 10, total: 23 });
  expect((await list('limit=999999')).pagination.limit).toBe(1000);
  expect(names(await list('search=USER23'))).toEqual(['user23']);
  expect(names(await list('search=number%20100%25%2023'))).toEqual(['user23']);
  for (const literal of ['%25%25', '_ser1', '%5C', '%00%25%25'])
    expect((await list(`search=${literal}`)).pagination.total, literal).toBe(0);

  const seen: string[] = [];
  let after: string | null = null;
  do {
    const { data }: { data?: { users?: UsersPage | null } | null } = await admin.gql(Users, { first: 10, after });
    seen.push(...(data?.users?.edges ?? []).map(({ node }) => node.email));
    expect(data?.users?.totalCount).toBe(23);
    after = data?.users?.pageInfo.hasNextPage ? (data.users.pageInfo.endCursor ?? null) : null;
  } while (after);
  expect(seen).toEqual(Array.from({ length: 23 }, (_, i) => `user${i + 1}@example.com`));
});
interface UsersPage {
  totalCount: number;
  edges: { node: { email: string } }[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
}

test('a deleted user is gone: tokens, sign-ins, streams and rows that refer to them', async () => {
  await using app = await testApp();
  const [ada, bob] = [await signUp(app), await signUp(app, 'bob')];
  await app.sql('CREATE TABLE notes (owner uuid REFERENCES auth.users ON DELETE CASCADE)');
  await app.sql('INSERT INTO notes SELECT id FROM auth.users');
  const admin = await app.admin();
  const gone = await admin.delete('/api/auth/users', { userIds: [ada.user.id, ada.user.id, crypto.randomUUID()] });
  expect(gone.json()).toEqual({ message: expect.any(String), deletedCount: 1 });

  const current = await ada.get('/api/auth/sessions/current');
  expect([current.statusCode, current.json().error]).toEqual([401, 'AUTH_INVALID_CREDENTIALS']);
  expect((await ada.gql(Me)).errors?.[0]?.extensions.code).toBe('AUTH_INVALID_CREDENTIALS');
  const refreshed = await app.nobody().gql(RefreshSession, { refreshToken: ada.refreshToken });
  expect(refreshed.errors?.[0]?.extensions.code).toBe('AUTH_UNAUTHORIZED');
  expect((await app.nobody().post('/api/auth/sessions', { email: ada.user.email, password })).statusCode).toBe(401);
  expect((await bob.gql(Me)).data?.me?.id).toBe(bob.user.id);
  expect(await app.sql('SELECT owner FROM notes')).toEqual([{ owner: bob.user.id }]);
  expect(app.events.filter((name) => name === 'auth.user.deleted')).toHaveLength(1);
  expect((await admin.gql(DeleteUsers, { ids: [bob.user.id] })).data).toEqual({ deleteUsers: 1 });
});

test('an admin makes accounts for others, confirmed or not, also while sign-ups are off', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  await admin.put('/api/auth/config', { disableSignup: true });
  const anon = await app.anon();
  const refused = await anon.post('/api/auth/users', { email: 'eve@example.com', password, autoConfirm: true });
  expect([refused.statusCode, refused.json().error]).toEqual([403, 'AUTH_SIGNUP_DISABLED']);

  const body = { email: 'ada@example.com', password, autoConfirm: true };
  const made = await admin.post('/api/auth/users', body);
  expect(made.headers['set-cookie']).toBeUndefined();
  expect(made.json()).toEqual({
    user: expect.objectContaining({ email: 'ada@example.com', emailVerified: true }),
    accessToken: expect.any(String),
    requireEmailVerification: false,
  });
  expect((await app.with(made.json().accessToken).gql(Me)).data?.me?.id).toBe(made.json().user.id);

  await admin.put('/api/auth/config', { disableSignup: false });
  const own = await anon.post('/api/auth/users', { ...body, email: 'eve@example.com' });
  expect(own.json().user.emailVerified).toBe(false);
  expect((await app.nobody().post('/api/auth/users', body)).json().error).toBe('AUTH_INVALID_CREDENTIALS');
});

test('where verification is required, no unverified account gets a token', async () => {
  await using app = await testApp();
  const { user } = await signUp(app);
  await app.sql('INSERT INTO auth.config (require_email_verification) VALUES (true)');
  const signIn = await app.nobody().post('/api/auth/sessions', { email: user.email, password });
  expect([signIn.statusCode, signIn.json().error]).toEqual([403, 'FORBIDDEN']);
  const wrong = await app.nobody().post('/api/auth/sessions', { email: user.email, password: 'wrong' });
  expect([wrong.statusCode, wrong.json().error]).toEqual([401, 'AUTH_UNAUTHORIZED']);
  const made = await (await app.anon()).post('/api/auth/users', { email: 'bob@example.com', password });
  expect(made.json()).toEqual({ accessToken: null, requireEmailVerification: true });
  expect(made.headers['set-cookie']).toBeUndefined();
  const admin = await app.admin();
  const confirmed = await admin.post('/api/auth/users', { email: 'eve@example.com', password, autoConfirm: true });
  expect(confirmed.json()).toEqual({ accessToken: null, requireEmailVerification: false });
  expect((await app.nobody().post('/api/auth/sessions', { email: 'eve@example.com', password })).statusCode).toBe(200);
});

test('a profile is public, merges key by key also under parallel writes, and is bounded', async () => {
  await using app = await clockedApp();
  const ada = await signUp(app);
  const patch = (profile: unknown) => ada.patch('/api/auth/profiles/current', { profile });
  await Promise.all(Array.from({ length: 10 }, (_, i) => patch({ [`key${i}`]: i })));
  const merged = await patch({ name: null, avatar_url: 'https://example.com/a.png' });
  const expected = {
    name: null,
    avatar_url: 'https://example.com/a.png',
    ...Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`key${i}`, i])),
  };
  expect(merged.json()).toEqual({ id: ada.user.id, profile: expected });
  const shown = await app.nobody().get(`/api/auth/profiles/${ada.user.id}`);
  expect(shown.json()).toEqual({ id: ada.user.id, profile: expected });

  for (const profile of ['x', [], null, { bio: 'x'.repeat(70_000) }, { bio: 'a\u0000' }, { '\ud800': 1 }])
    expect((await patch(profile)).json().error, JSON.stringify(profile).slice(0, 40)).toBe('INVALID_INPUT');
  expect((await app.nobody().get('/api/auth/profiles/me')).json()).toMatchObject({
    statusCode: 400,
    error: 'INVALID_INPUT',
  });
  expect((await app.nobody().get(`/api/auth/profiles/${crypto.randomUUID()}`)).json()).toMatchObject({
    statusCode: 404,
    error: 'AUTH_USER_NOT_FOUND',
  });
  await app.sql(`UPDATE auth.users SET profile = 'null'`);
  expect((await patch({ name: 'Ada' })).json().profile).toEqual({ name: 'Ada' });
  expect(ids([ada.user])).toEqual([merged.json().id]);
});
