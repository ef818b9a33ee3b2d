import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestApp, testApp } from '../app.ts';
import { openSse, openWs, rawSocket } from './transports.ts';

const query = 'subscription { recordChanges(table: "n") { operation record oldRecord } }';
/** Writes to the table until the subscription has told of a change: then it is live. */
const untilLive = async (first: Promise<unknown>, table = 'n') => {
  let isLive = false;
  void first.then(() => {
    isLive = true;
  });
  await expect
    .poll(
      async () => {
        await app.sql(`INSERT INTO ${table} DEFAULT VALUES`);
        return isLive;
      },
      { timeout: 15_000 },
    )
    .toBe(true);
};
const feeds = async () =>
  (await app.sql('SELECT FROM pg_replication_slots WHERE database = current_database() AND active')).length;

let app: TestApp;
let base: string;
beforeAll(async () => {
  app = await testApp();
  base = await app.listen();
  await app.sql('CREATE TABLE n (id serial PRIMARY KEY); CREATE POLICY all_rows ON n USING (true)');
});
afterAll(() => app[Symbol.asyncDispose]());

/** A token of `ada` that ends after so many milliseconds, and her headers with it. */
async function briefly(name: string, ttlMs: number) {
  const { id } = await app.as(name);
  const now = Math.floor(Date.now() / 1000);
  const ttlSeconds = Math.ceil((Date.now() + ttlMs) / 1000) - now;
  const { token } = await app.rooms.signing.signAccess({ sub: id, role: 'authenticated' }, ttlSeconds);
  return { id, headers: { authorization: `Bearer ${token}` } };
}

/** Opens the subscription and reads until `until` has happened and the stream is over. */
const overSse = async (headers: Record<string, string>, accept?: string) => {
  const { events } = await openSse(base, headers, { query }, undefined, accept);
  return events;
};

describe('a stream over SSE', () => {
  test('brings events, also to a client that says nothing of what it accepts, and ends at a hang-up', async () => {
    const gone = new AbortController();
    const { events } = await openSse(base, (await app.anon()).headers, { query }, gone.signal, '*/*');
    await app.sql('INSERT INTO n DEFAULT VALUES');
    expect((await events.next()).value.data.recordChanges.operation).toBe('INSERT');
    gone.abort();
    await expect.poll(feeds, { timeout: 15_000 }).toBe(0);
  });

  test.each(['text/event-stream', '*/*'])(
    'accepted as %s, ends with AUTH_UNAUTHORIZED when its token does',
    async (accept) => {
      const { headers } = await briefly('brief', 1000);
      const results = [];
      for await (const result of await overSse(headers, accept)) results.push(result);
      expect(results).toHaveLength(1);
      expect(results[0]?.errors?.[0]?.extensions).toMatchObject({ code: 'AUTH_UNAUTHORIZED', status: 401 });
    },
  );

  test('ends when its user is deleted', async () => {
    const ada = await app.as('deleted');
    const events = await overSse(ada.headers);
    app.bus.publish('auth.user.deleted', { userId: ada.id });
    expect((await events.next()).value.errors[0].extensions.code).toBe('AUTH_UNAUTHORIZED');
    expect((await events.next()).done).toBe(true);
  });

  test('that fails says why in its last event', async () => {
    await app.sql('CREATE TABLE brief (id int PRIMARY KEY); CREATE POLICY all_rows ON brief USING (true)');
    const { events } = await openSse(base, (await app.anon()).headers, { query: query.replace('"n"', '"brief"') });
    await app.sql('DROP TABLE brief');
    expect((await events.next()).value.errors[0].extensions.code).toBe('FORBIDDEN');
    expect((await events.next()).done).toBe(true);
  });
});

