import type { FastifyInstance } from 'fastify';
import type { Auth } from '../service.ts';
import { userJson } from '../users.ts';

/** Users, configuration and project keys (contract/auth.md §3.7, §3.8, §6, §8.1, §8.7). */
export const manageRoutes =
  ({ auth }: { auth: Auth }) =>
  async (app: FastifyInstance): Promise<void> => {
    app.get<{ Querystring: Record<string, unknown> }>('/auth/users', async (req) => {
      const { data, pagination } = await auth.userPage(req.call, req.query);
      return { data: data.map(userJson), pagination };
    });
    app.get<{ Params: { userId: string } }>('/auth/users/:userId', async (req) =>
      userJson(await auth.user(req.call, req.params.userId)),
    );
    app.delete('/auth/users', async (req) => {
      const deletedCount = await auth.deleteUsers(req.call, req.body);
      return { message: `${deletedCount} users deleted`, deletedCount };
    });

    app.get('/auth/public-config', () => auth.publicConfig());
    app.get('/auth/config', (req) => auth.config(req.call));
    app.put('/auth/config', (req) => auth.updateConfig(req.call, req.body));

    app.post('/auth/tokens/anon', async (req) => ({
      accessToken: await auth.projectKey(req.call, 'anonKey'),
      message: 'This is the anon key; it does not expire.',
    }));
    app.get('/metadata/api-key', async (req) => ({ apiKey: await auth.projectKey(req.call, 'apiKey') }));
    app.get('/metadata/anon-key', async (req) => ({ anonKey: await auth.projectKey(req.call, 'anonKey') }));
    app.get('/metadata/project-id', (req) => ({ projectId: auth.projectIdOf(req.call) }));
    const message = 'Key rotated; the old one works until it expires.';
    app.post('/secrets/api-key/rotate', async (req) => {
      const { key, oldKeyExpiresAt } = await auth.rotateKey(req.call, 'apiKey', req.body);
      return { success: true, message, apiKey: key, oldKeyExpiresAt };
    });
    app.post('/secrets/anon-key/rotate', async (req) => {
      const { key, oldKeyExpiresAt } = await auth.rotateKey(req.call, 'anonKey', req.body);
      return { success: true, message, anonKey: key, oldKeyExpiresAt };
    });
  };
