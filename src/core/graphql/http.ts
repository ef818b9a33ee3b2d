import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Call } from '../call.ts';
import { appError } from '../errors.ts';
import type { Bus } from '../events.ts';
import { translate } from '../http/errors.ts';
import { maxDocumentBytes } from './limits.ts';
import { toGraphQLError } from './mask-error.ts';
import { proofEnd } from './stream-end.ts';
import type { Yoga } from './yoga.ts';

/**
 * Mounts the pipeline at /graphql: GET (GraphiQL and queries), POST, SSE. Only JSON bodies are read: a page of another
 * origin cannot send one without a preflight, which is the protection against cross-site request forgery.
 */
export const graphqlHttp =
  ({ yoga, bus }: { yoga: Yoga; bus: Bus }) =>
  async (app: FastifyInstance): Promise<void> => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser(/^application\/(graphql-response\+)?json/i, { parseAs: 'string' }, (_req, body, done) =>
      done(null, body),
    );
    app.addContentTypeParser('*', (_req, _payload, done) => done(unsupported()));

    // A stopping server waits for answers, but streams would never end by themselves.
    const stopping = new AbortController();
    app.addHook('preClose', async () => stopping.abort());

    const handle = async (req: FastifyRequest, reply: FastifyReply) => {
      const end = mayStream(req.headers.accept) ? streamEnd(req.call, bus, stopping.signal) : null;
      if (end) reply.raw.once('close', end.stop);
      const signal = end ? AbortSignal.any([req.call.signal, end.signal]) : req.call.signal;
      const request = new yoga.fetchAPI.Request(`http://localhost${req.url}`, {
        method: req.method,
        headers: req.headers as Record<string, string>,
        ...(typeof req.body === 'string' ? { body: req.body } : {}),
        signal,
      });
      const response = await yoga.handle(request, { call: { ...req.call, signal } });
      if (isStream(response.headers.get('content-type'))) end?.apply();
      reply.status(response.status);
      response.headers.forEach((value, name) => {
        reply.header(name, value);
      });
      // A whole answer leaves in one write; through a stream it would take three, and cost as much as the query.
      const isWhole = response.headers.get('content-type')?.includes('json');
      return reply.send(isWhole ? await response.text() : (response.body ?? ''));
    };
    app.setErrorHandler((thrown: FastifyError | Error, req, reply) => {
      const error = translate(thrown, req);
      if (error.status >= 500) req.log.error({ operation: 'graphql', err: error.cause ?? error }, 'fault');
      void reply.status(error.status).send({ errors: [toGraphQLError(error)] });
    });
    app.route({ url: '/graphql', method: ['GET', 'POST'], bodyLimit: maxDocumentBytes, handler: handle });
    app.route({
      url: '/graphql',
      method: ['PUT', 'PATCH', 'DELETE'],
      handler: (_req, reply) => {
        reply.header('Allow', 'GET, POST');
        throw wrongMethod();
      },
    });
  };

/** Whoever takes more than plain JSON may be sent a stream. */
const mayStream = (accept = '*/*'): boolean =>
  accept.split(',').some((type) => !/^\s*application\/(graphql-response\+)?json\s*(;|$)/i.test(type));

const isStream = (contentType: string | null): boolean =>
  contentType !== null && /^(text\/event-stream|multipart\/mixed)/i.test(contentType);

/**
 * An event stream lives until its proof ends or the server stops; that counts from `apply` on. A plain answer is over
 * long before, and may be the very one that ends the proof, as signing out does.
 */
function streamEnd(call: Call, bus: Bus, stopping: AbortSignal) {
  const proof = proofEnd(call, bus);
  const end = AbortSignal.any([proof.signal, stopping]);
  const applied = new AbortController();
  const apply = () => {
    if (end.aborted) applied.abort(end.reason);
    else end.addEventListener('abort', () => applied.abort(end.reason), { once: true });
  };
  return { signal: applied.signal, stop: proof.stop, apply };
}

const wrongMethod = () =>
  appError({
    code: 'METHOD_NOT_ALLOWED',
    status: 405,
    message: 'GraphQL requests are GET or POST',
    nextActions: 'Send the request by POST.',
  });

const unsupported = () =>
  appError({
    code: 'UNSUPPORTED_MEDIA_TYPE',
    status: 415,
    message: 'GraphQL requests are sent as JSON',
    nextActions: 'Set Content-Type: application/json.',
  });
