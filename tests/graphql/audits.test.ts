import { serverAudits } from 'graphql-http';
import { describe, expect, test } from 'vitest';
import { testApp } from '../app.ts';

/** https://graphql.github.io/graphql-over-http/draft/ as graphql-http's own suite reads it. */
describe.each(['nobody', 'the anon key', 'a user', 'an admin'])('GraphQL over HTTP, with %s', (who) => {
  test('every audit passes on the mounted route', { timeout: 60_000 }, async () => {
    await using app = await testApp();
    const base = await app.listen();
    const callers = {
      nobody: app.nobody,
      'the anon key': app.anon,
      'a user': () => app.as('ada'),
      'an admin': app.admin,
    };
    const { headers } = await callers[who as keyof typeof callers]();
    const audits = serverAudits({
      url: `${base}/graphql`,
      fetchFn: (url: string, init: RequestInit = {}) =>
        fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), ...headers } }),
    });
    const failed: string[] = [];
    for (const audit of audits) {
      const result = await audit.fn();
      if (result.status !== 'ok') failed.push(`${audit.id} ${audit.name}: ${result.status}, ${result.reason}`);
    }
    expect(audits.length).toBeGreaterThan(50);
    expect(failed).toEqual([]);
  });
});
