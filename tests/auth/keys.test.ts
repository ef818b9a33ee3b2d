import { expect, test } from 'vitest';
import { testApp } from '../app.ts';
import { ProjectKeys, RotateAnonKey } from './documents.ts';
import { clockedApp } from './helpers.ts';

const config = '/api/auth/config';

test('a rotated API key works beside its successor until its grace ends', async () => {
  await using app = await clockedApp();
  const old = app.with(app.keys.api);
  const { json, statusCode } = await old.post('/api/secrets/api-key/rotate', { gracePeriodHours: 2 });
  const body = json();
  expect(statusCode).toBe(200);
  expect(body).toEqual({
    success: true,
    message: expect.any(String),
    apiKey: expect.stringMatching(/^ik_[0-9a-f]{64}$/),
    oldKeyExpiresAt: new Date(app.clock.nowMs + 2 * 3_600_000).toISOString(),
  });
  const renewed = app.with(body.apiKey);
  expect((await old.get(config)).statusCode).toBe(200);
  expect((await renewed.get('/api/metadata/api-key')).json()).toEqual({ apiKey: body.apiKey });
  app.pass(121);
  const refused = await old.get(config);
  expect([refused.statusCode, refused.json().error]).toEqual([401, 'AUTH_INVALID_API_KEY']);
  expect((await renewed.get(config)).statusCode).toBe(200);
});

test('a grace of zero ends the old anon key at once', async () => {
  await using app = await clockedApp();
  const admin = await app.admin();
  const { data } = await admin.gql(RotateAnonKey, { gracePeriodHours: 0 });
  expect(data?.rotateAnonKey?.key).toMatch(/^anon_[0-9a-f]{64}$/);
  const old = await app.with(app.keys.anon).post('/api/auth/users', {});
  expect([old.statusCode, old.json().error]).toEqual([401, 'AUTH_INVALID_CREDENTIALS']);
  expect((await admin.gql(ProjectKeys)).data?.projectKeys?.anonKey).toBe(data?.rotateAnonKey?.key);
  const deprecated = await admin.request('POST', '/api/auth/tokens/anon', undefined, {
    'content-type': 'application/json',
  });
  expect(deprecated.json()).toEqual({ accessToken: data?.rotateAnonKey?.key, message: expect.any(String) });
});

test('rotations at the same moment each leave a working key', async () => {
  await using app = await clockedApp();
  const admin = await app.admin();
  const answers = await Promise.all(Array.from({ length: 5 }, () => admin.post('/api/secrets/api-key/rotate')));
  const keys = answers.map((answer) => answer.json().apiKey);
  expect(new Set(keys).size).toBe(5);
  for (const key of [app.keys.api, ...keys]) expect((await app.with(key).get(config)).statusCode).toBe(200);
});

test('keys are sealed at rest and in no audit row', async () => {
  await using app = await testApp();
  const { apiKey } = (await (await app.admin()).post('/api/secrets/api-key/rotate')).json();
  const stored = JSON.stringify([
    await app.sql('SELECT * FROM system.secrets'),
    await app.sql('SELECT * FROM system.audit_entries'),
  ]);
  for (const key of [apiKey, app.keys.api, app.keys.anon]) expect(stored).not.toContain(key);
});

test('the project id is that of the environment, or null', async () => {
  await using without = await testApp();
  expect((await (await without.admin()).get('/api/metadata/project-id')).json()).toEqual({ projectId: null });
  await using named = await testApp({ env: { PROJECT_ID: 'p1' } });
  expect((await (await named.admin()).get('/api/metadata/project-id')).json()).toEqual({ projectId: 'p1' });
  expect((await (await named.anon()).get('/api/metadata/project-id')).statusCode).toBe(403);
});

test.each([-1, 1.5, '1', 169, 1e9])('a grace of %j hours is refused', async (gracePeriodHours) => {
  await using app = await testApp();
  const response = await (await app.admin()).post('/api/secrets/api-key/rotate', { gracePeriodHours });
  expect([response.statusCode, response.json().error]).toEqual([400, 'INVALID_INPUT']);
});