describe('a stream over a WebSocket', () => {
  test.each([
    ['authorization', (keys: TestApp['keys']) => ({ authorization: `Bearer ${keys.anon}` })],
    ['Authorization', (keys: TestApp['keys']) => ({ Authorization: `Bearer ${keys.anon}` })],
    ['apiKey', (keys: TestApp['keys']) => ({ apiKey: keys.api })],
  ])('has its viewer from connectionParams, %s', async (_name, params) => {
    await app.sql('GRANT SELECT ON n TO project_admin');
    const client = openWs(base, params(app.keys));
    const events = client.iterate({ query });
    const first = events.next();
    await untilLive(first);
    expect((await first).value).toMatchObject({ data: { recordChanges: { operation: 'INSERT' } } });
    await events.return?.();
    await client.dispose();
  });

  test('has its viewer from the headers of the upgrade when connectionParams name none', async () => {
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(`${base.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      headers: { 'x-api-key': app.keys.api },
    });
    await new Promise((resolve) => socket.once('open', resolve));
    const messages: string[] = [];
    const done = new Promise<void>((resolve) => {
      socket.on('message', (data) => {
        messages.push(String(data));
        if (messages.length === 1)
          socket.send(
            JSON.stringify({
              id: '1',
              type: 'subscribe',
              payload: { query: '{ auditEntries { pageInfo { hasNextPage } } }' },
            }),
          );
        if (messages.length === 2) resolve();
      });
    });
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await done;
    expect(JSON.parse(messages[1] ?? '')).toMatchObject({
      type: 'next',
      payload: { data: { auditEntries: { pageInfo: {} } } },
    });
    socket.close();
  });

  test.each([{ authorization: 'Bearer not.a.token' }, { apiKey: 'ik_wrong' }, { authorization: 'Bearer anon_wrong' }])(
    'with a refused credential is closed with 4403',
    async (params) => {
      const { closed, send } = await rawSocket(base);
      send({ type: 'connection_init', payload: params });
      expect(await closed).toEqual({ code: 4403, reason: 'Forbidden' });
    },
  );

  test('is closed with 4403 when its token ends', async () => {
    const { headers } = await briefly('brief-ws', 1000);
    const { closed, send, next } = await rawSocket(base);
    send({ type: 'connection_init', payload: headers });
    expect(await next()).toEqual({ type: 'connection_ack' });
    send({ id: '1', type: 'subscribe', payload: { query } });
    expect((await closed).code).toBe(4403);
  });

  test('is closed with 4403 when its user is deleted, with all that runs on it', async () => {
    const ada = await app.as('deleted-ws');
    const { closed, send, next } = await rawSocket(base);
    send({ type: 'connection_init', payload: ada.headers });
    await next();
    send({ id: '1', type: 'subscribe', payload: { query } });
    await untilLive(next());
    expect(await feeds()).toBe(1);
    app.bus.publish('auth.user.deleted', { userId: ada.id });
    expect((await closed).code).toBe(4403);
    await expect.poll(feeds, { timeout: 15_000 }).toBe(0);
  });

  test('that fails says why in its last result', async () => {
    await app.sql('CREATE TABLE brief_ws (id serial PRIMARY KEY); CREATE POLICY all_rows ON brief_ws USING (true)');
    const client = openWs(base, (await app.anon()).headers);
    const events = client.iterate({ query: query.replace('"n"', '"brief_ws"') });
    await untilLive(events.next(), 'brief_ws');
    await app.sql('DROP TABLE brief_ws');
    const results = [];
    for await (const result of events) results.push(result);
    expect(results.at(-1)).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    await client.dispose();
  });
});

/** https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md */
describe('the protocol of the socket', () => {
  const init = { type: 'connection_init', payload: {} };
  test.each<[what: string, code: number, messages: unknown[]]>([
    ['a message that is no JSON', 4400, ['hello']],
    ['a message of no known type', 4400, [init, { type: 'nonsense' }]],
    ['a subscription without a query', 4400, [init, { id: '1', type: 'subscribe', payload: {} }]],
    [
      'a subscription before the connection is initialised',
      4401,
      [{ id: '1', type: 'subscribe', payload: { query: '{ __typename }' } }],
    ],
    ['a second initialisation', 4429, [init, init]],
  ])('closes on %s with %i', async (_what, code, messages) => {
    const { closed, send, next } = await rawSocket(base);
    for (const [at, message] of messages.entries()) {
      send(message as string);
      if (at === 0 && message === init) await next();
    }
    expect((await closed).code).toBe(code);
  });

  test('closes on a second subscription of the same id with 4409', async () => {
    const { closed, send, next } = await rawSocket(base);
    send({ type: 'connection_init', payload: (await app.anon()).headers });
    await next();
    send({ id: '1', type: 'subscribe', payload: { query } });
    send({ id: '1', type: 'subscribe', payload: { query } });
    expect((await closed).code).toBe(4409);
  });

  test('closes on silence after the upgrade with 4408', async () => {
    const { closed } = await rawSocket(base);
    expect((await closed).code).toBe(4408);
  });

  test('closes another subprotocol with 4406', async () => {
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(`${base.replace('http', 'ws')}/graphql`);
    expect(await new Promise((resolve) => socket.once('close', resolve))).toBe(4406);
  });

  test.each(['/nowhere', '//', '/%', '/graphql/more'])('an upgrade of %s is refused and harms nobody', async (path) => {
    const { request } = await import('node:http');
    const { port } = new URL(base);
    const status = await new Promise((resolve, reject) => {
      const upgrade = request({
        port,
        path,
        headers: {
          connection: 'upgrade',
          upgrade: 'websocket',
          'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
          'sec-websocket-version': '13',
        },
      });
      upgrade
        .on('response', (response) => resolve(response.statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(404);
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
  });
});
