import { expect, test } from 'vitest';
import { network } from '../../src/auth/guesses.ts';
import { testApp } from '../app.ts';
import { SignIn, SignInAdmin } from './documents.ts';
import { password, signUp } from './helpers.ts';

const email = 'ada@example.com';
const wrong = { email, password: 'wrong' };
const behindProxy = { env: { TRUST_PROXY: '1' } };
const from = (address: string) => ({ 'x-forwarded-for': address });
const guess = (alias: number) =>
  `g${alias}: signIn(input: {email: "${email}", password: "wrong ${alias}"}) { accessToken }`;

test('ten wrong passwords from one address, and the right one waits too; others may still sign in', async () => {
  await using app = await testApp(behindProxy);
  await signUp(app);
  await signUp(app, 'bob');
  const attempt = (body: object, address: string) => app.nobody().post('/api/auth/sessions', body, from(address));
  for (let i = 0; i < 10; i++) expect((await attempt(wrong, '10.0.0.1')).statusCode).toBe(401);

  const refused = await attempt({ email: 'ADA@example.com', password }, '10.0.0.1');
  expect([refused.statusCode, refused.json().error]).toEqual([429, 'TOO_MANY_REQUESTS']);
  const wait = Number(refused.headers['retry-after']);
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(900);
  expect(refused.headers).toMatchObject({
    'ratelimit-policy': '10;w=900',
    'ratelimit-limit': '10',
    'ratelimit-remaining': '0',
    'ratelimit-reset': String(wait),
  });
  expect((await attempt({ email: 'bob@example.com', password }, '10.0.0.1')).statusCode).toBe(200);
  expect((await attempt({ email, password }, '10.0.0.2')).statusCode).toBe(200);
});

test('an account is guessed at no more than fifty times, from however many addresses', async () => {
  await using app = await testApp(behindProxy);
  const statuses = [];
  for (let i = 0; i < 60; i++)
    statuses.push((await app.nobody().post('/api/auth/sessions', wrong, from(`10.0.${i}.1`))).statusCode);
  expect(statuses).toEqual([...Array(50).fill(401), ...Array(10).fill(429)]);
});

test('an address guesses no more than fifty times, at however many accounts', async () => {
  await using app = await testApp(behindProxy);
  const statuses = [];
  for (let i = 0; i < 60; i++) {
    const body = { email: `user${i}@example.com`, password: 'wrong' };
    statuses.push((await app.nobody().post('/api/auth/sessions', body, from('10.0.0.1'))).statusCode);
  }
  expect(statuses).toEqual([...Array(50).fill(401), ...Array(10).fill(429)]);
});

test('a right password is no guess: signing in often is not limited', async () => {
  await using app = await testApp();
  await signUp(app);
  for (let i = 0; i < 15; i++)
    expect((await app.nobody().gql(SignIn, { input: { email, password } })).errors).toBeUndefined();
});

test('aliases and batches buy no more guesses', async () => {
  await using app = await testApp();
  await signUp(app);
  const aliases = `mutation { ${Array.from({ length: 14 }, (_, i) => guess(i)).join('\n')} }`;
  const { errors } = await app.nobody().gql(aliases);
  const codes = errors?.map(({ extensions }) => extensions.code) ?? [];
  expect(codes).toEqual([...Array(10).fill('AUTH_UNAUTHORIZED'), ...Array(4).fill('TOO_MANY_REQUESTS')]);

  const batch = Array.from({ length: 5 }, (_, i) => ({ query: `mutation { ${guess(i)} }` }));
  const answers = (await app.nobody().post('/graphql', batch)).json();
  expect(answers).toHaveLength(5);
  for (const answer of answers) {
    expect(answer.errors[0].extensions).toMatchObject({ code: 'TOO_MANY_REQUESTS', status: 429 });
    expect(answer.errors[0].extensions.retryAfterSeconds).toBeGreaterThan(0);
  }
});

test('guesses in parallel are counted before any password is looked at', async () => {
  await using app = await testApp();
  await signUp(app);
  const answers = await Promise.all(Array.from({ length: 30 }, () => app.nobody().post('/api/auth/sessions', wrong)));
  expect(answers.filter(({ statusCode }) => statusCode === 401)).toHaveLength(10);
  expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(20);
});

test("guesses at the operator's password are limited the same way on both faces", async () => {
  await using app = await testApp();
  const body = { username: 'admin', password: 'wrong' };
  for (let i = 0; i < 10; i++) expect((await app.nobody().post('/api/auth/admin/sessions', body)).statusCode).toBe(401);
  expect((await app.nobody().post('/api/auth/admin/sessions', body)).statusCode).toBe(429);
  const input = { username: 'admin', password: app.adminPassword };
  expect((await app.nobody().gql(SignInAdmin, { input })).errors?.[0]?.extensions.code).toBe('TOO_MANY_REQUESTS');
});

test('a forged address header counts for nothing unless a proxy is trusted', async () => {
  await using app = await testApp();
  const statuses = [];
  for (let i = 0; i < 12; i++)
    statuses.push((await app.nobody().post('/api/auth/sessions', wrong, from(`10.0.0.${i}`))).statusCode);
  expect(statuses.slice(10)).toEqual([429, 429]);
});

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:0DB8:0001:0002::1', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
])('%s counts as %s', (ip, expected) => {
  expect(network(ip)).toBe(expected);
});
