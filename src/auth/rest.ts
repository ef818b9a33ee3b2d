import type { FastifyInstance } from 'fastify';
import { adminSessionRoutes } from './rest/admin-sessions.ts';
import { createSessionCookies } from './rest/cookies.ts';
import { manageRoutes } from './rest/manage.ts';
import { sessionRoutes } from './rest/sessions.ts';
import type { Auth } from './service.ts';

/** Mounted at /api: the auth room also answers under /metadata and /secrets. */
export const authRest =
  ({ auth, publicUrl }: { auth: Auth; publicUrl: string | null }) =>
  async (app: FastifyInstance): Promise<void> => {
    const cookies = createSessionCookies({ publicUrl });
    await app.register(sessionRoutes({ auth, cookies }));
    await app.register(adminSessionRoutes({ auth, cookies }));
    await app.register(manageRoutes({ auth }));
  };
