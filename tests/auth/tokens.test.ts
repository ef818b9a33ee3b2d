import { SignJWT, UnsecuredJWT } from 'jose';
import { expect, test } from 'vitest';
import { jwtSecret, type TestApp, testApp } from '../app.ts';
import { Me, RefreshSession, SignInAdmin, UpdateProfile } from './documents.ts';
import { clockedApp, signUp, thirdPartyToken } from './helpers.ts';

const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;

/** What both faces and the rows say to a bearer of this token. */
async function refusals(app: TestApp, token: string) {
  const who = app.with(token);
  const [rest, graph, rows] = [
    await who.get('/api/auth/sessions/current'),
    await who.gql(Me),
    await who.get('/api/database/records/nowhere'),
  ];
  const extensions = graph.errors?.[0]?.extensions;
  return {
    rest: [rest.statusCode, rest.json().error],
    graph: [extensions?.status, extensions?.code],
    rows: [rows.statusCode, rows.json().code ?? rows.json().error],
  };
}

test('an expired access token is 401 AUTH_UNAUTHORIZED, the one answer on which clients refresh', async () => {
  await using app = await clockedApp();
  const { accessToken, user } = await signUp(app);
  expect((await app.with(accessToken).gql(Me)).data?.me?.id).toBe(user.id);
  app.pass(15.1);
  const refused = await refusals(app, accessToken);
  expect(refused).toMatchObject({ rest: [401, 'AUTH_UNAUTHORIZED'], graph: [401, 'AUTH_UNAUTHORIZED'] });
  expect(refused.rows[0]).toBe(401);
});

test('kinds of token are not interchangeable', async () => {
  await using app = await clockedApp();
  const { accessToken, refreshToken } = await signUp(app);
  const input = { username: 'admin', password: app.adminPassword };
  const admin = (await app.nobody().gql(SignInAdmin, { input })).data?.signInAdmin;
  for (const token of [refreshToken, admin?.refreshToken ?? ''])
    expect(await refusals(app, token)).toMatchObject({
      rest: [401, 'AUTH_UNAUTHORIZED'],
      graph: [401, 'AUTH_UNAUTHORIZED'],
      rows: [401, expect.anything()],
    });
  for (const token of [accessToken, admin?.accessToken ?? '', admin?.refreshToken ?? '']) {
    const { errors } = await app.nobody().gql(RefreshSession, { refreshToken: token });
    expect(errors?.[0]?.extensions.code).toBe('AUTH_UNAUTHORIZED');
  }
});

test('a third-party token of the shared secret is a user, whatever its subject looks like', async () => {
  await using app = await testApp();
  const token = await thirdPartyToken(
    {
      sub: 'user_2abc|x',
      role: 'authenticated',
      email: 'c@example.com',
      org_id: 'org_1',
      iss: 'clerk',
      exp: inAnHour(),
    },
    jwtSecret,
  );
  const who = app.with(token);
  const current = await who.get('/api/auth/sessions/current');
  expect([current.statusCode, current.json().error]).toEqual([401, 'AUTH_INVALID_CREDENTIALS']);
  expect((await who.gql(Me)).errors?.[0]?.extensions.code).toBe('AUTH_INVALID_CREDENTIALS');
  const profile = await who.patch('/api/auth/profiles/current', { profile: { name: 'C' } });
  expect([profile.statusCode, profile.json().error]).toEqual([404, 'AUTH_USER_NOT_FOUND']);
  const { errors } = await who.gql(UpdateProfile, { profile: { name: 'C' } });
  expect(errors?.[0]?.extensions.code).toBe('AUTH_USER_NOT_FOUND');
  expect((await who.get('/api/auth/sessions')).json()).toEqual({ data: [] });
});

test('a third-party token of an account here is that account', async () => {
  await using app = await testApp();
  const { user } = await signUp(app);
  const token = await thirdPartyToken({ sub: user.id, exp: inAnHour() }, jwtSecret);
  expect((await app.with(token).gql(Me)).data?.me?.id).toBe(user.id);
});

