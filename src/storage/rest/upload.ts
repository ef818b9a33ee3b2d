import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Call } from '../../core/call.ts';
import type { Storage } from '../service.ts';
import { openForm } from './form.ts';
import { bucketOf, objectOf } from './paths.ts';
import { type BaseUrl, storedFile } from './respond.ts';

/** Uploads. Bodies stream: nothing here parses them before the room reads them. */
export const uploadRoutes =
  ({ storage, baseUrl }: { storage: Storage; baseUrl: BaseUrl }) =>
  async (app: FastifyInstance) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_req, _payload, done) => done(null));

    const store = (call: Call, req: FastifyRequest, object: { bucket: string; key: string | null }) => {
      const rest = { open: () => openForm(req), cacheControl: cacheControlOf(req), announcedBytes: announced(req) };
      return storage.uploadFile(call, { ...object, ...rest });
    };
    /** The body is the file itself, or a form as always; the URL says on whose behalf. */
    const storeSigned = (req: FastifyRequest, object: { bucket: string; key: string }, token: string) => {
      const { viewer = null, contentType } = storage.checkSignedUrl(token, { method: 'PUT', ...object });
      const call: Call = { ...req.call, viewer, credentialError: null };
      const type = req.headers['content-type'] ?? null;
      if (type?.startsWith('multipart/form-data')) return store(call, req, object);
      const open = async () => ({ fileName: '', declaredType: contentType ?? type, body: req.raw });
      return storage.uploadFile(call, { ...object, open, announcedBytes: announced(req) });
    };

    app.put('/buckets/:bucket/objects/*', async (req) => {
      const object = objectOf(req);
      const { token } = req.query as { token?: string };
      const info = await (token === undefined ? store(req.call, req, object) : storeSigned(req, object, token));
      return storedFile(info, baseUrl(req));
    });
    app.put('/buckets/:bucket/objects', (req) => store(req.call, req, { bucket: bucketOf(req), key: '' }));
    app.post('/buckets/:bucket/objects', async (req, reply) => {
      const info = await store(req.call, req, { bucket: bucketOf(req), key: null });
      return reply.status(201).send(storedFile(info, baseUrl(req)));
    });
  };

/** Bytes of the whole body; null when it comes in chunks. */
function announced(req: FastifyRequest): number | null {
  const header = req.headers['content-length'];
  return header === undefined ? null : Number(header);
}

/** `?cacheControl=`: what public downloads of the file answer with. */
function cacheControlOf(req: FastifyRequest): string | undefined {
  const { cacheControl } = req.query as { cacheControl?: string };
  return typeof cacheControl === 'string' && /^[\x20-\x7e]{1,200}$/.test(cacheControl) ? cacheControl : undefined;
}
