import { type Call, requireAdmin, requireSignedIn } from '../core/call.ts';
import type { InTx } from '../core/in-tx.ts';
import { parse } from '../core/parse.ts';
import type { Secret } from '../core/secret.ts';
import type { Guesses } from './guesses.ts';
import { adminSignInInput, isSameText, wrongCredentials } from './rules.ts';
import type { Presented, Sessions, SessionTokens } from './sessions.ts';

export type Operators = ReturnType<typeof createOperators>;

export interface AdminSignedIn extends SessionTokens {
  /** `local:<username>`. */
  admin: { sub: string };
}

/** The people who run the project. Their one account comes from the configuration and has no row. */
export function createOperators(deps: {
  inTx: InTx;
  sessions: Sessions;
  guesses: Guesses;
  account: { username: string; password: Secret };
}) {
  const { inTx, sessions, guesses, account } = deps;
  return { signInAdmin, refreshAdminSession, currentAdmin };

  /** Public. Errors: INVALID_INPUT, AUTH_UNAUTHORIZED, TOO_MANY_REQUESTS. */
  async function signInAdmin(
    call: Call,
    { userAgent, ...input }: { userAgent: string | undefined },
  ): Promise<AdminSignedIn> {
    const { username, password } = parse(adminSignInInput, input);
    const takeBack = await guesses.take(call, `local:${username}`);
    const isName = isSameText(username, account.username);
    const isPassword = isSameText(password, account.password.reveal());
    if (!(isName && isPassword)) throw wrongCredentials();
    await takeBack();
    const sub = `local:${account.username}`;
    const session = sessions.start(call, { kind: 'admin', subject: sub, userAgent });
    await inTx(call, async (tx) => {
      await sessions.store(tx, session);
      await tx.audit({ actorId: sub, module: 'AUTH', action: 'SIGN_IN_ADMIN', subject: session.id });
    });
    return { admin: { sub }, ...(await sessions.tokensOf(session)) };
  }

  /** Public. Errors: AUTH_UNAUTHORIZED, FORBIDDEN (CSRF). */
  async function refreshAdminSession(call: Call, presented: Presented): Promise<AdminSignedIn> {
    const session = await sessions.refresh(call, 'admin', presented);
    return { admin: { sub: session.subject }, ...(await sessions.tokensOf(session)) };
  }

  /** Errors: as requireSignedIn; AUTH_UNAUTHORIZED 403 for a user. */
  function currentAdmin(call: Call): { sub: string } {
    requireSignedIn(call);
    return { sub: requireAdmin(call).id };
  }
}
