import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { requireViewer } from '../../core/call.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import { renderError } from '../../core/http/errors.ts';
import { invalidBody, isPgrst, pgrst, pgrstBody } from '../rows/errors.ts';
import type { RowsRequest, RowsResponse } from '../rows/request.ts';
import { headerName } from '../rows/respond/header.ts';
import type { Rows } from '../rows/rows.ts';
import { checkIdentifier } from '../rules.ts';

export interface RecordsFace {
  rows: Rows;
  /** What a write without a representation answers: `[]`, as InsForge does, or nothing, as PostgREST does. */
  emptyCreatedBody: 'array' | 'empty';
}

const methods = ['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE'];

/** Mounted at /api/database: `/records/*` and `/rpc/*` (contract/database.md §3). */
export const recordsRest =
  ({ rows, emptyCreatedBody }: RecordsFace) =>
  async (app: FastifyInstance): Promise<void> => {
    app.removeAllContentTypeParsers();
    // Bodies reach Postgres as they came, whatever their type.
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_req, body, done) => done(null, body));
    app.setErrorHandler(renderRowsError);

    const answer = (kind: 'relation' | 'function') => async (req: FastifyRequest, reply: FastifyReply) => {
      requireViewer(req.call);
      const { name } = req.params as { name: string };
      checkIdentifier(name, kind === 'relation' ? 'table' : 'function');
      const request = toRequest(req, { kind, name });
      const response = await rows.handle(req.call, request);
      return send(reply, response, { kind, emptyCreatedBody, isHead: req.method === 'HEAD' });
    };
    app.route({ method: methods, url: '/records/:name', handler: answer('relation') });
    app.route({ method: methods, url: '/rpc/:name', handler: answer('function') });
    for (const url of ['/records/:name/*', '/rpc/:name/*']) {
      app.route({
        method: methods,
        url,
        handler: async (req) => {
          requireViewer(req.call);
          throw pgrst({ status: 404, code: 'PGRST125', message: 'Invalid path specified in request URL' });
        },
      });
    }
  };

function toRequest(req: FastifyRequest, target: RowsRequest['target']): RowsRequest {
  const at = req.raw.url?.indexOf('?') ?? -1;
  const raw = at < 0 ? '' : (req.raw.url ?? '').slice(at + 1);
  const { schema, query } = takeSchema(raw);
  return {
    method: req.method,
    target,
    schema,
    query,
    headers: repeatedHeaders(req),
    body: Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0),
  };
}

/** Takes `schema=` out of the query. Errors: INVALID_INPUT (blank or repeated). */
function takeSchema(raw: string): { schema: string | null; query: string } {
  if (!raw.includes('schema')) return { schema: null, query: raw };
  const pieces = raw.split('&');
  const isSchema = (piece: string) => new URLSearchParams(piece).has('schema');
  const found = pieces.filter(isSchema);
  if (found.length === 0) return { schema: null, query: raw };
  const schema = new URLSearchParams(found[0]).get('schema')?.trim() ?? '';
  if (found.length > 1 || schema === '') {
    throw invalidInput('schema: must be one schema name', 'Send ?schema=name once, or a profile header.');
  }
  return { schema, query: pieces.filter((piece) => !isSchema(piece)).join('&') };
}

/** Node joins repeated headers; the profile headers must be seen as they were sent. */
function repeatedHeaders({ headers, raw }: FastifyRequest): RowsRequest['headers'] {
  if (!headers['accept-profile'] && !headers['content-profile']) return headers;
  const sent = (name: string) => {
    const isIt = (at: number) => at % 2 === 0 && raw.rawHeaders[at]?.toLowerCase() === name;
    const values = raw.rawHeaders.flatMap((_, at) => (isIt(at) ? [raw.rawHeaders[at + 1] ?? ''] : []));
    return values.length > 0 ? values : undefined;
  };
  return { ...headers, 'accept-profile': sent('accept-profile'), 'content-profile': sent('content-profile') };
}

/** Headers that SQL may not set: they belong to the connection or to the edge. */
const reserved = /^(?:content-length|transfer-encoding|connection|content-encoding|access-control-.*)$/;

function send(
  reply: FastifyReply,
  response: RowsResponse,
  face: { kind: 'relation' | 'function'; emptyCreatedBody: RecordsFace['emptyCreatedBody']; isHead: boolean },
): FastifyReply {
  for (const [name, value] of Object.entries(response.headers)) if (!reserved.test(name)) reply.header(name, value);
  reply.status(response.status);
  if (response.status === 204 || response.status === 304) return reply.removeHeader('content-type').send();
  if (face.isHead) return reply.send();
  if (response.body !== null && response.body !== '') return reply.send(response.body);
  if (face.kind === 'function' && response.body !== null) return reply.send(response.body);
  if (face.kind === 'function') return reply.type('application/json; charset=utf-8').send('null');
  if (face.emptyCreatedBody === 'empty') return reply.send();
  return reply.type('application/json; charset=utf-8').send('[]');
}

/** What was decided by the query layer has PostgREST's body; what the gate refused has the REST envelope. */
function renderRowsError(thrown: FastifyError | Error, req: FastifyRequest, reply: FastifyReply): void {
  if (req.call?.signal.aborted) {
    void reply.status(499).send();
    return;
  }
  if ('code' in thrown && thrown.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    renderRowsError(invalidBody(`Content-Type not acceptable: ${req.headers['content-type'] ?? ''}`), req, reply);
    return;
  }
  const isKnown = thrown instanceof AppError || ('statusCode' in thrown && Number(thrown.statusCode) < 500);
  if (isKnown && !isPgrst(thrown)) {
    renderError(thrown, req, reply);
    return;
  }
  const error = isPgrst(thrown) ? thrown : pgrst({ status: 500, code: 'PGRSTX00', message: 'Internal server error' });
  if (error.status >= 500) {
    req.log.error({ operation: 'database.rows', err: error.cause ?? thrown, code: error.code }, 'fault');
  }
  const { body, headers } = pgrstBody(error);
  for (const [name, value] of Object.entries(headers)) if (!reserved.test(name)) reply.header(name, value);
  if (error.status === 401) reply.header('www-authenticate', 'Bearer');
  reply.header('proxy-status', `PostgREST; error=${headerName(error.code)}`);
  void reply.status(error.status).type('application/json; charset=utf-8').send(JSON.stringify(body));
}
