import type { Viewer } from '../core/call.ts';
import { type AppError, invalidToken } from '../core/errors.ts';
import type { Bus } from '../core/events.ts';
import type { Db } from '../core/postgres/catalog-db.ts';
import { noAccount } from './rules.ts';
import { accessTtlSeconds } from './sessions.ts';

export interface Revocations extends Disposable {
  /** Why a viewer's proof is void although its token is not: the sign-in was ended, the account deleted. */
  refusal(viewer: Viewer): AppError | null;
}

const ttlMs = accessTtlSeconds * 1000;

/**
 * What was ended within the life of an access token, kept in memory: so that ending a sign-in voids its tokens at once
 * and no request asks the database. Fed by the bus; read from the database at boot.
 */
export async function createRevocations({ db, bus, now }: { db: Db; bus: Bus; now: () => Date }): Promise<Revocations> {
  const sessions = new Map<string, number>();
  const users = new Map<string, number>();
  const add = (ended: Map<string, number>, id: string, atMs = now().getTime()) => {
    // Oldest first, so the head is what may be forgotten.
    for (const [old, untilMs] of ended) {
      if (untilMs > now().getTime()) break;
      ended.delete(old);
    }
    ended.set(id, atMs + ttlMs);
  };
  const offRevoked = bus.on('auth.session.revoked', ({ sessionId }) => add(sessions, sessionId));
  const offDeleted = bus.on('auth.user.deleted', ({ userId }) => add(users, userId));
  const recent = await db.session.findMany({
    where: { revokedAt: { gt: new Date(now().getTime() - ttlMs) } },
    orderBy: { revokedAt: 'asc' },
    select: { id: true, revokedAt: true },
  });
  for (const { id, revokedAt } of recent) add(sessions, id, revokedAt?.getTime());

  return {
    refusal(viewer) {
      if (viewer.kind === 'user' && users.has(viewer.id)) return noAccount();
      return viewer.sessionId !== undefined && sessions.has(viewer.sessionId) ? invalidToken() : null;
    },
    [Symbol.dispose]() {
      offRevoked();
      offDeleted();
    },
  };
}
