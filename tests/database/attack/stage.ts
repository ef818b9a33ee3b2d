import { expect } from 'vitest';
import type { TestApp } from '../../app.ts';

export const records = '/api/database/records';
export const rpc = '/api/database/rpc';

/** Every connection of the data pool, idle or not yet given back, is what a new login would be. */
export async function expectCleanPool(app: Pick<TestApp, 'pools'>): Promise<void> {
  const pool = app.pools.data;
  const clients = await Promise.all(Array.from({ length: Math.max(1, pool.totalCount) }, () => pool.connect()));
  try {
    for (const client of clients) {
      const { rows } = await client.query(
        `SELECT session_user::text, current_user::text, current_setting('role') AS role,
           coalesce(current_setting('request.jwt.claims', true), '') AS claims,
           current_setting('search_path') AS path, current_setting('statement_timeout') AS timeout,
           current_setting('transaction_read_only') AS read_only, pg_current_xact_id_if_assigned()::text AS xid`,
      );
      expect(rows).toEqual([
        {
          session_user: 'authenticator',
          current_user: 'authenticator',
          role: 'none',
          claims: '',
          path: '"$user", public',
          timeout: '0',
          read_only: 'off',
          xid: null,
        },
      ]);
    }
  } finally {
    for (const client of clients) client.release();
  }
}

/** `work`, or a failure that names it when it does not end in time. */
export async function within<T>(timeoutMs: number, what: string, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what} did not end within ${timeoutMs} ms`)), timeoutMs);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}

/** Asks until `check` is true, yielding to the event loop in between; fails after `timeoutMs`. */
export async function eventually(what: string, check: () => Promise<boolean>, timeoutMs = 5_000): Promise<void> {
  const until = performance.now() + timeoutMs;
  while (!(await check())) {
    if (performance.now() > until) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
