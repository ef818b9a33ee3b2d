import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { appError } from '../../core/errors.ts';
import type { Storage } from '../service.ts';
import { objectUrl } from '../urls.ts';
import { countOf, read, renditionOf, secondsOf } from './parse.ts';
import { bucketOf, objectOf, rawPath } from './paths.ts';
import { type BaseUrl, sendObject, storedFile } from './respond.ts';

type Query = Record<string, string | undefined>;
const keys = z.object({ keys: z.array(z.string().min(1)).min(1).max(1000) });
const strategy = z.object({
  filename: z.string().min(1),
  contentType: z.string().optional(),
  size: z.number().min(0).optional(),
});
const confirmation = z.object({ size: z.number(), contentType: z.string().optional(), etag: z.string().optional() });
const movement = z.object({
  from: z.string().min(1),
  to: z.string().min(1),
  toBucket: z.string().min(1).optional(),
});

interface Parts {
  storage: Storage;
  baseUrl: BaseUrl;
  now: () => Date;
}

/** Objects: lists, downloads, strategies, deletes. Bodies are JSON; uploads are in upload.ts. */
export const objectRoutes = (parts: Parts) => async (app: FastifyInstance) => {
  const { storage, baseUrl } = parts;
  app.route({
    method: ['GET', 'HEAD'],
    url: '/buckets/:bucket/objects/*',
    handler: (req, reply) => download(parts, req, reply),
  });
  app.get<{ Querystring: Query }>('/buckets/:bucket/objects', (req) => list(parts, req));
  app.delete('/buckets/:bucket/objects/*', async (req) => {
    await storage.deleteFile(req.call, objectOf(req));
    return { message: 'Object deleted successfully' };
  });
  app.delete('/buckets/:bucket/objects', async (req) => {
    const results = await storage.deleteFiles(req.call, { bucket: bucketOf(req), ...read(keys, req.body) });
    return { results };
  });

  app.post('/buckets/:bucket/upload-strategy', async (req) => {
    const { filename: key, contentType = null, size: sizeBytes = null } = read(strategy, req.body);
    const bucket = bucketOf(req);
    const plan = await storage.planUpload(req.call, { bucket, key, contentType, sizeBytes });
    const url = objectUrl({ bucket, key }, '');
    if (plan.method === 'direct')
      return { method: 'direct', uploadUrl: baseUrl(req) + url, key, confirmRequired: false };
    const { form, expiresAt } = plan;
    const confirmUrl = `${url}/confirm-upload`;
    return {
      method: 'presigned',
      uploadUrl: form.url,
      fields: form.fields,
      key,
      confirmRequired: true,
      confirmUrl,
      expiresAt,
    };
  });

  app.post<{ Body: { expiresIn?: unknown } | undefined }>('/buckets/:bucket/objects/*', async (req, reply) => {
    const path = rawPath(req);
    const ending = ['/confirm-upload', '/download-strategy'].find((tail) => path.toLowerCase().endsWith(tail));
    if (ending === undefined) throw noSuchEndpoint(path);
    const object = objectOf(req, ending);
    if (ending === '/download-strategy') return planDownload(parts, req, reply, object, req.body?.expiresIn);
    read(confirmation, req.body);
    return storedFile(await storage.confirmUpload(req.call, object), baseUrl(req));
  });
  app.get<{ Querystring: Query }>('/buckets/:bucket/download-strategy/objects/*', (req, reply) =>
    planDownload(parts, req, reply, objectOf(req), req.query.expiresIn),
  );

  for (const verb of ['copy', 'move'] as const)
    app.post(`/buckets/:bucket/${verb}`, async (req) => {
      const { from, to, toBucket } = read(movement, req.body);
      const bucket = bucketOf(req);
      const input = { from: { bucket, key: from }, to: { bucket: toBucket ?? bucket, key: to } };
      const info = await (verb === 'copy' ? storage.copyFile(req.call, input) : storage.moveFile(req.call, input));
      return storedFile(info, baseUrl(req));
    });
};

async function download({ storage, now }: Parts, req: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const object = objectOf(req);
  const { token, download: wanted } = req.query as Query;
  const signed = token === undefined ? null : await storage.openSigned(token, object);
  const file = signed?.file ?? (await storage.openFile(req.call, object));
  const name = signed ? signed.download : wanted;
  const rendition = renditionOf(req.query as Query);
  if (rendition)
    return sendObject(req, reply, await storage.openRendition(file, rendition), { download: name, now: now() });
  const url = await storage.redirectTo(file, name);
  if (url !== null) return reply.header('Cache-Control', 'no-store').redirect(url, 302);
  return sendObject(req, reply, file, { download: name, now: now() });
}

async function list({ storage, baseUrl }: Parts, req: FastifyRequest<{ Querystring: Query }>) {
  const { prefix = '', search = '', limit: wanted, offset: skip } = req.query;
  const limit = countOf(wanted, 100, 1, 1000);
  const offset = countOf(skip, 0, 0, Number.MAX_SAFE_INTEGER);
  const { files, total } = await storage.listFiles(req.call, {
    bucket: bucketOf(req),
    prefix,
    search: search.trim(),
    limit,
    offset,
  });
  const data = files.map((file) => storedFile(file, baseUrl(req)));
  const nextActions =
    offset + files.length < total
      ? `Ask again with offset=${offset + files.length} for more.`
      : 'These are all of them.';
  return { data, pagination: { offset, limit, total }, nextActions };
}

async function planDownload(
  { storage, baseUrl }: Parts,
  req: FastifyRequest,
  reply: FastifyReply,
  object: { bucket: string; key: string },
  expiresIn: unknown,
) {
  const { download: name } = req.query as Query;
  const plan = await storage.planDownload(req.call, {
    ...object,
    expiresInSeconds: secondsOf(expiresIn),
    download: name,
  });
  reply.header('Cache-Control', 'no-store');
  if (plan.method === 'presigned') return { method: 'presigned', url: plan.url, expiresAt: plan.expiresAt };
  const base = baseUrl(req);
  if (plan.method === 'direct') return { method: 'direct', url: storedFile(plan.object, base).url };
  return { method: 'presigned', url: objectUrl(object, base, { token: plan.token }), expiresAt: plan.expiresAt };
}

const noSuchEndpoint = (path: string) =>
  appError({
    code: 'NOT_FOUND',
    status: 404,
    message: `Endpoint ${path} not found`,
    nextActions: 'Upload with PUT to this path, or POST to …/confirm-upload or …/download-strategy.',
  });
