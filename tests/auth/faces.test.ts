import { expect, test } from 'vitest';
import { type TestApp, testApp } from '../app.ts';
import * as documents from './documents.ts';
import { actions, graphOutcome, type Outcome, password, restOutcome, signUp } from './helpers.ts';

type Caller = ReturnType<TestApp['nobody']>;
type Body = Record<string, unknown>;
type Callers = Record<'nobody' | 'anon' | 'user' | 'apiKey' | 'admin', Caller>;

async function callers(app: TestApp): Promise<Callers & { userId: string }> {
  const input = { username: 'admin', password: app.adminPassword };
  const admin = (await app.nobody().gql(documents.SignInAdmin, { input })).data?.signInAdmin?.accessToken ?? '';
  const user = await signUp(app);
  const [anon, apiKey] = [await app.anon(), await app.admin()];
  return { nobody: app.nobody(), anon, user, apiKey, admin: app.with(admin), userId: user.user.id };
}

interface Operation {
  rest: (who: Caller, userId: string) => Promise<Outcome>;
  graph: (who: Caller, userId: string) => Promise<Outcome>;
}
const stranger = '00000000-0000-4000-8000-000000000000';

/** Each operation on both faces. Writes come with input that is refused or changes nothing, so that both may run. */
const operations: Record<string, Operation> = {
  'who am I': {
    rest: async (who) => restOutcome(await who.get('/api/auth/sessions/current'), ({ user }) => user),
    graph: async (who) => graphOutcome(await who.gql(documents.Me)),
  },
  'who is the admin': {
    rest: async (who) => restOutcome(await who.get('/api/auth/admin/sessions/current'), ({ admin }) => admin),
    graph: async (who) => graphOutcome(await who.gql(documents.CurrentAdmin)),
  },
  'one user': {
    rest: async (who, id) => restOutcome(await who.get(`/api/auth/users/${id}`)),
    graph: async (who, id) => graphOutcome(await who.gql(documents.OneUser, { id })),
  },
  'an unknown user': {
    rest: async (who) => restOutcome(await who.get(`/api/auth/users/${stranger}`)),
    graph: async (who) => graphOutcome(await who.gql(documents.OneUser, { id: stranger })),
  },
  users: {
    rest: async (who) =>
      restOutcome(await who.get('/api/auth/users'), ({ data, pagination }: Body) => [
        (data as { id: string }[]).map(({ id }) => id),
        (pagination as { total: number }).total,
      ]),
    graph: async (who) => {
      const outcome = graphOutcome(await who.gql(documents.Users));
      const users = outcome.body as { edges: { node: { id: string } }[]; totalCount: number } | undefined;
      return users ? { ...outcome, body: [users.edges.map(({ node }) => node.id), users.totalCount] } : outcome;
    },
  },
  'my sign-ins': {
    rest: async (who) => restOutcome(await who.get('/api/auth/sessions'), ({ data }: Body) => (data as []).length),
    graph: async (who) => {
      const outcome = graphOutcome(await who.gql(documents.Sessions));
      return outcome.body ? { ...outcome, body: (outcome.body as []).length } : outcome;
    },
  },
  "ending somebody's sign-in": {
    rest: async (who) => restOutcome(await who.delete(`/api/auth/sessions/${stranger}`)),
    graph: async (who) => graphOutcome(await who.gql(documents.RevokeSession, { id: stranger })),
  },
  'my profile': {
    rest: async (who) => restOutcome(await who.patch('/api/auth/profiles/current', { profile: { name: 'Ada' } })),
    graph: async (who) => graphOutcome(await who.gql(documents.UpdateProfile, { profile: { name: 'Ada' } })),
  },
  'a profile that is none': {
    rest: async (who) => restOutcome(await who.patch('/api/auth/profiles/current', { profile: 'x' })),
    graph: async (who) => graphOutcome(await who.gql(documents.UpdateProfile, { profile: 'x' })),
  },
  'deleting users that are not there': {
    rest: async (who) =>
      restOutcome(await who.delete('/api/auth/users', { userIds: [stranger] }), ({ deletedCount }) => deletedCount),
    graph: async (who) => graphOutcome(await who.gql(documents.DeleteUsers, { ids: [stranger] })),
  },
  'deleting nobody': {
    rest: async (who) => restOutcome(await who.delete('/api/auth/users', { userIds: [] })),
    graph: async (who) => graphOutcome(await who.gql(documents.DeleteUsers, { ids: [] })),
  },
  configuration: {
    rest: async (who) =>
      restOutcome(await who.get('/api/auth/config'), ({ id, createdAt, updatedAt, ...shown }: Body) => shown),
    graph: async (who) => graphOutcome(await who.gql(documents.AuthConfig)),
  },
  'a configuration that cannot be': {
    rest: async (who) => restOutcome(await who.put('/api/auth/config', { passwordMinLength: 3 })),
    graph: async (who) => graphOutcome(await who.gql(documents.UpdateAuthConfig, { input: { passwordMinLength: 3 } })),
  },
  'verification without mail': {
    rest: async (who) => restOutcome(await who.put('/api/auth/config', { requireEmailVerification: true })),
    graph: async (who) =>
      graphOutcome(await who.gql(documents.UpdateAuthConfig, { input: { requireEmailVerification: true } })),
  },
  'public configuration': {
    rest: async (who) =>
      restOutcome(
        await who.get('/api/auth/public-config'),
        ({ oAuthProviders, customOAuthProviders, ...shown }: Body) => shown,
      ),
    graph: async (who) => graphOutcome(await who.gql(documents.PublicAuthConfig)),
  },
  'the API key': {
    rest: async (who) => restOutcome(await who.get('/api/metadata/api-key'), ({ apiKey }) => apiKey),
    graph: async (who) => {
      const outcome = graphOutcome(await who.gql(documents.ProjectKeys));
      return outcome.body ? { ...outcome, body: (outcome.body as { apiKey: string }).apiKey } : outcome;
    },
  },
  'a grace that is too long': {
    rest: async (who) => restOutcome(await who.post('/api/secrets/api-key/rotate', { gracePeriodHours: 169 })),
    graph: async (who) => graphOutcome(await who.gql(documents.RotateApiKey, { gracePeriodHours: 169 })),
  },
  'a bad email': {
    rest: async (who) => restOutcome(await who.post('/api/auth/sessions', { email: ' a@b.c', password })),
    graph: async (who) => graphOutcome(await who.gql(documents.SignIn, { input: { email: ' a@b.c', password } })),
  },
  'a wrong password': {
    rest: async (who) => restOutcome(await who.post('/api/auth/sessions', { email: 'a@b.com', password })),
    graph: async (who) => graphOutcome(await who.gql(documents.SignIn, { input: { email: 'a@b.com', password } })),
  },
  'a wrong admin': {
    rest: async (who) => restOutcome(await who.post('/api/auth/admin/sessions', { username: 'x', password })),
    graph: async (who) => graphOutcome(await who.gql(documents.SignInAdmin, { input: { username: 'x', password } })),
  },
  'a refresh token that is none': {
    rest: async (who) => restOutcome(await who.post('/api/auth/refresh?client_type=mobile', { refreshToken: 'x.y.z' })),
    graph: async (who) => graphOutcome(await who.gql(documents.RefreshSession, { refreshToken: 'x.y.z' })),
  },
};

