import type { Readable } from 'node:stream';
import { DataStore, MemoryLocker, Server, Upload } from '@tus/server';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Call } from '../../core/call.ts';
import { AppError, masked } from '../../core/errors.ts';
import { envelope } from '../../core/http/errors.ts';
import { invalidParameter } from '../names.ts';
import type { Resumable } from '../resumable.ts';
import type { Storage } from '../service.ts';
import type { BaseUrl } from './respond.ts';

const path = '/api/storage/upload/resumable';
type Metadata = Record<string, string | null> | undefined;

/** Resumable uploads by the tus protocol 1.0. https://tus.io/protocols/resumable-upload */
export const resumableRoutes =
  ({ storage, baseUrl }: { storage: Storage; baseUrl: BaseUrl }) =>
  async (app: FastifyInstance) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_req, _payload, done) => done(null));
    const locker = new MemoryLocker();

    const handler = async (req: FastifyRequest, reply: { hijack(): void; raw: import('node:http').ServerResponse }) => {
      reply.hijack();
      const base = baseUrl(req);
      // A server a request, so that its store acts for this caller alone; the locks are shared.
      const server = new Server({
        path,
        locker,
        datastore: storeFor(storage, req.call),
        generateUrl: (_request, { id }) => `${base}${path}/${id}`,
        onResponseError: (_request, thrown) => answerOf(req, thrown),
      });
      await server.handle(req.raw, reply.raw);
    };
    for (const url of ['/upload/resumable', '/upload/resumable/:id'])
      app.route({ method: ['POST', 'PATCH', 'HEAD', 'DELETE'], url, handler });
  };

function storeFor(storage: Storage, call: Call): DataStore {
  const store = new DataStore();
  store.extensions = ['creation', 'creation-with-upload', 'termination'];
  return Object.assign(store, {
    create: async (upload: Upload) => {
      const { sizeBytes, contentType, cacheControl, ...object } = targetOf(upload);
      const { id } = await storage.beginUpload(call, { ...object, sizeBytes, contentType, cacheControl });
      upload.id = id;
      return upload;
    },
    write: (body: Readable, id: string, offset: number) => storage.appendUpload(call, id, body, offset),
    getUpload: async (id: string) => toTus(await storage.findResumable(call, id)),
    remove: (id: string) => storage.dropUpload(call, id),
  });
}

function targetOf({ metadata, size }: { metadata?: Metadata; size?: number | undefined }) {
  const named = (...names: string[]) => names.map((name) => metadata?.[name]).find((value) => value) ?? null;
  const bucket = named('bucket', 'bucketName');
  const key = named('key', 'objectName', 'filename');
  if (!bucket || !key)
    throw invalidParameter('Upload-Metadata must name bucket and key', 'Add bucket and key, base64-encoded.');
  if (size === undefined || !Number.isSafeInteger(size) || size < 0)
    throw invalidParameter('Upload-Length must be a size in bytes');
  return {
    bucket,
    key,
    sizeBytes: size,
    contentType: named('contentType', 'filetype'),
    cacheControl: named('cacheControl'),
  };
}

const toTus = ({ id, sizeBytes, offsetBytes, initiatedAt, bucket, key }: Resumable): Upload =>
  new Upload({
    id,
    size: sizeBytes,
    offset: offsetBytes,
    metadata: { bucket, key },
    creation_date: initiatedAt.toISOString(),
  });

/** The one envelope of this API, also for what the protocol itself refuses. */
function answerOf(req: FastifyRequest, thrown: Error | { status_code: number; body: string }) {
  if ('status_code' in thrown) return undefined;
  const error = thrown instanceof AppError ? thrown : masked(thrown);
  if (error.status >= 500) req.log.error({ operation: 'http', err: error.cause ?? error, url: req.url }, 'fault');
  return { status_code: error.status, body: JSON.stringify(envelope(error)) };
}
