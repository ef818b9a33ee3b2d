import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { AppError, masked } from '../errors.ts';

/** What to do about GraphQL's own refusals, by the codes that the field knows them by. */
const requestActions: Readonly<Record<string, string>> = {
  GRAPHQL_PARSE_FAILED: 'Correct the syntax of the document.',
  GRAPHQL_VALIDATION_FAILED: 'Compare the document with the schema.',
  OPERATION_RESOLUTION_FAILURE: 'Name an operation that the document has.',
  BAD_USER_INPUT: 'Compare the variables with the declarations of the operation.',
  BAD_REQUEST: 'Send {"query", "variables", "operationName"} as JSON, or a query by GET.',
};

/** An AppError as GraphQL shows it: the same code, status and next actions as on REST. */
export function toGraphQLError(error: AppError, at?: GraphQLError): GraphQLError {
  const { code, status, nextActions, details } = error;
  const http = at?.extensions.http;
  const extensions = {
    ...details,
    code,
    status,
    ...(nextActions ? { nextActions } : {}),
    ...(http ? { http } : {}), // the status line of the answer, when nothing was executed; never sent
  };
  return new GraphQLError(error.message, { ...placeOf(at), originalError: error, extensions });
}

/** What a caller may see of an error. A fault is logged here, once, with its stack, and shown as INTERNAL_ERROR. */
export function maskGraphQLError(error: unknown, log: Logger): Error {
  const located = error instanceof GraphQLError ? error : undefined;
  const cause = rootCause(error);
  if (cause instanceof AppError) return toGraphQLError(cause, located);
  if (cause instanceof GraphQLError) return describeRefusal(located ?? cause);
  if (!isAbort(cause)) log.error({ operation: 'graphql', err: cause, path: located?.path }, 'fault');
  return toGraphQLError(masked(cause), located);
}

function rootCause(error: unknown): unknown {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  return cause;
}

/** Gives a refusal of GraphQL's own what our errors have: code, status and next actions. */
export function describeRefusal(error: GraphQLError, defaultCode = 'BAD_REQUEST'): GraphQLError {
  if (error.extensions.status !== undefined) return error;
  const http = error.extensions.http as { status?: number; spec?: boolean } | undefined;
  const code = String(error.extensions.code ?? (isAboutVariables(error) ? 'BAD_USER_INPUT' : defaultCode));
  const nextActions = requestActions[code] ?? requestActions.BAD_REQUEST;
  const status = http?.status === undefined || http.status < 400 ? 400 : http.status;
  // `spec` asks for status 200 on application/json, as the protocol has it for documents; not for what is no request.
  const shown = http && code === 'BAD_REQUEST' ? { http: { ...http, spec: false } } : {};
  const extensions = { ...error.extensions, ...shown, code, status, nextActions };
  return new GraphQLError(error.message, { ...placeOf(error), extensions });
}

/** Coercion of variables (graphql-js and the executor alike) marks its errors in no other way. */
const isAboutVariables = (error: GraphQLError) => !error.path && error.message.startsWith('Variable "$');

const isAbort = (cause: unknown) => cause instanceof Error && cause.name === 'AbortError';

/** Where in the document an error belongs, for the copy that is shown. */
const placeOf = (error?: GraphQLError) => ({
  nodes: error?.nodes ?? null,
  source: error?.source ?? null,
  positions: error?.positions ?? null,
  path: error?.path ?? null,
});
