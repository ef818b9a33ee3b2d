import type { FastifyInstance } from 'fastify';
import { AppError, appError } from '../../core/errors.ts';
import type { Auth } from '../service.ts';
import type { SessionCookies } from './cookies.ts';
import { inputOf } from './sessions.ts';

/** Sign-ins of operators (contract/auth.md §7): cookies only, whatever the client says it is. */
export const adminSessionRoutes =
  ({ auth, cookies }: { auth: Auth; cookies: SessionCookies }) =>
  async (app: FastifyInstance): Promise<void> => {
    app.post('/auth/admin/sessions', async (req, reply) => {
      const { admin, ...tokens } = await auth.signInAdmin(req.call, inputOf(req));
      return { admin, accessToken: tokens.accessToken, ...cookies.give(req, reply, { kind: 'admin', tokens }) };
    });
    app.get('/auth/admin/sessions/current', async (req) => ({ admin: auth.currentAdmin(req.call) }));
    app.post('/auth/admin/refresh', async (req, reply) => {
      const presented = cookies.presentedCookies(req, 'admin');
      const { admin, ...tokens } = await auth.refreshAdminSession(req.call, presented).catch((error: unknown) => {
        if (error instanceof AppError && error.status === 401) cookies.clear(req, reply, 'admin');
        throw error;
      });
      return { admin, accessToken: tokens.accessToken, ...cookies.give(req, reply, { kind: 'admin', tokens }) };
    });
    app.post('/auth/admin/logout', async (req, reply) => {
      await auth.signOut(req.call, 'admin', cookies.presentedCookies(req, 'admin'));
      cookies.clear(req, reply, 'admin');
      return { success: true, message: 'Logged out successfully' };
    });
    app.post('/auth/admin/sessions/exchange', () => {
      throw appError({
        code: 'NOT_IMPLEMENTED',
        status: 501,
        message: 'Sign-in through a hosting cloud is not offered',
        nextActions: 'Sign in with the admin user and password.',
      });
    });
  };
