import { Prisma } from '../../prisma/generated/client/client.ts';
import { type Call, requireSignedIn } from '../core/call.ts';
import { appError, conflict, forbidden, notFound } from '../core/errors.ts';
import type { InTx } from '../core/in-tx.ts';
import { parse } from '../core/parse.ts';
import type { Db } from '../core/postgres/catalog-db.ts';
import type { AuthConfigs } from './auth-config.ts';
import type { Guesses } from './guesses.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import { checkPassword, noAccount, profileInput, signInInput, signUpInput, uuid, wrongCredentials } from './rules.ts';
import { accessTtlSeconds, type Presented, type Sessions, type SessionTokens } from './sessions.ts';
import type { Signing } from './signing.ts';
import { type Account, withProviders } from './users.ts';

export type Accounts = ReturnType<typeof createAccounts>;

export interface SignedIn extends SessionTokens {
  user: Account;
}
/** Null where nothing is given: before the email is verified, and refresh tokens to an admin who makes an account. */
export interface SignedUp {
  user: Account | null;
  accessToken: string | null;
  session: SessionTokens | null;
  requireEmailVerification: boolean;
}

/** The users of the application: becoming one, proving to be one, and what one sees of oneself. */
export function createAccounts(deps: {
  db: Db;
  inTx: InTx;
  signing: Signing;
  sessions: Sessions;
  configs: AuthConfigs;
  guesses: Guesses;
}) {
  const { db, inTx, signing, sessions, configs, guesses } = deps;
  return { signUp, signIn, refreshSession, currentUser, profile, updateProfile };

  /** Public. Errors: INVALID_INPUT, AUTH_SIGNUP_DISABLED, AUTH_EMAIL_EXISTS, TOO_MANY_REQUESTS. */
  async function signUp(call: Call, { userAgent, ...input }: { userAgent: string | undefined }): Promise<SignedUp> {
    const { email, password, name, autoConfirm } = parse(signUpInput, input);
    const isAdmin = call.viewer?.role === 'project_admin';
    if (!isAdmin) await guesses.takeSignUp(call);
    const config = await configs.read();
    if (config.disableSignup && !isAdmin) throw signUpDisabled();
    checkPassword(password, config);
    if (await findLogin(email)) throw emailTaken();

    const emailVerified = isAdmin && autoConfirm === true;
    const data = { email, password: await hashPassword(password), emailVerified, profile: name ? { name } : {} };
    const mustVerify = config.requireEmailVerification && !emailVerified;
    const { user, session } = await inTx(call, async (tx) => {
      const user = await tx.db.user.create({ data, include: withProviders }).catch(translateTaken);
      await tx.audit({ module: 'AUTH', action: 'SIGN_UP', subject: user.id });
      tx.emit('auth.user.created', { userId: user.id });
      if (isAdmin || mustVerify) return { user, session: null };
      const session = sessions.start(call, { kind: 'user', subject: user.id, userAgent });
      await sessions.store(tx, session);
      return { user, session };
    });

    if (config.requireEmailVerification)
      return { user: null, accessToken: null, session: null, requireEmailVerification: mustVerify };
    const tokens = session && (await sessions.tokensOf(session, email));
    const accessToken = tokens?.accessToken ?? (await bareAccessToken(user));
    return { user, accessToken, session: tokens, requireEmailVerification: false };
  }

  /** Without a sign-in behind it: an admin has made an account for somebody and acts as them for a moment. */
  async function bareAccessToken({ id, email }: Account): Promise<string> {
    return (await signing.signAccess({ sub: id, email, role: 'authenticated' }, accessTtlSeconds)).token;
  }

  /** Public. Errors: INVALID_INPUT, AUTH_UNAUTHORIZED (one text for all), FORBIDDEN (unverified), TOO_MANY_REQUESTS. */
  async function signIn(call: Call, { userAgent, ...input }: { userAgent: string | undefined }): Promise<SignedIn> {
    const { email, password } = parse(signInInput, input);
    const takeBack = await guesses.take(call, email);
    const login = await findLogin(email);
    const { isRight, isOutdated } = await verifyPassword(password, login?.user.password ?? null);
    if (!isRight || !login) throw wrongCredentials();
    const { user } = login;
    await takeBack();
    if (login.mustVerify && !user.emailVerified) throw emailUnverified();

    const renewed = isOutdated ? await hashPassword(password) : null;
    const session = sessions.start(call, { kind: 'user', subject: user.id, userAgent });
    const [tokens] = await Promise.all([
      sessions.tokensOf(session, user.email),
      inTx(call, async (tx) => {
        // Unless it was changed while we hashed.
        const unchanged = { id: user.id, password: user.password };
        if (renewed) await tx.db.user.updateMany({ where: unchanged, data: { password: renewed } });
        await sessions.store(tx, session);
        await tx.audit({ actorId: user.id, module: 'AUTH', action: 'SIGN_IN', subject: session.id });
      }),
    ]);
    return { user, ...tokens };
  }

  /**
   * By the lowercase address, however SQL may have spelled it in the row, with all that a sign-in needs: one statement,
   * so that the time it takes says nothing about the account and little of it is not the hash.
   */
  async function findLogin(email: string): Promise<{ user: Account; mustVerify: boolean } | null> {
    type Row = Omit<Account, 'providers'> & { linked: string[]; mustVerify: boolean | null };
    const [row] = await db.$queryRaw<Row[]>`
      SELECT id, email, password, email_verified AS "emailVerified", profile, metadata,
        is_project_admin AS "isProjectAdmin", is_anonymous AS "isAnonymous",
        created_at AS "createdAt", updated_at AS "updatedAt",
        ARRAY(SELECT provider FROM auth.user_providers WHERE user_id = users.id) AS linked,
        (SELECT require_email_verification FROM auth.config) AS "mustVerify"
      FROM auth.users WHERE lower(email) = ${email}`;
    if (!row) return null;
    const { linked, mustVerify, ...user } = row;
    return { user: { ...user, providers: linked.map((provider) => ({ provider })) }, mustVerify: mustVerify === true };
  }

  /** Public. Errors: AUTH_UNAUTHORIZED, FORBIDDEN (CSRF). */
  async function refreshSession(call: Call, presented: Presented): Promise<SignedIn> {
    const session = await sessions.refresh(call, 'user', presented);
    const user = await db.user.findUnique({ where: { id: session.subject }, include: withProviders });
    if (!user) throw noAccount();
    return { user, ...(await sessions.tokensOf(session, user.email)) };
  }

  /** Errors: AUTH_INVALID_CREDENTIALS (no token, or it is of no account here), AUTH_UNAUTHORIZED (a key, a bad token). */
  async function currentUser(call: Call): Promise<Account> {
    const viewer = requireSignedIn(call);
    if (viewer.role !== 'authenticated' || !uuid.safeParse(viewer.id).success) throw noAccount();
    const user = await db.user.findUnique({ where: { id: viewer.id }, include: withProviders });
    if (!user) throw noAccount();
    return user;
  }

  /** Public. Errors: INVALID_INPUT, AUTH_USER_NOT_FOUND. */
  async function profile(_call: Call, userId: string) {
    const id = parse(uuid, userId);
    const user = await db.user.findUnique({ where: { id }, select: { id: true, profile: true } });
    if (!user) throw userNotFound(id);
    return user;
  }

  /** Merges the top-level keys. Errors: as requireSignedIn, INVALID_INPUT, AUTH_USER_NOT_FOUND. */
  async function updateProfile(call: Call, input: unknown): Promise<Account> {
    const { id } = requireSignedIn(call);
    const { profile } = parse(profileInput, input);
    if (!uuid.safeParse(id).success) throw userNotFound(id);
    return inTx(call, async (tx) => {
      const count = await tx.db.$executeRaw`
        UPDATE auth.users SET updated_at = now(), profile =
          CASE jsonb_typeof(profile) WHEN 'object' THEN profile ELSE '{}' END || ${JSON.stringify(profile)}::jsonb
        WHERE id = ${id}::uuid`;
      if (count === 0) throw userNotFound(id);
      await tx.audit({
        module: 'AUTH',
        action: 'UPDATE_PROFILE',
        subject: id,
        details: { keys: Object.keys(profile) },
      });
      return tx.db.user.findUniqueOrThrow({ where: { id }, include: withProviders });
    });
  }
}

export const userNotFound = (id: string) => notFound('user', id, 'AUTH_USER_NOT_FOUND');
const emailTaken = () => conflict('This email already has an account', 'AUTH_EMAIL_EXISTS', 'Sign in instead.');
const emailUnverified = () => forbidden('The email is not verified yet', 'Verify the email first.');
const signUpDisabled = () =>
  appError({
    code: 'AUTH_SIGNUP_DISABLED',
    status: 403,
    message: 'Sign-ups are disabled',
    nextActions: 'Ask an admin of this project for an account.',
  });

/** Two sign-ups with one address at the same moment: the database decides. */
function translateTaken(error: unknown): never {
  if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') throw emailTaken();
  throw error;
}
