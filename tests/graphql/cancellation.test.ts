import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestApp, testApp } from '../app.ts';
import { openWs, rawSocket, transports } from './transports.ts';

/** The first field sleeps in Postgres; the second must never start once the client has gone. */
const query = `mutation {
  slow: runSql(query: "SELECT pg_sleep(30) /* slow */") { rowCount }
  next: runSql(query: "INSERT INTO marks VALUES (1)") { rowCount }
}`;

let app: TestApp;
let base: string;
beforeAll(async () => {
  app = await testApp();
  base = await app.listen();
  await app.sql('CREATE TABLE marks (id int); ALTER TABLE marks OWNER TO project_admin');
});
afterAll(() => app[Symbol.asyncDispose]());

const sleepers = async () =>
  (
    await app.sql(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE '%/* slow */%'
         AND pid <> pg_backend_pid()`,
    )
  ).length;

describe('a client that leaves in the middle of an operation', () => {
  test.each([
    ...Object.entries(transports).map(([name, send]) => [
      `hangs up over ${name}`,
      (headers: Record<string, string>, gone: AbortSignal) => send(base, headers, { query }, gone),
    ]),
    [
      'closes the socket',
      (headers: Record<string, string>, gone: AbortSignal) => {
        const client = openWs(base, headers);
        gone.addEventListener('abort', () => client.terminate());
        return client.iterate({ query }).next();
      },
    ],
  ] as [string, (headers: Record<string, string>, gone: AbortSignal) => Promise<unknown>][])(
    'and %s: its statement is cancelled, and the next field never runs',
    async (_name, start) => {
      const gone = new AbortController();
      const running = start((await app.admin()).headers, gone.signal).catch(() => undefined);
      await expect.poll(sleepers, { timeout: 15_000 }).toBe(1);
      gone.abort();
      await running;
      await expect.poll(sleepers, { timeout: 15_000 }).toBe(0);
      // A later request on the same server runs, so whatever was going to run after the cancelled field has had its turn.
      expect((await (await app.admin()).gql('{ health { status } }')).data).toEqual({ health: { status: 'ok' } });
      expect(await app.sql('SELECT FROM marks')).toHaveLength(0);
    },
  );

  test('and completes it over a WebSocket keeps the socket for others', async () => {
    const { send, next, socket } = await rawSocket(base);
    send({ type: 'connection_init', payload: (await app.admin()).headers });
    await next();
    send({ id: 'slow', type: 'subscribe', payload: { query } });
    await expect.poll(sleepers, { timeout: 15_000 }).toBe(1);
    send({ id: 'slow', type: 'complete' });
    await expect.poll(sleepers, { timeout: 15_000 }).toBe(0);
    send({ id: 'other', type: 'subscribe', payload: { query: '{ health { status } }' } });
    expect(await next()).toEqual({ id: 'other', type: 'next', payload: { data: { health: { status: 'ok' } } } });
    socket.close();
    expect(await app.sql('SELECT FROM marks')).toHaveLength(0);
  });

  test('while one that stays has both fields run in order', async () => {
    const result = await (await app.admin()).gql(query.replace('30', '0'));
    expect(result).toEqual({ data: { slow: { rowCount: 1 }, next: { rowCount: 1 } } });
    expect(await app.sql('SELECT FROM marks')).toHaveLength(1);
  });
});
