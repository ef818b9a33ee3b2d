import type { Prisma, Session } from '../../prisma/generated/client/client.ts';
import { type Call, requireSignedIn, type Viewer } from '../core/call.ts';
import { notFound } from '../core/errors.ts';
import type { InTx } from '../core/in-tx.ts';
import { parse } from '../core/parse.ts';
import type { Db } from '../core/postgres/catalog-db.ts';
import { uuid } from './rules.ts';
import type { Presented, SessionKind, Sessions } from './sessions.ts';

/** Seeing and ending sign-ins. */
export function createSignIns(deps: { db: Db; inTx: InTx; sessions: Sessions; now: () => Date }) {
  const { db, inTx, sessions, now } = deps;
  return { signOut, listSessions, revokeSession, viewSession };

  /**
   * Public. Ends the sign-in of a refresh token and that of the viewer's own access token; says whether there was one.
   * A token that is not good any more has nothing to end. Errors: FORBIDDEN (CSRF), and then nothing has ended.
   */
  async function signOut(call: Call, kind: SessionKind | 'any', presented: Presented): Promise<boolean> {
    const isCookieless = presented.refreshTokens.length === 0;
    const token = isCookieless ? null : await sessions.read(kind, presented).catch(unlessUnauthorized);
    const ids = [token?.id, call.viewer?.sessionId].filter((id) => id !== undefined);
    if (ids.length === 0) return false;
    return inTx(call, async (tx) => {
      const ended = await tx.db.session.findMany({ where: { id: { in: ids }, ...live() } });
      for (const session of ended) await sessions.revoke(tx, session, 'sign-out');
      return ended.length > 0;
    });
  }

  /** The viewer's own, newest first. Errors: as requireSignedIn. */
  async function listSessions(call: Call, query: Prisma.SessionFindManyArgs = {}): Promise<Session[]> {
    return db.session.findMany({ ...query, where: own(requireSignedIn(call)), orderBy: { createdAt: 'desc' } });
  }

  /** One's own, or any for an admin. Errors: as requireViewer, INVALID_INPUT, NOT_FOUND (session). */
  async function revokeSession(call: Call, sessionId: string): Promise<void> {
    const session = await viewSession(call, sessionId);
    await inTx(call, async (tx) => {
      await sessions.revoke(tx, session, 'asked');
    });
  }

  /** A live one of the viewer, or any for an admin. Errors: as revokeSession. */
  async function viewSession(call: Call, sessionId: string): Promise<Session> {
    const isAdmin = call.viewer?.role === 'project_admin';
    const scope = isAdmin ? live() : own(requireSignedIn(call));
    const id = parse(uuid, sessionId);
    const session = await db.session.findFirst({ where: { ...scope, id } });
    if (!session) throw notFound('session', id);
    return session;
  }

  function live() {
    return { revokedAt: null, expiresAt: { gt: now() } };
  }
  function own(viewer: Viewer) {
    return { ...live(), kind: viewer.kind === 'admin' ? 'admin' : 'user', subject: viewer.id };
  }
}

function unlessUnauthorized(error: unknown): null {
  if ((error as { status?: number }).status === 401) return null;
  throw error;
}
