import { randomBytes, randomUUID } from 'node:crypto';
import type { Session } from '../../prisma/generated/client/client.ts';
import type { Call } from '../core/call.ts';
import { forbidden, invalidToken } from '../core/errors.ts';
import type { InTx, Tx } from '../core/in-tx.ts';
import { isSameText } from './rules.ts';
import type { Signing } from './signing.ts';

export type Sessions = ReturnType<typeof createSessions>;
export type SessionKind = 'user' | 'admin';

/** `asked`: by the viewer; `reuse`: a replaced token came back; `sign-out`: by its own token. */
export type RevokeReason = 'asked' | 'reuse' | 'sign-out';

/** What a client keeps of a sign-in. Faces give `csrfToken` to browsers and `refreshToken` to everyone else. */
export interface SessionTokens {
  accessToken: string;
  refreshToken: string;
  /** 64 hex characters, the same for the whole sign-in. */
  csrfToken: string;
}

/** A refresh token as it came in. */
export interface Presented {
  /** Candidates: a browser can send two cookies of one name. */
  refreshTokens: readonly string[];
  /** The header that must go with a cookie; null when the token came in the body. */
  csrf: { sent: string | undefined } | null;
}

const minute = 60_000;
const day = 24 * 60 * minute;
export const accessTtlSeconds = 15 * 60;
/** A refresh token that is not used lasts this long. */
export const refreshTtlMs = 7 * day;
/** However often it is refreshed, a sign-in ends. */
export const lifetimeMs = { user: 90 * day, admin: 30 * day } as const;
/** Tabs share a token and answers get lost: a replaced token is still good for this long. */
export const graceMs = minute;
/** How many replaced generations are remembered within the grace. */
const maxRemembered = 32;

