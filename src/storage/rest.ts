import type { FastifyInstance, FastifyRequest } from 'fastify';
import { adminRoutes } from './rest/admin.ts';
import { bucketRoutes } from './rest/buckets.ts';
import { objectRoutes } from './rest/objects.ts';
import { resumableRoutes } from './rest/resumable.ts';
import { uploadRoutes } from './rest/upload.ts';
import type { Storage } from './service.ts';

export interface StorageRestParts {
  storage: Storage;
  /** Null: as the request came. */
  publicUrl: string | null;
  now: () => Date;
}

/** Mounted at /api/storage. Uploads are a scope of their own, since their bodies must not be parsed. */
export const storageRest = (parts: StorageRestParts) => async (app: FastifyInstance) => {
  const { storage, publicUrl, now } = parts;
  const baseUrl = (req: FastifyRequest) => publicUrl ?? `${req.protocol}://${req.host}`;
  await app.register(bucketRoutes(storage));
  await app.register(objectRoutes({ storage, baseUrl, now }));
  await app.register(adminRoutes(storage));
  await app.register(uploadRoutes({ storage, baseUrl }));
  await app.register(resumableRoutes({ storage, baseUrl }));
};
