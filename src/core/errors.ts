/**
 * The one catalogue of errors that a caller may see. `message` and `nextActions` are written for the caller;
 * `cause` is for the log and never leaves the process. Anything thrown that is not an AppError is a fault:
 * it is masked as INTERNAL_ERROR and logged once, at the edge.
 */
export class AppError extends Error {
  readonly code: string;
  /** HTTP status, the same on every face. */
  readonly status: number;
  /** What the caller can do about it; one or two sentences. */
  readonly nextActions: string | undefined;
  /** Machine-readable extras, safe to show. PostgREST's `details` and `hint` travel here. */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(init: ErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = 'AppError';
    this.code = init.code;
    this.status = init.status;
    this.nextActions = init.nextActions;
    this.details = init.details;
  }
}

interface ErrorInit {
  code: string;
  status: number;
  message: string;
  nextActions?: string | undefined;
  details?: Readonly<Record<string, unknown>> | undefined;
  cause?: unknown;
}

/** The stable wire codes; contract/auth.md §1.4 is the full list, a code is added here when a verb first needs it. */
export type ErrorCode = ErrorInit['code'];

/** Makes an error whose code needs no maker of its own. */
export const appError = (init: ErrorInit): AppError => new AppError(init);

/** 400. `message` is `path: text` items joined by `, `. */
export const invalidInput = (message: string, nextActions?: string): AppError =>
  new AppError({ code: 'INVALID_INPUT', status: 400, message, nextActions });

/** 401: the request carried no credential at all. */
export const unauthenticated = (): AppError =>
  new AppError({
    code: 'AUTH_INVALID_CREDENTIALS',
    status: 401,
    message: 'No token provided',
    nextActions: 'Send an access token, the anon key or an API key in the Authorization header.',
  });

/** 401: a token that is malformed, expired, revoked or of the wrong kind. Clients refresh on exactly this code. */
export const invalidToken = (cause?: unknown): AppError =>
  new AppError({
    code: 'AUTH_UNAUTHORIZED',
    status: 401,
    message: 'Invalid or expired token',
    nextActions: 'Refresh the session or sign in again.',
    cause,
  });

/** 403: known, but not allowed. */
export const wrongRole = (message = 'This needs an admin'): AppError =>
  new AppError({
    code: 'AUTH_UNAUTHORIZED',
    status: 403,
    message,
    nextActions: 'Use an API key or sign in as an admin.',
  });

export const forbidden = (message: string, nextActions?: string): AppError =>
  new AppError({ code: 'FORBIDDEN', status: 403, message, nextActions });

/** 404 with the room's own code when it has one (`AUTH_USER_NOT_FOUND`, `DATABASE_NOT_FOUND`). */
export const notFound = (kind: string, name: string, code = 'NOT_FOUND'): AppError =>
  new AppError({ code, status: 404, message: `${kind} ${name} not found`, nextActions: `Check the ${kind}'s name.` });

export const conflict = (message: string, code = 'ALREADY_EXISTS', nextActions?: string): AppError =>
  new AppError({ code, status: 409, message, nextActions });

export const payloadTooLarge = (limitBytes: number): AppError =>
  new AppError({
    code: 'INVALID_INPUT',
    status: 413,
    message: `Request body is larger than ${limitBytes} bytes`,
    nextActions: 'Send less at once.',
  });

/** 429. `retryAfterSeconds` becomes the Retry-After header, `window` the RateLimit headers. */
export const tooManyRequests = (
  retryAfterSeconds: number,
  message = 'Too many requests',
  window?: { points: number; durationSeconds: number },
): AppError =>
  new AppError({
    code: 'TOO_MANY_REQUESTS',
    status: 429,
    message,
    nextActions: `Try again in ${retryAfterSeconds} s.`,
    details: { retryAfterSeconds, ...(window ? { rateLimit: window } : {}) },
  });

export const upstreamFailure = (message: string, cause?: unknown): AppError =>
  new AppError({ code: 'UPSTREAM_FAILURE', status: 502, message, nextActions: 'Try again later.', cause });

export const unavailable = (message: string, nextActions?: string): AppError =>
  new AppError({ code: 'UNAVAILABLE', status: 503, message, nextActions });

/** What a fault looks like from outside. */
export const masked = (cause: unknown): AppError =>
  new AppError({ code: 'INTERNAL_ERROR', status: 500, message: 'Internal server error', cause });

/** Throws when a state that our own code excludes has come about. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant: ${message}`);
}
