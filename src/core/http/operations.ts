import type { FastifyInstance } from 'fastify';
import type { JWK } from 'jose';

/** The version whose wire we keep; clients of it compare this, not ours. */
export const compatibleVersion = '2.3.1';

/** What machines ask of the server itself; no credential, no Call. */
export const operations =
  (app: {
    health: () => { status: 'ok'; timestamp: Date };
    jwks: () => { keys: JWK[] };
    isReady: () => Promise<boolean>;
  }) =>
  async (server: FastifyInstance): Promise<void> => {
    server.get('/api/health', () => ({ ...app.health(), version: compatibleVersion, service: 'Pleiad' }));
    server.get('/healthz', () => ({ status: 'ok' }));
    server.get('/readyz', async (_req, reply) => {
      const isReady = await app.isReady();
      return reply.status(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'unavailable' });
    });
    for (const path of ['/.well-known/jwks.json', '/api/.well-known/jwks.json']) server.get(path, () => app.jwks());
  };