test('REST and GraphQL give everybody the same answer', async () => {
  await using app = await testApp();
  const { userId, ...who } = await callers(app);
  const answers: Record<string, Outcome> = {};
  for (const [name, { rest, graph }] of Object.entries(operations))
    for (const [caller, as] of Object.entries(who)) {
      const answer = await rest(as, userId);
      expect(await graph(as, userId), `${name}, as ${caller}`).toEqual(
        answer.body instanceof Object && 'updatedAt' in answer.body
          ? { ...answer, body: { ...answer.body, updatedAt: expect.any(String) } }
          : answer,
      );
      answers[`${name}, as ${caller}`] = answer;
    }

  const refused = (name: string) => [answers[name]?.status, answers[name]?.code];
  expect(refused('who am I, as nobody')).toEqual([401, 'AUTH_INVALID_CREDENTIALS']);
  expect(refused('who am I, as anon')).toEqual([401, 'AUTH_UNAUTHORIZED']);
  expect(refused('who am I, as apiKey')).toEqual([401, 'AUTH_UNAUTHORIZED']);
  expect(refused('who am I, as admin')).toEqual([401, 'AUTH_INVALID_CREDENTIALS']);
  expect(answers['who am I, as user']).toMatchObject({ status: 200, body: { id: userId, email: 'ada@example.com' } });
  expect(refused('who is the admin, as user')).toEqual([403, 'AUTH_UNAUTHORIZED']);
  expect(answers['who is the admin, as admin']?.body).toEqual({ sub: 'local:admin' });
  for (const name of [
    'one user',
    'users',
    'configuration',
    'the API key',
    'deleting nobody',
    'a grace that is too long',
  ]) {
    expect(refused(`${name}, as nobody`), name).toEqual([401, 'AUTH_INVALID_CREDENTIALS']);
    expect(refused(`${name}, as anon`), name).toEqual([403, 'AUTH_UNAUTHORIZED']);
    expect(refused(`${name}, as user`), name).toEqual([403, 'AUTH_UNAUTHORIZED']);
    expect(answers[`${name}, as apiKey`], name).toEqual(answers[`${name}, as admin`]);
    expect([200, 400], name).toContain(answers[`${name}, as admin`]?.status);
  }
  expect(refused('an unknown user, as admin')).toEqual([404, 'AUTH_USER_NOT_FOUND']);
  expect(refused('my profile, as admin')).toEqual([404, 'AUTH_USER_NOT_FOUND']);
  expect(refused("ending somebody's sign-in, as user")).toEqual([404, 'NOT_FOUND']);
  expect(refused("ending somebody's sign-in, as admin")).toEqual([404, 'NOT_FOUND']);
  expect(refused('verification without mail, as admin')).toEqual([400, 'EMAIL_PROVIDER_NOT_CONFIGURED']);
  expect(refused('a bad email, as nobody')).toEqual([400, 'INVALID_INPUT']);
});

