import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { AppError, masked } from '../errors.ts';

/** GraphQL's own refusals (syntax, validation, variables) carry no code; this is the one they get. */
const requestCode = 'BAD_REQUEST';

/** An AppError as GraphQL shows it: the same code, status and next actions as on REST. */
export function toGraphQLError(error: AppError, at?: GraphQLError): GraphQLError {
  const { code, status, nextActions, details } = error;
  const extensions = { ...details, code, status, ...(nextActions ? { nextActions } : {}) };
  return new GraphQLError(error.message, { ...placeOf(at), originalError: error, extensions });
}

/** What a caller may see of an error. A fault is logged here, once, with its stack, and shown as INTERNAL_ERROR. */
export function maskGraphQLError(error: unknown, log: Logger): Error {
  const located = error instanceof GraphQLError ? error : undefined;
  const cause = rootCause(error);
  if (cause instanceof AppError) return toGraphQLError(cause, located);
  if (cause instanceof GraphQLError) return withRequestCode(cause);
  if (!isAbort(cause)) log.error({ operation: 'graphql', err: cause, path: located?.path }, 'fault');
  return toGraphQLError(masked(cause), located);
}

function rootCause(error: unknown): unknown {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  return cause;
}

function withRequestCode(error: GraphQLError): GraphQLError {
  if (error.extensions.code) return error;
  const extensions = { ...error.extensions, code: requestCode, status: 400 };
  return new GraphQLError(error.message, { ...placeOf(error), extensions });
}

const isAbort = (cause: unknown) => cause instanceof Error && cause.name === 'AbortError';

/** Where in the document an error belongs, for the copy that is shown. */
const placeOf = (error?: GraphQLError) => ({
  nodes: error?.nodes ?? null,
  source: error?.source ?? null,
  positions: error?.positions ?? null,
  path: error?.path ?? null,
});
