import type { Response } from 'light-my-request';
import { expect, test } from 'vitest';
import { type TestApp, testApp } from '../app.ts';
import { clockedApp, cookieOf, password, signUp } from './helpers.ts';

const email = 'ada@example.com';
const name = 'insforge_refresh_token';
const https = { 'x-forwarded-proto': 'https' };

const browserSignIn = async (app: TestApp, headers?: Record<string, string>) => {
  const response = await app.nobody().post('/api/auth/sessions', { email, password }, headers);
  return { response, csrf: response.json().csrfToken as string, cookie: cookieOf(response).value };
};
const withCookie = (cookie: string, csrf?: string) => ({
  cookie: `${name}=${cookie}`,
  ...(csrf ? { 'x-csrf-token': csrf } : {}),
});
const refresh = (app: TestApp, headers: Record<string, string>) =>
  app.nobody().post('/api/auth/refresh', undefined, headers);
const isCleared = (response: Response) =>
  cookieOf(response).value === '' && cookieOf(response).attributes.includes('Max-Age=0');

test('a browser gets its refresh token in a cookie that scripts cannot read, and a CSRF token in the body', async () => {
  await using app = await testApp();
  await signUp(app);
  const { response, csrf } = await browserSignIn(app);
  expect(response.json()).toEqual({ user: expect.anything(), accessToken: expect.any(String), csrfToken: csrf });
  expect(csrf).toMatch(/^[0-9a-f]{64}$/);
  expect(cookieOf(response)).toMatchObject({
    name,
    attributes: ['Path=/api/auth', 'HttpOnly', 'SameSite=Lax', 'Max-Age=604800'],
  });
});

test('the cookie is Secure; SameSite=None where the browser sees https', async () => {
  await using behindProxy = await testApp({ env: { TRUST_PROXY: '1' } });
  await signUp(behindProxy);
  const { response } = await browserSignIn(behindProxy, https);
  expect(cookieOf(response).attributes).toEqual([
    'Path=/api/auth',
    'HttpOnly',
    'Secure',
    'SameSite=None',
    'Max-Age=604800',
  ]);
  await using published = await testApp({ env: { API_BASE_URL: 'https://api.example.org' } });
  await signUp(published);
  expect(cookieOf((await browserSignIn(published)).response).attributes).toContain('SameSite=None');
  await using direct = await testApp();
  await signUp(direct);
  expect(cookieOf((await browserSignIn(direct, https)).response).attributes).not.toContain('Secure');
});

test.each(['mobile', 'desktop', 'server'])(
  'client_type=%s gets a refresh token in the body and no cookie',
  async (type) => {
    await using app = await testApp();
    const anon = await app.anon();
    const made = await anon.post(`/api/auth/users?client_type=${type}`, { email, password });
    expect(made.headers['set-cookie']).toBeUndefined();
    expect(Object.keys(made.json()).sort()).toEqual([
      'accessToken',
      'refreshToken',
      'requireEmailVerification',
      'user',
    ]);
    for (const spelling of ['refreshToken', 'refresh_token']) {
      const body = { [spelling]: made.json().refreshToken };
      const refreshed = await app.nobody().post(`/api/auth/refresh?client_type=${type}`, body);
      expect(refreshed.headers['set-cookie']).toBeUndefined();
      expect(Object.keys(refreshed.json()).sort()).toEqual(['accessToken', 'refreshToken', 'user']);
    }
    const none = await app.nobody().post(`/api/auth/refresh?client_type=${type}`, {});
    expect([none.statusCode, none.json().error]).toEqual([400, 'INVALID_INPUT']);
  },
);

test('a browser refreshes with cookie and CSRF header; the CSRF token outlives every rotation', async () => {
  await using app = await clockedApp();
  await signUp(app);
  let { cookie, csrf } = await browserSignIn(app);
  const firstCsrf = csrf;
  for (let turn = 0; turn < 3; turn++) {
    const response = await refresh(app, withCookie(cookie, firstCsrf));
    expect(response.statusCode).toBe(200);
    expect(Object.keys(response.json()).sort()).toEqual(['accessToken', 'csrfToken', 'user']);
    ({ csrfToken: csrf } = response.json());
    expect(csrf).toBe(firstCsrf);
    expect(cookieOf(response).value).not.toBe(cookie);
    cookie = cookieOf(response).value;
    app.pass(2);
  }
});

test('a missing or wrong CSRF header is 403 and keeps the cookie; a cookie that is no good is 401 and goes', async () => {
  await using app = await clockedApp();
  await signUp(app);
  const { cookie, csrf } = await browserSignIn(app);
  const other = await browserSignIn(app);
  for (const headers of [withCookie(cookie), withCookie(cookie, 'f'.repeat(64)), withCookie(cookie, other.csrf)]) {
    const response = await refresh(app, headers);
    expect([response.statusCode, response.json().error]).toEqual([403, 'FORBIDDEN']);
    expect(response.headers['set-cookie']).toBeUndefined();
  }
  expect((await refresh(app, withCookie(cookie, csrf))).statusCode).toBe(200);

  app.pass(8 * 24 * 60);
  for (const headers of [{ 'x-csrf-token': csrf }, withCookie('x.y.z', csrf), withCookie(cookie, csrf)]) {
    const response = await refresh(app, headers as Record<string, string>);
    expect([response.statusCode, response.json().error]).toEqual([401, 'AUTH_UNAUTHORIZED']);
    expect(isCleared(response)).toBe(true);
    expect(cookieOf(response).attributes).toEqual(
      expect.arrayContaining(['Path=/api/auth', 'HttpOnly', 'SameSite=Lax']),
    );
  }
});

