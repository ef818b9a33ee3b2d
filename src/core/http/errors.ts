import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, appError, invalidInput, masked, payloadTooLarge } from '../errors.ts';
import type { Window } from '../rate-limit.ts';

/** The REST envelope. `nextAction` repeats `nextActions`, because one of the clients reads only the singular. */
export function envelope(error: AppError) {
  const { code, message, status, nextActions } = error;
  return { error: code, message, statusCode: status, ...(nextActions ? { nextActions, nextAction: nextActions } : {}) };
}

/** The one edge handler of the REST faces. A fault is masked, and logged here once with its stack. */
export function renderError(thrown: FastifyError | Error, req: FastifyRequest, reply: FastifyReply): void {
  const error = translate(thrown, req);
  if (error.status >= 500) req.log.error({ operation: 'http', err: error.cause ?? error, url: req.url }, 'fault');
  reply.headers(limitHeaders(error));
  if (error.status === 401) reply.header('WWW-Authenticate', 'Bearer');
  void reply.status(error.status).send(envelope(error));
}

/** Retry-After and the RateLimit headers (draft-ietf-httpapi-ratelimit-headers-06) of a refusal for being too frequent. */
function limitHeaders({ details }: AppError): Record<string, string> {
  const wait = details?.retryAfterSeconds;
  if (typeof wait !== 'number') return {};
  const window = details?.rateLimit as Window | undefined;
  if (!window) return { 'Retry-After': String(wait) };
  return {
    'Retry-After': String(wait),
    'RateLimit-Policy': `${window.points};w=${window.durationSeconds}`,
    'RateLimit-Limit': String(window.points),
    'RateLimit-Remaining': '0',
    'RateLimit-Reset': String(wait),
  };
}

/** What the caller is told: our own refusals as they are, the server's as theirs, everything else masked. */
export function translate(thrown: FastifyError | Error, req: FastifyRequest): AppError {
  if (thrown instanceof AppError) return thrown;
  const code = 'code' in thrown ? thrown.code : undefined;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return payloadTooLarge(req.routeOptions.bodyLimit ?? 0);
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return unsupportedMedia(req.headers['content-type'] ?? '');
  if ('statusCode' in thrown && thrown.statusCode !== undefined && thrown.statusCode < 500)
    return invalidInput(thrown.message);
  return masked(thrown);
}

const unsupportedMedia = (type: string) =>
  appError({
    code: 'INVALID_INPUT',
    status: 415,
    message: `Bodies of type ${type} are not read here`,
    nextActions: 'Send JSON.',
  });

/** JSON, like every other answer: clients parse it. */
export function unknownRoute(req: FastifyRequest, reply: FastifyReply): void {
  const error = appError({
    code: 'NOT_FOUND',
    status: 404,
    message: `Endpoint ${req.url.split('?')[0]} not found`,
    nextActions: 'Check the path and the method.',
  });
  void reply.status(404).send(envelope(error));
}