/** Sign-ins: one row each, whose refresh tokens are its generations. */
export function createSessions({ inTx, signing, now }: { inTx: InTx; signing: Signing; now: () => Date }) {
  return { start, store, tokensOf, refresh, read, revoke };

  /** A sign-in that is not stored yet, so that its tokens can be signed while `store` runs. */
  function start(call: Call, who: { kind: SessionKind; subject: string; userAgent: string | undefined }): Session {
    const at = now();
    return {
      id: randomUUID(),
      kind: who.kind,
      subject: who.subject,
      userId: who.kind === 'user' ? who.subject : null,
      csrfNonce: randomBytes(32).toString('base64url'),
      generation: 0,
      replacedAt: [],
      ip: call.ip,
      userAgent: who.userAgent?.slice(0, 500) ?? null,
      createdAt: at,
      rotatedAt: at,
      revokedAt: null,
      expiresAt: new Date(at.getTime() + lifetimeMs[who.kind]),
    };
  }

  /**
   * Within the caller's transaction, which also audits. Takes the subject's expired ones away in the same statement.
   * Errors: AUTH_UNAUTHORIZED when the account was deleted in the meantime.
   */
  async function store({ db }: Tx, session: Session): Promise<void> {
    const { id, kind, subject, userId, csrfNonce, ip, userAgent, createdAt, expiresAt } = session;
    const count = await db.$executeRaw`
      WITH gone AS (DELETE FROM auth.sessions WHERE subject = ${subject} AND expires_at < ${createdAt})
      INSERT INTO auth.sessions (id, kind, subject, user_id, csrf_nonce, ip, user_agent, created_at, rotated_at, expires_at)
      SELECT ${id}::uuid, ${kind}, ${subject}, ${userId}::uuid, ${csrfNonce}, ${ip}, ${userAgent},
        ${createdAt}::timestamptz, ${createdAt}::timestamptz, ${expiresAt}::timestamptz
      WHERE ${userId}::uuid IS NULL OR EXISTS (SELECT FROM auth.users WHERE id = ${userId}::uuid)`;
    if (count === 0) throw invalidToken();
  }

  /** The tokens of the session's newest generation. */
  async function tokensOf(session: Session, email?: string): Promise<SessionTokens> {
    const { subject, csrfNonce, id, generation } = session;
    const kind = session.kind as SessionKind;
    const role = kind === 'admin' ? 'project_admin' : 'authenticated';
    const access = await signing.signAccess(
      { sub: subject, ...(email ? { email } : {}), role, sid: id },
      accessTtlSeconds,
    );
    const refreshToken = await signing.signPrivate(
      'refresh',
      { sub: subject, type: 'refresh', iss: 'insforge', csrfNonce, sessionType: kind, sid: id, gen: generation },
      new Date(Math.min(now().getTime() + refreshTtlMs, session.expiresAt.getTime())),
    );
    return { accessToken: access.token, refreshToken, csrfToken: signing.csrfToken(kind, subject, csrfNonce) };
  }

  /** The first good token of the kind. Errors: AUTH_UNAUTHORIZED 401; FORBIDDEN when the CSRF header does not match. */
  async function read(
    kind: SessionKind | 'any',
    { refreshTokens, csrf }: Presented,
  ): Promise<{ id: string; generation: number }> {
    let isMismatched = false;
    for (const token of refreshTokens) {
      const claims = await signing.verifyPrivate('refresh', token).catch(() => null);
      if (!claims || (kind !== 'any' && claims.sessionType !== kind)) continue;
      const expected = signing.csrfToken(String(claims.sessionType), String(claims.sub), String(claims.csrfNonce));
      if (!csrf || (csrf.sent !== undefined && isSameText(csrf.sent, expected)))
        return { id: String(claims.sid), generation: Number(claims.gen) };
      isMismatched = true;
    }
    if (isMismatched) throw forbidden('Invalid CSRF token', 'Send the csrfToken of this session as X-CSRF-Token.');
    throw invalidToken();
  }

  /**
   * Replaces the token that was presented. Two callers with one token get the same successor; a token that was replaced
   * longer ago than the grace was stolen or copied, and ends the sign-in. Errors: as read.
   */
  async function refresh(call: Call, kind: SessionKind, presented: Presented): Promise<Session> {
    const token = await read(kind, presented);
    const session = await inTx(call, async (tx) => {
      const current = await alive(tx, kind, token.id);
      if (!current || token.generation > current.generation) return null;
      if (token.generation === current.generation && (await replace(tx, current))) return alive(tx, kind, token.id);
      // Somebody else replaced it, perhaps this very moment.
      const latest = await alive(tx, kind, token.id);
      if (latest && !isWithinGrace(latest, token.generation)) return revoke(tx, latest, 'reuse');
      return latest;
    });
    if (!session) throw invalidToken();
    return session;
  }

  async function alive({ db }: Tx, kind: SessionKind, id: string): Promise<Session | null> {
    return db.session.findFirst({
      where: {
        id,
        kind,
        revokedAt: null,
        expiresAt: { gt: now() },
        ...(kind === 'user' ? { user: { isNot: null } } : {}),
      },
    });
  }

  /** False when another caller was first. */
  async function replace(tx: Tx, { id, generation, replacedAt, subject }: Session): Promise<boolean> {
    const at = now();
    const recent = replacedAt.filter((date) => at.getTime() - date.getTime() <= graceMs).slice(1 - maxRemembered);
    const { count } = await tx.db.session.updateMany({
      where: { id, generation, revokedAt: null },
      data: { generation: { increment: 1 }, rotatedAt: at, replacedAt: [...recent, at] },
    });
    if (count > 0) await tx.audit({ actorId: subject, module: 'AUTH', action: 'REFRESH_SESSION', subject: id });
    return count > 0;
  }

  function isWithinGrace({ generation, replacedAt }: Session, presented: number): boolean {
    const at = replacedAt[replacedAt.length - (generation - presented)];
    return at !== undefined && now().getTime() - at.getTime() <= graceMs;
  }

  /** Within the caller's transaction: ends a sign-in, its streams and its access tokens. */
  async function revoke(tx: Tx, { id, subject }: Session, reason: RevokeReason): Promise<null> {
    await tx.db.session.update({ where: { id }, data: { revokedAt: now() } });
    // An admin who ends another's sign-in is named as themselves; all other reasons come from the token of its owner.
    const actor = reason === 'asked' ? {} : { actorId: subject };
    const action = reason === 'sign-out' ? 'SIGN_OUT' : 'REVOKE_SESSION';
    await tx.audit({ ...actor, module: 'AUTH', action, subject: id, details: { reason } });
    tx.emit('auth.session.revoked', { sessionId: id, userId: subject });
    return null;
  }
}
