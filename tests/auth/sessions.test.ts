import { expect, test } from 'vitest';
import { testApp } from '../app.ts';
import { Me, RefreshSession, SignIn, SignInAdmin, SignOut, SignUp } from './documents.ts';

const ada = { email: 'Ada@Example.com', password: 'correct horse battery', name: 'Ada' };

test('signing up makes an account, a sign-in, one audit row and one event', async () => {
  await using app = await testApp();
  const { data, errors } = await app.nobody().gql(SignUp, { input: ada });
  expect(errors).toBeUndefined();
  expect(data?.signUp).toMatchObject({
    user: { email: 'ada@example.com', emailVerified: false, providers: ['email'], profile: { name: 'Ada' } },
    requireEmailVerification: false,
  });
  const me = await app.with(data?.signUp?.accessToken ?? '').gql(Me);
  expect(me.data?.me).toEqual(data?.signUp?.user);
  expect(await app.sql('SELECT actor_id, module, action, subject FROM system.audit_entries')).toEqual([
    { actor_id: 'anonymous', module: 'AUTH', action: 'SIGN_UP', subject: data?.signUp?.user?.id },
  ]);
  expect(app.events).toEqual(['audit.recorded', 'auth.user.created']);
});

test('a right password signs in, an unknown email and a wrong password get one and the same answer', async () => {
  await using app = await testApp();
  await app.nobody().gql(SignUp, { input: ada });
  const right = await app.nobody().gql(SignIn, { input: { email: 'ADA@example.com', password: ada.password } });
  expect(right.data?.signIn?.user.email).toBe('ada@example.com');
  const wrong = await app.nobody().gql(SignIn, { input: { email: ada.email, password: 'wrong' } });
  const unknown = await app.nobody().gql(SignIn, { input: { email: 'eve@example.com', password: 'wrong' } });
  expect(wrong.errors?.[0]?.extensions).toMatchObject({ code: 'AUTH_UNAUTHORIZED', status: 401 });
  expect(unknown).toEqual(wrong);
});

test('a refresh gives new tokens of the same sign-in, and signing out ends it', async () => {
  await using app = await testApp();
  const signedUp = (await app.nobody().gql(SignUp, { input: ada })).data?.signUp;
  const first = signedUp?.refreshToken ?? '';
  const refreshed = await app.nobody().gql(RefreshSession, { refreshToken: first });
  expect(refreshed.data?.refreshSession?.user).toEqual(signedUp?.user);
  const second = refreshed.data?.refreshSession?.refreshToken ?? '';
  expect(second).not.toBe(first);
  expect((await app.nobody().gql(SignOut, { refreshToken: second })).data).toEqual({ signOut: true });
  const after = await app.nobody().gql(RefreshSession, { refreshToken: second });
  expect(after.errors?.[0]?.extensions).toMatchObject({ code: 'AUTH_UNAUTHORIZED', status: 401 });
});

test('the operator signs in with the configured password, and is no user', async () => {
  await using app = await testApp();
  const input = { username: 'admin', password: app.adminPassword };
  const { data } = await app.nobody().gql(SignInAdmin, { input });
  expect(data?.signInAdmin?.admin).toEqual({ sub: 'local:admin' });
  const me = await app.with(data?.signInAdmin?.accessToken ?? '').gql(Me);
  expect(me.errors?.[0]?.extensions).toMatchObject({ code: 'AUTH_INVALID_CREDENTIALS', status: 401 });
  const wrong = await app.nobody().gql(SignInAdmin, { input: { ...input, password: 'guess' } });
  expect(wrong.errors?.[0]?.extensions).toMatchObject({ code: 'AUTH_UNAUTHORIZED', status: 401 });
});
