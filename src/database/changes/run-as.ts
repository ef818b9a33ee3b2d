import type pg from 'pg';
import type { Viewer } from '../../core/call.ts';
import { oneTrip, type TextRow } from '../../core/postgres/one-trip.ts';

/** Runs one statement with a viewer's role and claims; rows are Postgres' text. Errors: as oneTrip. */
export type RunAs = (viewer: Viewer, text: string, values: readonly string[]) => Promise<TextRow[]>;

/** Read-only, on the request login. The empty search_path makes every name in a policy mean what it says. */
export function createRunAs({
  pool,
  statementTimeoutMs,
}: {
  pool: pg.Pool;
  statementTimeoutMs: Readonly<Record<Viewer['role'], number>>;
}): RunAs {
  // What one subscriber asks, all of its kind are waiting for; so nobody's leaving cancels it.
  const { signal } = new AbortController();
  return async (viewer, text, values) => {
    const settings = [
      ['transaction_read_only', 'on'],
      ['search_path', ''],
      ['statement_timeout', String(statementTimeoutMs[viewer.role])],
      ['request.jwt.claims', JSON.stringify(viewer.claims)],
      ['role', viewer.role],
    ] as const;
    const [rows = []] = await oneTrip(pool, { settings, statements: [{ text, values }] }, signal);
    return rows;
  };
}
