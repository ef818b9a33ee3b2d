import { expect, test } from 'vitest';
import { testApp } from '../app.ts';
import { DeleteUsers, Node, OneUser, RevokeSession, SignUp, Users } from './documents.ts';

test('node(id) shows a user to itself and to admins, an audit entry to admins only', async () => {
  await using app = await testApp();
  const input = { email: 'ada@example.com', password: 'correct horse battery' };
  const ada = (await app.nobody().gql(SignUp, { input })).data?.signUp;
  const adaId = ada?.user?.id ?? '';
  const entryId = Buffer.from('AuditEntry:1').toString('base64url');
  const asAda = app.with(ada?.accessToken ?? '');
  const [bob, admin, anon] = [await app.as('bob'), await app.admin(), await app.anon()];
  const code = async (who: typeof anon, id: string) => (await who.gql(Node, { id })).errors?.[0]?.extensions.code;

  expect((await asAda.gql(Node, { id: adaId })).data?.node).toMatchObject({ __typename: 'User', id: adaId });
  expect((await admin.gql(Node, { id: adaId })).data?.node).toMatchObject({ email: 'ada@example.com' });
  expect(await code(bob, adaId)).toBe('AUTH_USER_NOT_FOUND');
  expect(await code(anon, adaId)).toBe('AUTH_USER_NOT_FOUND');
  expect(await code(app.nobody(), adaId)).toBe('AUTH_INVALID_CREDENTIALS');

  expect((await admin.gql(Node, { id: entryId })).data?.node).toMatchObject({ id: entryId, action: 'SIGN_UP' });
  expect(await code(asAda, entryId)).toBe('AUTH_UNAUTHORIZED');
  expect(await code(app.nobody(), entryId)).toBe('AUTH_INVALID_CREDENTIALS');
});

const encode = (id: string) => Buffer.from(id).toString('base64url');

test.each([
  ...['', 'x', 'Query:1', 'AuditEntry:1', encode('Query:1'), encode('AuditEntry:')],
  ...[encode('AuditEntry:x'), encode('AuditEntry:1.5'), encode('AuditEntry:99999999999999999999'), encode('Session:x')],
  ...[encode('User:x'), encode('Nobody:1'), `${encode('Session:')}\u0000`],
])('the id %j is of no node, in words and never a fault', async (id) => {
  await using app = await testApp();
  const { errors } = await (await app.admin()).gql(Node, { id });
  expect([400, 404]).toContain(errors?.[0]?.extensions.status);
});

test.each(['x', encode('User:x'), encode('Session:x'), ''])('no argument takes the id %j', async (id) => {
  await using app = await testApp();
  const admin = await app.admin();
  const outcomes = [
    await admin.gql(OneUser, { id }),
    await admin.gql(DeleteUsers, { ids: [id] }),
    await admin.gql(RevokeSession, { id }),
    await admin.gql(Users, { after: id }),
    await admin.gql('query ($after: String) { auditEntries(after: $after) { edges { cursor } } }', { after: id }),
  ];
  for (const { errors } of outcomes) expect([400, 404]).toContain(errors?.[0]?.extensions.status);
});
