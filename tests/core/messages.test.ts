import { expect, test } from 'vitest';
import { oneTrip } from '../../src/core/postgres/one-trip.ts';
import { testApp } from '../app.ts';

test.each([0, 1, 2000, 2047, 2048, 4096, 5000, 100_000])(
  'texts and bytes of length %d reach Postgres as they are',
  async (length) => {
    await using app = await testApp();
    const text = 'ö€😀a'
      .repeat(Math.ceil(length / 5))
      .slice(0, length)
      .toWellFormed();
    const bytes = Buffer.alloc(length, 7);
    const [rows] = await oneTrip(
      app.pools.data,
      {
        settings: [
          ['role', 'anon'],
          ['app.long', text],
        ],
        statements: [
          {
            text: `SELECT $1::text, md5($2::bytea), current_setting('app.long'), $3::text`,
            values: [text, bytes, null],
          },
        ],
      },
      new AbortController().signal,
    );
    const [seen, hash, setting, nothing] = rows?.[0] ?? [];
    expect([seen, setting, nothing]).toEqual([text, text, null]);
    expect(hash).toHaveLength(32);
  },
);

test('a statement on a connection that has ended is an error, not a wait', async () => {
  await using app = await testApp({ env: { DB_POOL_SIZE: '1' } });
  const trip = { settings: [['role', 'anon']] as const, statements: [{ text: 'SELECT pg_sleep(20)', values: [] }] };
  const running = oneTrip(app.pools.data, trip, new AbortController().signal);
  const end = () =>
    app.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(20)%' AND state = 'active' AND pid <> pg_backend_pid()`,
    );
  await expect.poll(end, { timeout: 5000 }).toHaveLength(1);
  await expect(running).rejects.toThrow();
  const next = await oneTrip(
    app.pools.data,
    { ...trip, statements: [{ text: 'SELECT 1', values: [] }] },
    new AbortController().signal,
  );
  expect(next).toEqual([[['1']]]);
});
