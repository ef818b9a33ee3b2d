import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { appError } from '../errors.ts';
import type { Bus } from '../events.ts';
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
      // An event stream lives until its proof ends; a plain answer is over long before.
      const isStream = /text\/event-stream|multipart\/mixed/i.test(req.headers.accept ?? '');
      const proof = isStream ? proofEnd(req.call, bus) : null;
      if (proof) reply.raw.once('close', proof.stop);
      const signal = proof ? AbortSignal.any([req.call.signal, proof.signal, stopping.signal]) : req.call.signal;
      const request = new yoga.fetchAPI.Request(`http://localhost${req.url}`, {
        method: req.method,
        headers: req.headers as Record<string, string>,
        ...(typeof req.body === 'string' ? { body: req.body } : {}),
        signal,
      });
      const response = await yoga.handle(request, { call: { ...req.call, signal } });
      reply.status(response.status);
      response.headers.forEach((value, name) => {
        reply.header(name, value);
      });
      return reply.send(response.body ?? '');
    };
    app.route({ url: '/graphql', method: ['GET', 'POST'], handler: handle });
  };

const unsupported = () =>
  appError({
    code: 'UNSUPPORTED_MEDIA_TYPE',
    status: 415,
    message: 'GraphQL requests are sent as JSON',
    nextActions: 'Set Content-Type: application/json.',
  });
