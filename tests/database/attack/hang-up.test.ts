import { expect, test } from 'vitest';
import { type TestApp, testApp } from '../../app.ts';
import { asOwner, makeLibrary } from '../rows/library.ts';
import { eventually, expectCleanPool, records, rpc, within } from './stage.ts';

/** `nap(seconds)` sleeps; `write_slowly(seconds)` adds an author first. */
async function nappers(app: TestApp) {
  await makeLibrary(app);
  await asOwner(
    app,
    `CREATE FUNCTION public.nap(seconds float) RETURNS text LANGUAGE sql AS $$ SELECT 'rested' FROM pg_sleep(seconds) $$;
     CREATE FUNCTION public.write_slowly(seconds float) RETURNS void LANGUAGE sql AS $$
       INSERT INTO public.authors (name) VALUES ('half a deed'); SELECT pg_sleep(seconds) $$`,
  );
  await app.rooms.schemaCache.reload();
}

/** Backends that sleep for a request now. */
async function sleepers(app: TestApp): Promise<number[]> {
  const rows = await app.sql<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = 'authenticator'
       AND state = 'active' AND wait_event = 'PgSleep'`,
  );
  return rows.map(({ pid }) => pid);
}

const sleepingAre = (app: TestApp, count: number) =>
  eventually(`${count} sleeping`, async () => (await sleepers(app)).length === count);

function post(base: string, { headers }: { headers: Record<string, string> }, path: string, body: unknown) {
  const leave = new AbortController();
  const init = {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: leave.signal,
  };
  const answer = fetch(`${base}${path}`, init).then(
    async (response) => ({ status: response.status, text: await response.text() }),
    (error: Error) => ({ status: 0, text: error.name }),
  );
  return { leave, answer };
}

test('a client that hangs up cancels its statement, and nothing of the deed stays', async () => {
  await using app = await testApp({ env: { DB_POOL_SIZE: '3' } });
  await nappers(app);
  const base = await app.listen();
  const admin = await app.admin();
  const asked = [
    post(base, admin, `${rpc}/nap`, { seconds: 25 }),
    post(base, admin, `${rpc}/write_slowly`, { seconds: 25 }),
  ];
  await sleepingAre(app, 2);
  for (const { leave } of asked) leave.abort();
  await sleepingAre(app, 0);
  expect(await Promise.all(asked.map(({ answer }) => answer))).toEqual([
    { status: 0, text: 'AbortError' },
    { status: 0, text: 'AbortError' },
  ]);
  expect(await app.sql(`SELECT * FROM authors WHERE name = 'half a deed'`)).toEqual([]);
  expect((await admin.get(`${records}/authors?id=eq.1`)).json()).toEqual([{ id: 1, name: 'ada' }]);
  await expectCleanPool(app);
});

test('a client that hangs up while it waits for a connection never reaches the database', async () => {
  await using app = await testApp({ env: { DB_POOL_SIZE: '1' } });
  await nappers(app);
  const base = await app.listen();
  const admin = await app.admin();
  const first = post(base, admin, `${rpc}/nap`, { seconds: 25 });
  await sleepingAre(app, 1);
  const second = post(base, admin, `${rpc}/write_slowly`, { seconds: 0 });
  await eventually('a request in the queue', async () => app.pools.data.waitingCount === 1);
  second.leave.abort();
  await second.answer;
  first.leave.abort();
  await first.answer;
  await eventually('an empty queue', async () => app.pools.data.waitingCount === 0);
  expect((await admin.get(`${records}/authors?name=eq.half%20a%20deed`)).json()).toEqual([]);
  await expectCleanPool(app);
});

test('when the pool is exhausted callers wait in line, are told 504 past the limit, and are served again afterwards', async () => {
  await using app = await testApp({ env: { DB_POOL_SIZE: '2' } });
  await nappers(app);
  const admin = await app.admin();
  const line = await Promise.all(Array.from({ length: 12 }, () => admin.post(`${rpc}/nap`, { seconds: 0.03 })));
  expect(line.map(({ statusCode }) => statusCode)).toEqual(line.map(() => 200));

  (app.pools.data as unknown as { options: { connectionTimeoutMillis: number } }).options.connectionTimeoutMillis = 200;
  const base = await app.listen();
  const held = [post(base, admin, `${rpc}/nap`, { seconds: 25 }), post(base, admin, `${rpc}/nap`, { seconds: 25 })];
  await sleepingAre(app, 2);
  const refused = await within(3_000, 'the refusal', admin.get(`${records}/authors`));
  expect([refused.statusCode, refused.json().code]).toEqual([504, 'PGRST003']);
  for (const { leave } of held) leave.abort();
  await sleepingAre(app, 0);
  await eventually('service', async () => (await admin.get(`${records}/authors`)).statusCode === 200);
  await expectCleanPool(app);
});

test('a connection that is killed under a request is a 503 with its cause, and the next request is served', async () => {
  await using app = await testApp({ env: { DB_POOL_SIZE: '2' } });
  await nappers(app);
  const admin = await app.admin();
  const asked = admin.post(`${rpc}/nap`, { seconds: 25 });
  await sleepingAre(app, 1);
  await app.sql('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [await sleepers(app)]);
  const answer = await within(3_000, 'the answer', asked);
  expect([answer.statusCode, answer.json().code]).toEqual([503, '57P01']);
  expect((await admin.get(`${records}/authors?id=eq.1`)).json()).toEqual([{ id: 1, name: 'ada' }]);
  await expectCleanPool(app);
});

test('idle connections that are killed cost no request', async () => {
  await using app = await testApp({ env: { DB_POOL_SIZE: '4' } });
  await nappers(app);
  const admin = await app.admin();
  for (let times = 0; times < 3; times++) {
    await Promise.all(Array.from({ length: 4 }, () => admin.post(`${rpc}/nap`, { seconds: 0.02 })));
    await app.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE usename = 'authenticator' AND datname = current_database()`);
    await eventually('the pool to see it', async () => app.pools.data.totalCount === 0);
    expect((await admin.get(`${records}/authors?id=eq.1`)).statusCode).toBe(200);
  }
});

test('clients that come and go in a storm leave no statement, no waiting request and no dirty connection', async () => {
  await using app = await testApp({ env: { DB_POOL_SIZE: '3' } });
  await nappers(app);
  const base = await app.listen();
  const callers = [await app.admin(), await app.anon(), await app.as('ada')];
  const storm = Array.from({ length: 60 }, async (_, at) => {
    const caller = callers[at % 3] ?? callers[0];
    if (!caller) return;
    const { leave, answer } = post(base, caller, `${rpc}/nap`, { seconds: at % 4 === 0 ? 0.001 : 0.02 });
    if (at % 2 === 0) setTimeout(() => leave.abort(), at);
    await answer;
  });
  await within(15_000, 'the storm', Promise.all(storm));
  await eventually('an empty queue', async () => app.pools.data.waitingCount === 0);
  await sleepingAre(app, 0);
  await eventually('every connection back', async () => app.pools.data.idleCount === app.pools.data.totalCount);
  await expectCleanPool(app);
});
