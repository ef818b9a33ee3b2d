import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import type { TestApp } from '../app.ts';
import { Me, RefreshSession, RevokeSession, Sessions, SignIn, SignOut } from './documents.ts';
import { actions, clockedApp, password, signUp } from './helpers.ts';

const refresh = async (app: TestApp, refreshToken: string) => {
  const { data, errors } = await app.nobody().gql(RefreshSession, { refreshToken });
  return { tokens: data?.refreshSession, refused: errors?.[0]?.extensions.code };
};
const generation = (token?: string) => (token ? decodeJwt(token).gen : undefined);

test('parallel refreshes with one token all succeed, with one and the same successor', async () => {
  await using app = await clockedApp();
  const { refreshToken } = await signUp(app);
  const answers = await Promise.all(Array.from({ length: 12 }, () => refresh(app, refreshToken)));
  expect(answers.map(({ refused }) => refused)).toEqual(Array(12).fill(undefined));
  expect(new Set(answers.map(({ tokens }) => generation(tokens?.refreshToken)))).toEqual(new Set([1]));
  expect(await actions(app)).toEqual(['SIGN_UP', 'REFRESH_SESSION']);
});

test('a replaced token is good within the grace, even when its successor was replaced too', async () => {
  await using app = await clockedApp();
  const { refreshToken: first } = await signUp(app);
  const second = (await refresh(app, first)).tokens?.refreshToken ?? '';
  app.pass(0.5);
  const third = (await refresh(app, second)).tokens?.refreshToken ?? '';
  app.pass(0.4);
  expect(generation((await refresh(app, first)).tokens?.refreshToken)).toBe(generation(third));
  expect(generation((await refresh(app, second)).tokens?.refreshToken)).toBe(generation(third));
});

test('a replaced token that comes back after the grace ends the sign-in for everybody who holds it', async () => {
  await using app = await clockedApp();
  const { refreshToken: stolen, accessToken } = await signUp(app);
  const current = (await refresh(app, stolen)).tokens?.refreshToken ?? '';
  app.pass(1.1);
  expect((await refresh(app, stolen)).refused).toBe('AUTH_UNAUTHORIZED');
  expect((await refresh(app, current)).refused).toBe('AUTH_UNAUTHORIZED');
  expect((await app.with(accessToken).gql(Me)).errors?.[0]?.extensions.code).toBe('AUTH_UNAUTHORIZED');
  expect(await app.sql('SELECT action, details FROM system.audit_entries ORDER BY id')).toEqual([
    { action: 'SIGN_UP', details: {} },
    { action: 'REFRESH_SESSION', details: {} },
    { action: 'REVOKE_SESSION', details: { reason: 'reuse' } },
  ]);
  expect(app.events.filter((name) => name === 'auth.session.revoked')).toHaveLength(1);
});

test('another sign-in of the same user outlives the end of one', async () => {
  await using app = await clockedApp();
  const { refreshToken: first, user } = await signUp(app);
  const other = (await app.nobody().gql(SignIn, { input: { email: user.email, password } })).data?.signIn;
  await app.nobody().gql(SignOut, { refreshToken: first });
  expect((await refresh(app, first)).refused).toBe('AUTH_UNAUTHORIZED');
  expect((await refresh(app, other?.refreshToken ?? '')).tokens?.user.id).toBe(user.id);
});

test('an unused refresh token lasts seven days, a sign-in ninety, however often it is refreshed', async () => {
  await using app = await clockedApp();
  const dayMinutes = 24 * 60;
  const unused = await signUp(app, 'bob');
  let token = (await signUp(app)).refreshToken;
  for (let day = 6; day < 90; day += 6) {
    app.pass(6 * dayMinutes);
    const { tokens, refused } = await refresh(app, token);
    expect(refused, `day ${day}`).toBeUndefined();
    token = tokens?.refreshToken ?? '';
    expect(decodeJwt(token).exp).toBeLessThanOrEqual(Math.ceil((app.clock.nowMs + 7 * dayMinutes * 60_000) / 1000));
  }
  app.pass(6 * dayMinutes);
  expect((await refresh(app, token)).refused).toBe('AUTH_UNAUTHORIZED');
  expect((await refresh(app, unused.refreshToken)).refused).toBe('AUTH_UNAUTHORIZED');
});

test("a user sees and ends their own sign-ins and nobody else's; an ended one is void at once", async () => {
  await using app = await clockedApp();
  const ada = await signUp(app);
  const bob = await signUp(app, 'bob');
  const { data } = await app.nobody().gql(SignIn, { input: { email: ada.user.email, password } });
  const phone = app.with(data?.signIn?.accessToken ?? '');

  const mine = (await ada.gql(Sessions)).data?.sessions ?? [];
  expect(mine.map(({ isCurrent }) => isCurrent).sort()).toEqual([false, true]);
  const phoneSession = mine.find(({ isCurrent }) => !isCurrent)?.id ?? '';
  expect((await bob.gql(Sessions)).data?.sessions).toHaveLength(1);
  expect((await bob.gql(RevokeSession, { id: phoneSession })).errors?.[0]?.extensions.code).toBe('NOT_FOUND');

  expect((await phone.gql(Me)).data?.me?.id).toBe(ada.user.id);
  expect((await ada.gql(RevokeSession, { id: phoneSession })).data).toEqual({ revokeSession: true });
  expect((await phone.gql(Me)).errors?.[0]?.extensions).toMatchObject({ code: 'AUTH_UNAUTHORIZED', status: 401 });
  expect((await phone.get('/api/auth/sessions/current')).json().error).toBe('AUTH_UNAUTHORIZED');
  expect((await ada.gql(Sessions)).data?.sessions).toHaveLength(1);
  expect((await ada.gql(RevokeSession, { id: phoneSession })).errors?.[0]?.extensions.code).toBe('NOT_FOUND');

  const [last] = (await bob.gql(Sessions)).data?.sessions ?? [];
  expect((await (await app.admin()).gql(RevokeSession, { id: last?.id ?? '' })).data).toEqual({ revokeSession: true });
  expect((await bob.gql(Me)).errors?.[0]?.extensions.code).toBe('AUTH_UNAUTHORIZED');
});

test('signing out with the access token alone ends its sign-in', async () => {
  await using app = await clockedApp();
  const ada = await signUp(app);
  expect((await ada.gql(SignOut)).data).toEqual({ signOut: true });
  expect((await ada.gql(Me)).errors?.[0]?.extensions.code).toBe('AUTH_UNAUTHORIZED');
  expect((await refresh(app, ada.refreshToken)).refused).toBe('AUTH_UNAUTHORIZED');
  expect((await app.nobody().gql(SignOut)).data).toEqual({ signOut: true });
  expect(await actions(app)).toEqual(['SIGN_UP', 'SIGN_OUT']);
});