test('of two cookies of the name, the one that this server gave is taken', async () => {
  await using app = await testApp();
  await signUp(app);
  const { cookie, csrf } = await browserSignIn(app);
  for (const both of [`${name}=other.app.token; ${name}=${cookie}`, `${name}=${cookie}; ${name}=other.app.token`]) {
    const response = await refresh(app, { cookie: `theme=dark; ${both}`, 'x-csrf-token': csrf });
    expect(response.statusCode).toBe(200);
  }
});

test('a browser takes no refresh token from the body', async () => {
  await using app = await testApp();
  const { refreshToken } = await signUp(app);
  const response = await app.nobody().post('/api/auth/refresh', { refreshToken });
  expect([response.statusCode, response.json().error]).toEqual([401, 'AUTH_UNAUTHORIZED']);
});

test('logging out needs the CSRF header while the cookie is good, and ends the sign-in', async () => {
  await using app = await testApp();
  await signUp(app);
  const { cookie, csrf } = await browserSignIn(app);
  const logout = (headers: Record<string, string>) => app.nobody().post('/api/auth/logout', undefined, headers);
  const refused = await logout(withCookie(cookie));
  expect([refused.statusCode, refused.json().error]).toEqual([403, 'FORBIDDEN']);
  expect(refused.headers['set-cookie']).toBeUndefined();
  expect((await refresh(app, withCookie(cookie, csrf))).statusCode).toBe(200);

  const out = await logout(withCookie(cookie, csrf));
  expect(out.json()).toEqual({ success: true, message: expect.any(String) });
  expect(isCleared(out)).toBe(true);
  expect((await refresh(app, withCookie(cookie, csrf))).statusCode).toBe(401);
  for (const headers of [{}, withCookie('stale')]) {
    const again = await logout(headers as Record<string, string>);
    expect([again.statusCode, isCleared(again)]).toEqual([200, true]);
  }
});

test("an admin's cookie has its own name and path; neither kind passes for the other", async () => {
  await using app = await testApp();
  await signUp(app);
  const user = await browserSignIn(app);
  const body = { username: ' admin ', password: app.adminPassword };
  const response = await app.nobody().post('/api/auth/admin/sessions?client_type=mobile', body);
  const { value, ...cookie } = cookieOf(response);
  const csrf = response.json().csrfToken;
  expect(response.json()).toEqual({
    admin: { sub: 'local:admin' },
    accessToken: expect.any(String),
    csrfToken: expect.any(String),
  });
  expect(cookie).toMatchObject({
    name: 'insforge_admin_refresh_token',
    attributes: expect.arrayContaining(['Path=/api/auth/admin']),
  });

  const post = (path: string, headers: Record<string, string>) => app.nobody().post(path, undefined, headers);
  const admin = (token: string, csrfToken = csrf) => ({
    cookie: `insforge_admin_refresh_token=${token}`,
    'x-csrf-token': csrfToken,
  });
  expect((await post('/api/auth/admin/refresh', admin(user.cookie, user.csrf))).statusCode).toBe(401);
  expect((await refresh(app, withCookie(value, csrf))).statusCode).toBe(401);
  expect((await post('/api/auth/admin/refresh', admin(value, 'wrong'))).statusCode).toBe(403);
  const refreshed = await post('/api/auth/admin/refresh', admin(value));
  expect(refreshed.json()).toMatchObject({ admin: { sub: 'local:admin' }, csrfToken: csrf });
  expect((await post('/api/auth/admin/logout', admin(value, 'wrong'))).statusCode).toBe(403);
  expect((await post('/api/auth/admin/logout', admin(value))).json().success).toBe(true);
  const after = await post('/api/auth/admin/refresh', admin(value));
  expect([after.statusCode, isCleared(after)]).toEqual([401, true]);
  const asAdmin = app.with(refreshed.json().accessToken);
  expect((await asAdmin.get('/api/auth/admin/sessions/current')).statusCode).toBe(401);
});

test('sign-in through a hosting cloud is 501, one-time codes are not offered, other methods are no methods', async () => {
  await using app = await testApp();
  const exchange = await app.nobody().post('/api/auth/admin/sessions/exchange', { code: 'x' });
  expect([exchange.statusCode, exchange.json().error]).toEqual([501, 'NOT_IMPLEMENTED']);
  for (const method of ['otp', 'magic', 7]) {
    const response = await app.nobody().post('/api/auth/sessions', { method, email, password, otp: '123456' });
    expect([response.statusCode, response.json().error]).toEqual([400, 'INVALID_INPUT']);
  }
});
