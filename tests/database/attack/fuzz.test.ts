import fc from 'fast-check';
import { expect, test } from 'vitest';
import { testApp } from '../../app.ts';
import { makeLargeLibrary } from './library.ts';
import { type WireRequest, wireRequest } from './requests.ts';
import { expectCleanPool, within } from './stage.ts';

/** Give another FUZZ_SEED to look elsewhere; a failure prints the seed and the path that repeat it. */
const seed = Number(process.env.FUZZ_SEED ?? 20261123);
const timeLimitMs = 12_000;

/** 5xx that Postgres itself means, by contract/postgrest.md §14: one body that gives the same key twice. */
const meant = new Map([['21000', 500]]);

/** `done`, `HEAD` or the code of the refusal; fails for anything that the contract does not allow. */
function verdict(request: WireRequest, answer: { statusCode: number; body: string }): string {
  const { statusCode, body } = answer;
  if (statusCode < 300) return 'done';
  const text = `${JSON.stringify(request)} -> ${statusCode} ${body}`;
  if (request.method === 'HEAD') {
    expect(statusCode, text).toBeLessThan(500);
    return 'HEAD';
  }
  const error = JSON.parse(body) as Record<string, unknown>;
  const code = error.code ?? error.error;
  expect(code, text).toMatch(/^(PGRST\d{3}|[0-9A-Z]{5}|INVALID_INPUT|NOT_FOUND|DATABASE_VALIDATION_ERROR)$/);
  if (statusCode >= 500) expect(statusCode, text).toBe(meant.get(String(code)));
  else expect(statusCode, text).toSatisfy((status: number) => status === 300 || status >= 400);
  return String(code);
}

test('any request is answered, with what was asked for or with a code of the contract', {
  timeout: 60_000,
}, async () => {
  await using app = await testApp({
    env: { DB_POOL_SIZE: '3', DB_AGGREGATES_ENABLED: 'true', DB_PLAN_ENABLED: 'true' },
  });
  await makeLargeLibrary(app);
  const callers = [await app.anon(), await app.as('ada'), await app.admin()];
  const outcomes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(wireRequest, fc.nat(2), async (request, who) => {
      const { method, path, query, headers, body } = request;
      const url = `/api/database/${path}${query === '' ? '' : `?${query}`}`;
      const asked = callers[who]?.request(method as 'GET', url, body ?? undefined, headers);
      const answer = await within(5_000, JSON.stringify(request), Promise.resolve(asked));
      if (!answer) return;
      const outcome = verdict(request, answer);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }),
    { seed, numRuns: 4_000, interruptAfterTimeLimit: timeLimitMs, markInterruptAsFailure: false },
  );
  expect(outcomes.get('done')).toBeGreaterThan(20);
  expect(outcomes.size).toBeGreaterThan(10);
  await expectCleanPool(app);
});
