import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Session } from '../../../prisma/generated/client/client.ts';
import { type Call, requireViewer } from '../../core/call.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import type { Auth } from '../service.ts';
import { userJson } from '../users.ts';
import { bodyToken, isBrowser, presentedBody, type SessionCookies } from './cookies.ts';

/** Accounts and their sign-ins (contract/auth.md §3.1 to §3.5). */
export const sessionRoutes =
  ({ auth, cookies }: { auth: Auth; cookies: SessionCookies }) =>
  async (app: FastifyInstance): Promise<void> => {
    app.post('/auth/users', async (req, reply) => {
      requireViewer(req.call);
      const { user, accessToken, session, requireEmailVerification } = await auth.signUp(req.call, inputOf(req));
      const kept = session ? cookies.give(req, reply, { kind: 'user', tokens: session }) : {};
      return { ...(user ? { user: userJson(user) } : {}), accessToken, requireEmailVerification, ...kept };
    });

    app.post('/auth/sessions', async (req, reply) => {
      const { method } = inputOf(req) as { method?: unknown };
      if (method === 'otp') throw invalidInput('method: one-time codes are not offered', 'Sign in with a password.');
      if (method != null && method !== 'password') throw invalidInput('method: must be "password"');
      const { user, ...tokens } = await auth.signIn(req.call, inputOf(req));
      const kept = cookies.give(req, reply, { kind: 'user', tokens });
      return { user: userJson(user), accessToken: tokens.accessToken, ...kept };
    });

    app.post('/auth/refresh', async (req, reply) => {
      const presented = isBrowser(req) ? cookies.presentedCookies(req, 'user') : presentedBody(req);
      const { user, ...tokens } = await auth.refreshSession(req.call, presented).catch(clearing(req, reply));
      const kept = cookies.give(req, reply, { kind: 'user', tokens });
      return { accessToken: tokens.accessToken, user: userJson(user), ...kept };
    });
    /** A cookie that is good for nothing goes; one whose CSRF header was wrong stays. */
    const clearing = (req: FastifyRequest, reply: FastifyReply) => (error: unknown) => {
      if (isBrowser(req) && error instanceof AppError && error.status === 401) cookies.clear(req, reply, 'user');
      throw error;
    };

    app.post('/auth/logout', async (req, reply) => {
      const token = bodyToken(req);
      const inBody = { refreshTokens: token ? [token] : [], csrf: null };
      await auth.signOut(req.call, 'user', isBrowser(req) ? cookies.presentedCookies(req, 'user') : inBody);
      if (isBrowser(req)) cookies.clear(req, reply, 'user');
      return { success: true, message: 'Logged out successfully' };
    });

    app.get('/auth/sessions/current', async (req) => ({ user: userJson(await auth.currentUser(req.call)) }));
    app.get('/auth/sessions', async (req) => {
      const sessions = await auth.listSessions(req.call);
      return { data: sessions.map((session) => sessionJson(session, req.call)) };
    });
    app.delete<{ Params: { id: string } }>('/auth/sessions/:id', async (req) => {
      await auth.revokeSession(req.call, req.params.id);
      return { success: true, message: 'Session revoked' };
    });

    app.get<{ Params: { userId: string } }>('/auth/profiles/:userId', (req) =>
      auth.profile(req.call, req.params.userId),
    );
    app.patch('/auth/profiles/current', async (req) => {
      const { id, profile } = await auth.updateProfile(req.call, req.body);
      return { id, profile };
    });
  };

/** The body and what the client says it is. Errors: INVALID_INPUT when the body is not an object. */
export function inputOf(req: FastifyRequest): { userAgent: string | undefined } {
  const { body } = req;
  if (body !== undefined && body !== null && (typeof body !== 'object' || Array.isArray(body)))
    throw invalidInput('The body must be a JSON object');
  return { ...(body as object | undefined), userAgent: req.headers['user-agent'] };
}

const sessionJson = ({ id, createdAt, rotatedAt, expiresAt, ip, userAgent }: Session, call: Call) => ({
  id,
  createdAt,
  refreshedAt: rotatedAt,
  expiresAt,
  ...(ip === null ? {} : { ip }),
  ...(userAgent === null ? {} : { userAgent }),
  isCurrent: call.viewer?.sessionId === id,
});
