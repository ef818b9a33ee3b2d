import { performance } from 'node:perf_hooks';
import bcrypt from 'bcryptjs';
import { expect, test } from 'vitest';
import { hashPassword, verifyPassword } from '../../src/auth/passwords.ts';
import { checkPassword } from '../../src/auth/rules.ts';
import { testApp } from '../app.ts';
import { SignIn, SignUp } from './documents.ts';
import { password, signUp } from './helpers.ts';

const stored = "SELECT password FROM auth.users WHERE email = 'ada@example.com'";
const policy = {
  passwordMinLength: 8,
  requireNumber: false,
  requireLowercase: false,
  requireUppercase: false,
  requireSpecialChar: false,
};

test('a new password is stored as argon2id', async () => {
  await using app = await testApp();
  await signUp(app);
  const [row] = await app.sql<{ password: string }>(stored);
  expect(row?.password).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});

test('an imported bcrypt password signs in, and is argon2id from then on', async () => {
  await using app = await testApp();
  await app.sql('INSERT INTO auth.users (email, password) VALUES ($1, $2)', [
    'Ada@Example.com',
    await bcrypt.hash(password, 4),
  ]);
  const input = { email: 'ada@example.com', password };
  const wrong = await app.nobody().gql(SignIn, { input: { ...input, password: 'wrong' } });
  expect(wrong.errors?.[0]?.extensions.code).toBe('AUTH_UNAUTHORIZED');
  for (let turn = 0; turn < 2; turn++) {
    expect((await app.nobody().gql(SignIn, { input })).data?.signIn?.user.providers).toEqual(['email']);
    const [row] = await app.sql<{ password: string }>('SELECT password FROM auth.users');
    expect(row?.password).toMatch(/^\$argon2id\$/);
  }
});

test('a password that bcrypt has cut off is not taken as the whole', async () => {
  const long = 'x'.repeat(80);
  const cut = await bcrypt.hash(long, 4);
  expect(await verifyPassword(`${'x'.repeat(72)}different`, cut)).toEqual({ isRight: true, isOutdated: false });
});

test.each(['', 'x', '$argon2id$broken', '$2b$', '$2b$04$short', '!'])(
  'no password opens the broken hash %j',
  async (hash) => {
    expect((await verifyPassword(password, hash)).isRight).toBe(false);
  },
);

test('an account without a password has none that is right', async () => {
  await using app = await testApp();
  await app.sql("INSERT INTO auth.users (email) VALUES ('ada@example.com')");
  for (const attempt of ['', 'null', password]) {
    const { errors } = await app.nobody().gql(SignIn, { input: { email: 'ada@example.com', password: attempt } });
    expect(errors?.[0]?.extensions.code).toBe('AUTH_UNAUTHORIZED');
  }
});

test('an unknown account takes as long to refuse as a known one', async () => {
  const hash = await hashPassword(password);
  const time = async (of: string | null) => {
    const from = performance.now();
    await verifyPassword('wrong', of);
    return performance.now() - from;
  };
  const [known, unknown]: [number[], number[]] = [[], []];
  for (let i = 0; i < 15; i++) {
    known.push(await time(hash));
    unknown.push(await time(null));
  }
  // The fastest run is the least disturbed one; without the work it would be a hundredth.
  expect(Math.min(...unknown)).toBeGreaterThan(Math.min(...known) / 2);
});

test.each<[string, Partial<typeof policy>, string | null]>([
  ['1234567', {}, 'at least 8 characters'],
  ['12345678', {}, null],
  ['x'.repeat(1024), {}, null],
  ['x'.repeat(1025), {}, 'at most 1024 characters'],
  ['no digits here', { requireNumber: true }, 'a digit'],
  ['UPPER CASE 1', { requireLowercase: true }, 'a lowercase letter'],
  ['lower case 1', { requireUppercase: true }, 'an uppercase letter'],
  ['plain words', { requireSpecialChar: true }, 'a special character'],
  ['with-a-dash', { requireSpecialChar: true }, null],
  ['ÄÖÜäöü12', { requireUppercase: true, requireLowercase: true }, null],
])('the password %j under %j lacks: %s', (text, asked, lacks) => {
  const check = () => checkPassword(text, { ...policy, ...asked });
  if (lacks === null) expect(check).not.toThrow();
  else expect(check).toThrow(lacks);
});

test('what is wrong with a sign-up is said in words, and leaves nothing behind', async () => {
  await using app = await testApp();
  const email = 'ada@example.com';
  const bad = [
    { email, password: 'short' },
    { email: 'ada', password },
    { email: ' ada@example.com', password },
    { email: `${'a'.repeat(250)}@example.com`, password },
    { email, password, name: '' },
    { email, password, name: 'x'.repeat(101) },
    { email, password, name: 'a\u0000b' },
    { email, password, name: '\ud800' },
    { email, password, redirectTo: '/relative' },
    { email },
    { password },
    { email: 7, password },
    { email, password: ['x'] },
    [],
    {},
  ];
  const anon = await app.anon();
  for (const body of bad) {
    const response = await anon.post('/api/auth/users', body);
    expect([response.statusCode, response.json().error], JSON.stringify(body)).toEqual([400, 'INVALID_INPUT']);
    expect(response.json().message).not.toBe('');
  }
  expect((await anon.post('/api/auth/users')).statusCode).toBe(400);
  expect(await app.sql('SELECT 1 FROM auth.users')).toEqual([]);
  expect(app.events).toEqual([]);
});

test('one address makes one account, also when ten ask at once', async () => {
  await using app = await testApp();
  const input = { email: 'ada@example.com', password };
  const answers = await Promise.all(Array.from({ length: 10 }, () => app.nobody().gql(SignUp, { input })));
  expect(answers.filter(({ errors }) => !errors)).toHaveLength(1);
  const codes = answers.flatMap(({ errors }) => errors?.map(({ extensions }) => extensions.code) ?? []);
  expect(codes).toEqual(Array(9).fill('AUTH_EMAIL_EXISTS'));
  const again = await (await app.anon()).post('/api/auth/users', { ...input, email: 'ADA@EXAMPLE.COM' });
  expect([again.statusCode, again.json().error]).toEqual([409, 'AUTH_EMAIL_EXISTS']);
});

test('the password and its hash appear in no answer, log line or audit row', async () => {
  const lines: string[] = [];
  await using app = await testApp({ onLog: (line) => lines.push(line) });
  const { user } = await signUp(app);
  const admin = await app.admin();
  const answers = [
    (await admin.get('/api/auth/users')).body,
    (await admin.get(`/api/auth/users/${user.id}`)).body,
    (await admin.get(`/api/auth/profiles/${user.id}`)).body,
    (await app.nobody().post('/api/auth/sessions', { email: user.email, password })).body,
    JSON.stringify(await app.sql('SELECT * FROM system.audit_entries')),
    lines.join('\n'),
  ];
  for (const text of answers) {
    expect(text).not.toContain(password);
    expect(text).not.toContain('$argon2');
  }
  expect(lines.length).toBeGreaterThan(0);
  const { errors } = await admin.gql('{ users { edges { node { password } } } }');
  expect(errors?.[0]?.message).toContain('password');
});
