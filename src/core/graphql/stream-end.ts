import type { Call } from '../call.ts';
import { invalidToken } from '../errors.ts';
import type { Bus } from '../events.ts';

/** A longer timer would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * A signal that aborts when the call's proof ends: its token expires, its sign-in is revoked, its user is deleted.
 * The reason is AUTH_UNAUTHORIZED. Stop frees the timer and the listeners.
 */
export function proofEnd(call: Call, bus: Bus): { signal: AbortSignal; stop: () => void } {
  const ended = new AbortController();
  const end = () => ended.abort(invalidToken());
  const { viewer } = call;
  if (!viewer) return { signal: ended.signal, stop: () => undefined };
  const offRevoked = bus.on('auth.session.revoked', ({ sessionId }) => sessionId === viewer.sessionId && end());
  const offDeleted = bus.on('auth.user.deleted', ({ userId }) => userId === viewer.id && end());
  let timer: NodeJS.Timeout | undefined;
  const wait = (expiresAtMs: number) => {
    const msLeft = expiresAtMs - Date.now();
    if (msLeft <= 0) end();
    else timer = setTimeout(wait, Math.min(msLeft, longestTimerMs), expiresAtMs).unref();
  };
  if (viewer.expiresAt) wait(viewer.expiresAt.getTime());
  const stop = () => {
    clearTimeout(timer);
    offRevoked();
    offDeleted();
  };
  return { signal: ended.signal, stop };
}
