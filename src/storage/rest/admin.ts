import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { keyWindow } from '../keys.ts';
import type { Storage } from '../service.ts';
import { read } from './parse.ts';

const settings = z.object({ maxFileSizeMb: z.number().int().min(1).max(200) });
const newKey = z.object({
  description: z.string().max(200).nullish(),
  buckets: z.array(z.string().min(1)).min(1).max(100).nullish(),
  isReadOnly: z.boolean().optional(),
  expiresAt: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .nullish(),
});

/** Settings and S3 access keys; for admins. */
export const adminRoutes = (storage: Storage) => async (app: FastifyInstance) => {
  app.get('/config', (req) => storage.getSettings(req.call));
  app.put('/config', (req) => storage.updateSettings(req.call, read(settings, req.body)));
  app.get('/s3/config', (req) => storage.s3Config(req.call));

  const { points, durationSeconds } = keyWindow;
  const sayLimit = async (_req: FastifyRequest, reply: FastifyReply) => {
    reply.headers({ 'RateLimit-Limit': points, 'RateLimit-Policy': `${points};w=${durationSeconds}` });
  };
  app.get('/s3/access-keys', { onRequest: sayLimit }, (req) => storage.listAccessKeys(req.call));
  app.post('/s3/access-keys', { onRequest: sayLimit }, async (req, reply) => {
    const key = await storage.createAccessKey(req.call, read(newKey, req.body));
    return reply.status(201).send(key);
  });
  app.delete<{ Params: { id: string } }>('/s3/access-keys/:id', { onRequest: sayLimit }, async (req, reply) => {
    await storage.revokeAccessKey(req.call, req.params.id);
    return reply.status(204).send();
  });
};
