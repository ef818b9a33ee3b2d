import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { tooManyRequests } from './errors.ts';

/** A fixed window: `points` per `durationSeconds` for each key. */
export interface Window {
  points: number;
  durationSeconds: number;
}

export interface RateLimiter {
  /** Counts one attempt. Errors: TOO_MANY_REQUESTS with retryAfterSeconds and the window. */
  take(key: string): Promise<void>;
  /** Takes back one attempt that turned out well. */
  giveBack(key: string): Promise<void>;
  /** Forgets a key, as a right password does. */
  reset(key: string): Promise<void>;
}

export type RateLimiters = (name: string, window: Window) => RateLimiter;

/** Counters in this process. Limits that several nodes share come from another factory of the same shape. */
export const createLocalRateLimiters = (): RateLimiters => (name, window) => {
  const limiter = new RateLimiterMemory({ keyPrefix: name, points: window.points, duration: window.durationSeconds });
  return {
    async take(key) {
      try {
        await limiter.consume(key);
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        throw tooManyRequests(Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)), 'Too many requests', window);
      }
    },
    giveBack: async (key) => {
      await limiter.reward(key);
    },
    reset: async (key) => {
      await limiter.delete(key);
    },
  };
};
