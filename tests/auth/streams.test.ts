import { createClient } from 'graphql-ws';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type TestApp, testApp } from '../app.ts';
import { DeleteUsers, RevokeSession, Sessions, SignInAdmin, SignOut } from './documents.ts';
import { signUp } from './helpers.ts';

/** Opens a socket with this token; answers how it was closed. */
async function socketOf(app: TestApp, token: string) {
  const closed = Promise.withResolvers<number>();
  const opened = Promise.withResolvers<void>();
  const client = createClient({
    url: `${(await app.listen()).replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    lazy: false,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${token}` },
    onNonLazyError: () => undefined,
    on: { connected: () => opened.resolve(), closed: (event) => closed.resolve((event as { code: number }).code) },
  });
  await opened.promise;
  return { code: closed.promise, [Symbol.asyncDispose]: async () => void (await client.dispose()) };
}

test('a socket closes with 4403 when its sign-in ends, and no other does', async () => {
  await using app = await testApp();
  const [ada, bob] = [await signUp(app), await signUp(app, 'bob')];
  await using adas = await socketOf(app, ada.accessToken);
  await using bobs = await socketOf(app, bob.accessToken);
  await ada.gql(SignOut);
  expect(await adas.code).toBe(4403);

  const [session] = (await bob.gql(Sessions)).data?.sessions ?? [];
  await (await app.admin()).gql(RevokeSession, { id: session?.id ?? '' });
  expect(await bobs.code).toBe(4403);
});

test('a socket closes with 4403 when its user is deleted', async () => {
  await using app = await testApp();
  const ada = await signUp(app);
  await using socket = await socketOf(app, ada.accessToken);
  await (await app.admin()).gql(DeleteUsers, { ids: [ada.user.id] });
  expect(await socket.code).toBe(4403);
});

test("an operator's socket closes when they sign out", async () => {
  await using app = await testApp();
  const input = { username: 'admin', password: app.adminPassword };
  const token = (await app.nobody().gql(SignInAdmin, { input })).data?.signInAdmin?.accessToken ?? '';
  await using socket = await socketOf(app, token);
  await app.with(token).gql(SignOut);
  expect(await socket.code).toBe(4403);
});