test('what is forged, endless or claims to run the project is refused', async () => {
  await using app = await testApp();
  const { user } = await signUp(app);
  const claims = { sub: user.id, role: 'authenticated', exp: inAnHour() };
  const { exp: _exp, ...endless } = claims;
  const [header, , signature] = (await thirdPartyToken(claims, jwtSecret)).split('.');
  const altered = Buffer.from(JSON.stringify({ ...claims, sub: 'x' })).toString('base64url');
  const forged: Record<string, string> = {
    'another secret': await thirdPartyToken(claims, 'another secret that is long enough for HS256'),
    'no signature': new UnsecuredJWT(claims).encode(),
    'an altered payload': `${header}.${altered}.${signature}`,
    'no expiry': await thirdPartyToken(endless, jwtSecret),
    expired: await thirdPartyToken({ ...claims, exp: 1 }, jwtSecret),
    'an admin of another issuer': await thirdPartyToken({ ...claims, role: 'project_admin' }, jwtSecret),
    'no subject': await thirdPartyToken({ role: 'authenticated', exp: inAnHour() }, jwtSecret),
    'the public key as a secret': await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .sign(
        new TextEncoder().encode(JSON.stringify((await app.nobody().get('/.well-known/jwks.json')).json().keys[0])),
      ),
    'not a token': 'abc',
    'three parts of nothing': '..',
  };
  for (const [name, token] of Object.entries(forged))
    expect(await refusals(app, token), name).toMatchObject({
      rest: [401, expect.stringMatching(/^AUTH_/)],
      graph: [401, expect.stringMatching(/^AUTH_/)],
      rows: [401, expect.anything()],
    });
  const strange = await thirdPartyToken({ ...claims, role: 'postgres' }, jwtSecret);
  expect((await app.with(strange).get('/api/auth/sessions/current')).json()).toMatchObject({
    statusCode: 403,
    error: 'AUTH_UNAUTHORIZED',
  });
});

test('an access token has three parts, a kid of the published key, and no issuer', async () => {
  await using app = await testApp();
  const { accessToken, user } = await signUp(app);
  const [header, payload] = accessToken.split('.').map((part) => {
    try {
      return JSON.parse(Buffer.from(part, 'base64url').toString());
    } catch {
      return null;
    }
  });
  const { keys } = (await app.nobody().get('/.well-known/jwks.json')).json();
  expect(header).toMatchObject({ alg: 'RS256', kid: keys[0].kid });
  expect(payload).toMatchObject({ sub: user.id, email: user.email, role: 'authenticated' });
  expect(payload.exp - payload.iat).toBe(900);
  expect(payload).not.toHaveProperty('iss');
  expect(payload).not.toHaveProperty('aud');
});

test('a credential of one kind is never tried as another', async () => {
  await using app = await testApp();
  const { accessToken } = await signUp(app);
  const get = (headers: Record<string, string>) => app.nobody().get('/api/auth/config', headers);
  const code = async (headers: Record<string, string>) => (await get(headers)).json().error;
  const good = `Bearer ${accessToken}`;
  expect(await code({})).toBe('AUTH_INVALID_CREDENTIALS');
  expect(await code({ authorization: good, 'x-api-key': 'ik_wrong' })).toBe('AUTH_INVALID_API_KEY');
  expect(await code({ authorization: `Bearer ${app.keys.api}`, 'x-api-key': 'ik_wrong' })).toBeUndefined();
  expect(await code({ 'x-api-key': app.keys.api })).toBeUndefined();
  expect(await code({ authorization: 'Bearer ik_wrong', 'x-api-key': app.keys.api })).toBe('AUTH_INVALID_API_KEY');
  expect(await code({ authorization: 'Bearer anon_wrong' })).toBe('AUTH_INVALID_CREDENTIALS');
  expect(await code({ authorization: `Bearer ${app.keys.anon}` })).toBe('AUTH_UNAUTHORIZED');
});

test('a legacy anon token, which has no end, is anon and nobody', async () => {
  await using app = await testApp();
  const legacy = app.with(await thirdPartyToken({ sub: crypto.randomUUID(), role: 'anon' }, jwtSecret));
  const made = await legacy.post('/api/auth/users', { email: 'ada@example.com', password: 'correct horse battery' });
  expect(made.statusCode).toBe(200);
  expect((await legacy.get('/api/auth/config')).statusCode).toBe(403);
  expect((await legacy.get('/api/auth/sessions/current')).statusCode).toBe(401);
});
