import { hashCost, hashPassword } from '../src/auth/passwords.ts';
import { inTurn, median, report, startPleiad } from './harness.ts';

/**
 * Promise: a sign-in takes at most 1.3 times as long as one argon2id hash of the same cost, at p50. Both are measured
 * from this process, one after the other, without load.
 */
const perRound = 40;
const input = { email: 'bench@example.com', password: 'a password for the bench' };

await using server = await startPleiad();
await graphql('mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }');
const signIn = 'mutation ($input: SignInInput!) { signIn(input: $input) { user { id } accessToken refreshToken } }';

const result = await inTurn(
  7,
  () => p50(() => graphql(signIn)),
  () => p50(() => hashPassword(input.password)),
);
report(`sign-in (m=${hashCost.memoryCost} KiB, t=${hashCost.timeCost})`, 'ms', result, { atMost: 1.3 });

async function p50(work: () => Promise<unknown>): Promise<number> {
  const tookMs: number[] = [];
  for (let i = 0; i < perRound; i += 1) {
    const from = performance.now();
    await work();
    tookMs.push(performance.now() - from);
  }
  return median(tookMs);
}

async function graphql(query: string): Promise<void> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const answer = (await response.json()) as { errors?: unknown };
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
}
