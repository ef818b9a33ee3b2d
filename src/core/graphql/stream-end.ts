import type { Call } from '../call.ts';
import { invalidToken } from '../errors.ts';
import type { Bus } from '../events.ts';

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
  const msLeft = viewer.expiresAt ? Math.max(0, viewer.expiresAt.getTime() - Date.now()) : null;
  const timer = msLeft === null ? undefined : setTimeout(end, msLeft).unref();
  const stop = () => {
    clearTimeout(timer);
    offRevoked();
    offDeleted();
  };
  return { signal: ended.signal, stop };
}
