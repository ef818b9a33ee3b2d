import { isIPv6 } from 'node:net';
import type { Call } from '../core/call.ts';
import type { RateLimiters } from '../core/rate-limit.ts';

export type Guesses = ReturnType<typeof createGuesses>;

const quarterHour = 15 * 60;

/**
 * Counts attempts where they are made, so that aliases and batches buy nothing. One address may guess at one account
 * less often than all addresses together, so that a stranger alone cannot lock somebody out.
 */
export function createGuesses(rateLimiters: RateLimiters) {
  const pair = rateLimiters('auth.guess.pair', { points: 10, durationSeconds: quarterHour });
  const account = rateLimiters('auth.guess.account', { points: 50, durationSeconds: quarterHour });
  const address = rateLimiters('auth.guess.address', { points: 50, durationSeconds: quarterHour });
  const signUps = rateLimiters('auth.sign-up.address', { points: 300, durationSeconds: quarterHour });
  return {
    /**
     * Counts one guess before the password is looked at; the function returned takes it back when it was right.
     * `name` is the account: an email or `local:<name>`. Errors: TOO_MANY_REQUESTS.
     */
    async take(call: Call, name: string): Promise<() => Promise<void>> {
      const from = network(call.ip);
      await pair.take(`${name} ${from}`);
      await account.take(name);
      await address.take(from);
      return async () => {
        await Promise.all([pair.reset(`${name} ${from}`), account.giveBack(name), address.giveBack(from)]);
      };
    },
    /** Hashing is dear: one address makes a limited number of accounts. Errors: TOO_MANY_REQUESTS. */
    takeSignUp: (call: Call) => signUps.take(network(call.ip)),
  };
}

/** An IPv6 customer holds a whole /64, so that is what counts as one address. */
export function network(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped) return mapped;
  if (!isIPv6(ip)) return ip;
  const [head = '', tail] = (ip.split('%')[0] ?? '').split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':') : [];
  if (tail !== undefined)
    groups.push(...Array<string>(Math.max(0, 8 - groups.length - after.length)).fill('0'), ...after);
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
