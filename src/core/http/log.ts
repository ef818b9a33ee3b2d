import type { FastifyInstance } from 'fastify';

/** One line per finished request, without its query (which may hold filters and tokens) and without bodies. */
export function logRequests(server: FastifyInstance): void {
  server.addHook('onResponse', async (req, reply) => {
    const path = req.url.split('?')[0];
    const durationMs = Math.round(reply.elapsedTime * 10) / 10;
    req.log.info({ operation: 'http', method: req.method, path, status: reply.statusCode, durationMs });
  });
}
