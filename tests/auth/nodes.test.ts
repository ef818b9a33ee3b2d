import { expect, test } from 'vitest';
import { testApp } from '../app.ts';
import { Node, SignUp } from './documents.ts';

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

test('what is no node id is refused in words', async () => {
  await using app = await testApp();
  for (const id of ['', 'x', 'Query:1', Buffer.from('Query:1').toString('base64url')]) {
    const { errors } = await (await app.admin()).gql(Node, { id });
    expect([400, 404]).toContain(errors?.[0]?.extensions.status);
  }
});
