import { createClient } from '@insforge/sdk';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { TestApp } from '../app.ts';
import { clockedApp, password } from './helpers.ts';

const email = 'ada@example.com';
const stranger = '00000000-0000-4000-8000-000000000000';

/** What a browser adds to the client: its cookie jar for the API, and `document` for the page's own cookies. */
function browser() {
  const jar = new Map<string, string>();
  const sent: string[] = [];
  const page = new Map<string, string>();
  vi.stubGlobal('document', {
    get cookie() {
      return [...page].map(([name, value]) => `${name}=${value}`).join('; ');
    },
    set cookie(text: string) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
      if (/max-age=0/.test(text)) page.delete(name);
      else page.set(name, value);
    },
  });
  vi.stubGlobal('window', { location: { href: 'http://app.localhost/', search: '' }, history: {} });
  onTestFinished(() => void vi.unstubAllGlobals());
  const fetchWithCookies: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers);
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    const { pathname } = new URL(String(input));
    const response = await fetch(input, { ...init, headers });
    sent.push(`${init?.method ?? 'GET'} ${pathname} ${response.status}`);
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (/Max-Age=0/.test(cookie)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  };
  return { fetch: fetchWithCookies, jar, sent };
}

const inBrowser = async (app: TestApp) => {
  const { fetch, jar, sent } = browser();
  const make = async () => createClient({ baseUrl: await app.listen(), anonKey: app.keys.anon, fetch });
  return { client: await make(), reload: make, jar, sent };
};

test('in a browser the SDK signs up, keeps a profile, survives a reload and signs out', async () => {
  await using app = await clockedApp();
  const { client, reload, jar, sent } = await inBrowser(app);
  const made = await client.auth.signUp({ email, password, name: 'Ada' });
  expect(made.error).toBeNull();
  expect(made.data).toMatchObject({ user: { email, profile: { name: 'Ada' } }, requireEmailVerification: false });
  const id = made.data?.user?.id ?? '';
  expect(jar.has('insforge_refresh_token')).toBe(true);

  expect((await client.auth.getCurrentUser()).data.user?.id).toBe(id);
  const changed = await client.auth.setProfile({ avatar_url: 'https://example.com/a.png' });
  expect(changed.data).toEqual({ id, profile: { name: 'Ada', avatar_url: 'https://example.com/a.png' } });
  expect((await client.auth.getProfile(id)).data).toEqual(changed.data);

  const reloaded = await reload();
  expect((await reloaded.auth.getCurrentUser()).data.user?.id).toBe(id);
  expect((await reloaded.auth.refreshSession()).data?.user?.id).toBe(id);
  expect(sent.filter((line) => line.includes('/refresh'))).toEqual(Array(2).fill('POST /api/auth/refresh 200'));

  expect((await reloaded.auth.signOut()).error).toBeNull();
  expect(sent.at(-1)).toBe('POST /api/auth/logout 200');
  expect(jar.size).toBe(0);
  expect((await reloaded.auth.getCurrentUser()).data.user).toBeNull();
});

test('when the access token expires, the SDK refreshes once and repeats the request', async () => {
  await using app = await clockedApp();
  const { client, sent } = await inBrowser(app);
  await client.auth.signUp({ email, password });
  app.pass(16);
  const changed = await client.auth.setProfile({ name: 'Later' });
  expect(changed).toMatchObject({ error: null, data: { profile: { name: 'Later' } } });
  expect(sent.slice(-3)).toEqual([
    'PATCH /api/auth/profiles/current 401',
    'POST /api/auth/refresh 200',
    'PATCH /api/auth/profiles/current 200',
  ]);
});

test('a sign-in that was ended elsewhere drops the session of the SDK', async () => {
  await using app = await clockedApp();
  const { client, jar } = await inBrowser(app);
  const { data } = await client.auth.signUp({ email, password });
  const admin = await app.admin();
  await admin.delete('/api/auth/users', { userIds: [data?.user?.id] });
  app.pass(16);
  expect((await client.auth.setProfile({ name: 'x' })).error).toMatchObject({ statusCode: 401 });
  expect(jar.size).toBe(0);
});

test('on a server the SDK keeps the tokens itself', async () => {
  await using app = await clockedApp();
  const options = { baseUrl: await app.listen(), anonKey: app.keys.anon, isServerMode: true };
  const client = createClient(options);
  await client.auth.signUp({ email, password, name: 'Ada' });
  const signedIn = await client.auth.signInWithPassword({ email, password });
  const refreshToken = signedIn.data?.refreshToken ?? '';
  expect(signedIn.data).toMatchObject({ user: { email }, refreshToken: expect.stringMatching(/^\S+\.\S+\.\S+$/) });
  const asAda = createClient({ ...options, accessToken: signedIn.data?.accessToken ?? '' });
  expect((await asAda.auth.getCurrentUser()).data.user?.email).toBe(email);
  const refreshed = await client.auth.refreshSession({ refreshToken });
  expect(refreshed.data).toMatchObject({ user: { email }, refreshToken: expect.any(String) });
  expect((await asAda.auth.signOut()).error).toBeNull();
  const after = await client.auth.refreshSession({ refreshToken: refreshed.data?.refreshToken ?? '' });
  expect(after.error).toMatchObject({ statusCode: 401, error: 'AUTH_UNAUTHORIZED' });
});

test('the SDK sees what is wrong, with a code and a next action', async () => {
  await using app = await clockedApp();
  const client = createClient({ baseUrl: await app.listen(), anonKey: app.keys.anon, isServerMode: true });
  await client.auth.signUp({ email, password });
  const errors = {
    taken: (await client.auth.signUp({ email, password })).error,
    weak: (await client.auth.signUp({ email: 'bob@example.com', password: 'x' })).error,
    wrong: (await client.auth.signInWithPassword({ email, password: 'wrong' })).error,
    unknown: (await client.auth.getProfile(stranger)).error,
  };
  expect(errors).toMatchObject({
    taken: { statusCode: 409, error: 'AUTH_EMAIL_EXISTS', nextActions: expect.any(String) },
    weak: { statusCode: 400, error: 'INVALID_INPUT', nextActions: expect.any(String) },
    wrong: { statusCode: 401, error: 'AUTH_UNAUTHORIZED', nextActions: expect.any(String) },
    unknown: { statusCode: 404, error: 'AUTH_USER_NOT_FOUND', nextActions: expect.any(String) },
  });
});

test('the SDK reads the public configuration', async () => {
  await using app = await clockedApp();
  const client = createClient({ baseUrl: await app.listen(), anonKey: app.keys.anon });
  expect((await client.auth.getPublicAuthConfig()).data).toMatchObject({ disableSignup: false, oAuthProviders: [] });
});
