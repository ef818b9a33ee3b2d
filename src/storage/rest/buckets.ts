import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Storage } from '../service.ts';
import { read } from './parse.ts';
import { bucketOf } from './paths.ts';

const limits = {
  fileSizeLimit: z.number().int().min(1).nullish(),
  allowedMimeTypes: z
    .array(z.string().regex(/^[\w.+*-]+\/[\w.+*-]+$/, 'must be a type such as image/png or image/*'))
    .max(100)
    .optional(),
};
const newBucket = z.object({ bucketName: z.string().min(1), isPublic: z.boolean().default(true), ...limits });
const visibility = z.object({ isPublic: z.boolean(), ...limits });
const publicNote = 'Anyone can read its files; PATCH isPublic to false to change that.';

/** Buckets, for admins. */
export const bucketRoutes = (storage: Storage) => async (app: FastifyInstance) => {
  app.get('/buckets', async (req) => {
    const buckets = await storage.listBuckets(req.call);
    return buckets.map((bucket) => ({ name: bucket.name, public: bucket.isPublic, createdAt: bucket.createdAt }));
  });

  app.post('/buckets', async (req, reply) => {
    const {
      bucketName: name,
      isPublic,
      fileSizeLimit: fileSizeLimitBytes,
      allowedMimeTypes,
    } = read(newBucket, req.body);
    await storage.createBucket(req.call, { name, isPublic, fileSizeLimitBytes, allowedMimeTypes });
    return reply.status(201).send({
      message: 'Bucket created successfully',
      bucketName: name,
      isPublic,
      nextActions: `Upload files with PUT /api/storage/buckets/${name}/objects/:key.${isPublic ? ` ${publicNote}` : ''}`,
    });
  });

  app.patch('/buckets/:bucket', async (req) => {
    const { isPublic, fileSizeLimit: fileSizeLimitBytes, allowedMimeTypes } = read(visibility, req.body);
    const bucket = bucketOf(req);
    await storage.updateBucket(req.call, { name: bucket, isPublic, fileSizeLimitBytes, allowedMimeTypes });
    const nextActions = isPublic ? publicNote : 'Its files now need a credential or a signed URL.';
    return { message: 'Bucket visibility updated', bucket, isPublic, nextActions };
  });

  app.delete('/buckets/:bucket', async (req) => {
    await storage.deleteBucket(req.call, bucketOf(req));
    return { message: 'Bucket deleted successfully', nextActions: 'Its files are gone with it.' };
  });
};