test('a public verb ignores a credential that is stale or wrong', async () => {
  await using app = await testApp();
  const stale = app.with('not.a.token');
  await signUp(app);
  const input = { email: 'ada@example.com', password };
  expect((await stale.post('/api/auth/sessions', input)).statusCode).toBe(200);
  expect((await stale.gql(documents.SignIn, { input })).errors).toBeUndefined();
  expect((await stale.get('/api/auth/public-config')).statusCode).toBe(200);
  expect((await stale.post('/api/auth/logout')).statusCode).toBe(200);
});

/** The same story told on each face, each in an app of its own. */
const stories: Record<string, (app: TestApp) => Promise<void>> = {
  rest: async (app) => {
    const anon = await app.anon();
    const body = { email: 'ada@example.com', password, name: 'Ada' };
    const { user, refreshToken } = (await anon.post('/api/auth/users?client_type=mobile', body)).json();
    const { accessToken } = (await anon.post('/api/auth/sessions?client_type=mobile', body)).json();
    const ada = app.with(accessToken);
    await ada.patch('/api/auth/profiles/current', { profile: { name: 'Ada L' } });
    await anon.post('/api/auth/refresh?client_type=mobile', { refreshToken });
    await anon.post('/api/auth/logout?client_type=mobile', { refreshToken });
    const [session] = (await ada.get('/api/auth/sessions')).json().data;
    await ada.delete(`/api/auth/sessions/${session.id}`);
    const admin = await app.admin();
    await admin.post('/api/auth/admin/sessions', { username: 'admin', password: app.adminPassword });
    await admin.put('/api/auth/config', { passwordMinLength: 12 });
    await admin.delete('/api/auth/users', { userIds: [user.id] });
    await admin.post('/api/secrets/anon-key/rotate');
    await admin.post('/api/secrets/api-key/rotate');
  },
  graph: async (app) => {
    const anon = await app.anon();
    const input = { email: 'ada@example.com', password };
    const made = (await anon.gql(documents.SignUp, { input: { ...input, name: 'Ada' } })).data?.signUp;
    const { accessToken } = (await anon.gql(documents.SignIn, { input })).data?.signIn ?? { accessToken: '' };
    const ada = app.with(accessToken);
    await ada.gql(documents.UpdateProfile, { profile: { name: 'Ada L' } });
    await anon.gql(documents.RefreshSession, { refreshToken: made?.refreshToken ?? '' });
    await anon.gql(documents.SignOut, { refreshToken: made?.refreshToken ?? '' });
    const [session] = (await ada.gql(documents.Sessions)).data?.sessions ?? [];
    await ada.gql(documents.RevokeSession, { id: session?.id ?? '' });
    const admin = await app.admin();
    await admin.gql(documents.SignInAdmin, { input: { username: 'admin', password: app.adminPassword } });
    await admin.gql(documents.UpdateAuthConfig, { input: { passwordMinLength: 12 } });
    await admin.gql(documents.DeleteUsers, { ids: [made?.user?.id ?? ''] });
    await admin.gql(documents.RotateAnonKey);
    await admin.gql(documents.RotateApiKey);
  },
};

test.each(Object.entries(stories))(
  'every write on %s leaves its audit row and its event, and no others',
  async (_face, tell) => {
    await using app = await testApp();
    await tell(app);
    expect(await actions(app)).toEqual([
      'SIGN_UP',
      'SIGN_IN',
      'UPDATE_PROFILE',
      'REFRESH_SESSION',
      'SIGN_OUT',
      'REVOKE_SESSION',
      'SIGN_IN_ADMIN',
      'UPDATE_AUTH_CONFIG',
      'DELETE_USERS',
      'ROTATE_ANON_KEY',
      'ROTATE_API_KEY',
    ]);
    expect(app.events.filter((name) => name !== 'audit.recorded')).toEqual([
      'auth.user.created',
      'auth.session.revoked',
      'auth.session.revoked',
      'auth.user.deleted',
    ]);
    const actors = await app.sql('SELECT DISTINCT module, actor_id FROM system.audit_entries ORDER BY actor_id');
    expect(actors.map(({ actor_id }) => actor_id)).toEqual(
      expect.arrayContaining(['anonymous', 'api-key', 'local:admin']),
    );
    expect(new Set(actors.map(({ module }) => module))).toEqual(new Set(['AUTH']));
  },
);
