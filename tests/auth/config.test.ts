import { expect, test } from 'vitest';
import { testApp } from '../app.ts';
import { actions, password } from './helpers.ts';

const defaults = {
  requireEmailVerification: false,
  passwordMinLength: 8,
  requireNumber: false,
  requireLowercase: false,
  requireUppercase: false,
  requireSpecialChar: false,
  verifyEmailMethod: 'code',
  resetPasswordMethod: 'code',
  disableSignup: false,
};

test('the configuration has defaults until saved, takes any subset, and ignores what it does not know', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  const zeros = '00000000-0000-0000-0000-000000000000';
  expect((await admin.get('/api/auth/config')).json()).toMatchObject({
    ...defaults,
    id: zeros,
    allowedRedirectUrls: [],
  });
  expect((await admin.put('/api/auth/config', {})).json().id).toBe(zeros);
  const changes = {
    passwordMinLength: 10,
    requireNumber: true,
    allowedRedirectUrls: ['https://*.example.com/**', 'myapp://done'],
  };
  const saved = (await admin.put('/api/auth/config', { ...changes, unknown: 1 })).json();
  expect(saved).toMatchObject({ ...defaults, ...changes });
  expect(saved.id).not.toBe(zeros);
  expect((await admin.put('/api/auth/config', { allowedRedirectUrls: null })).json().allowedRedirectUrls).toBeNull();
  expect((await admin.get('/api/auth/config')).json()).toMatchObject({
    ...saved,
    allowedRedirectUrls: null,
    updatedAt: expect.any(String),
  });
  expect(await actions(app)).toEqual(['UPDATE_AUTH_CONFIG', 'UPDATE_AUTH_CONFIG']);
});

test('the first saves at the same moment make one configuration', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  const answers = await Promise.all(
    ['requireNumber', 'requireLowercase', 'requireUppercase', 'disableSignup'].map((field) =>
      admin.put('/api/auth/config', { [field]: true }),
    ),
  );
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
  expect((await admin.get('/api/auth/config')).json()).toMatchObject({
    requireNumber: true,
    requireLowercase: true,
    requireUppercase: true,
    disableSignup: true,
  });
});

test('the public configuration shows what a sign-in page needs and nothing else', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  await admin.put('/api/auth/config', { allowedRedirectUrls: ['https://a.example'], passwordMinLength: 9 });
  expect((await app.nobody().get('/api/auth/public-config')).json()).toEqual({
    oAuthProviders: [],
    customOAuthProviders: [],
    ...defaults,
    passwordMinLength: 9,
  });
});

test('the password policy is the configured one', async () => {
  await using app = await testApp();
  await (await app.admin()).put('/api/auth/config', { passwordMinLength: 4, requireNumber: true });
  const anon = await app.anon();
  const refused = await anon.post('/api/auth/users', { email: 'ada@example.com', password });
  expect(refused.json()).toMatchObject({ statusCode: 400, message: 'password: needs a digit' });
  expect((await anon.post('/api/auth/users', { email: 'ada@example.com', password: 'abc1' })).statusCode).toBe(200);
});

test.each([
  { passwordMinLength: 129 },
  { passwordMinLength: 4.5 },
  { requireNumber: 'yes' },
  { verifyEmailMethod: 'pigeon' },
  { allowedRedirectUrls: ['javascript://x'] },
  { allowedRedirectUrls: ['JAVASCRIPT://x'] },
  { allowedRedirectUrls: ['data://x'] },
  { allowedRedirectUrls: ['/relative'] },
  { allowedRedirectUrls: ['http*://x'] },
  { disableSignup: null },
])('the configuration %j is refused', async (input) => {
  await using app = await testApp();
  const response = await (await app.admin()).put('/api/auth/config', input);
  expect([response.statusCode, response.json().error]).toEqual([400, 'INVALID_INPUT']);
});
