import { costLimitPlugin } from '@escape.tech/graphql-armor-cost-limit';
import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesPlugin } from '@escape.tech/graphql-armor-max-directives';
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens';
import { GraphQLError, NoSchemaIntrospectionCustomRule } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Call } from '../call.ts';
import { appError } from '../errors.ts';
import { toGraphQLError } from './mask-error.ts';

export interface GraphQLLimits {
  maxDepth: number;
  maxCost: number;
  maxAliases: number;
  maxTokens: number;
  maxDirectives: number;
  maxBatch: number;
}

/** One request or one message of a socket; files do not travel this way. */
export const maxDocumentBytes = 4 * 1024 * 1024;

/** Refuses a document before it runs, on every transport: these are parse and validation steps, which all of them share. */
export function limitPlugins(limits: GraphQLLimits): Plugin[] {
  const refuse = (what: string, limit: number) => () => {
    throw tooComplex(`The document exceeds the limit of ${limit} ${what}`, 400);
  };
  const options = (what: string, limit: number) => ({
    exposeLimits: false,
    propagateOnRejection: true,
    onReject: [refuse(what, limit)],
  });
  return [
    maxTokensPlugin({ n: limits.maxTokens, ...options('tokens', limits.maxTokens) }),
    maxDepthPlugin({
      n: limits.maxDepth,
      flattenFragments: true,
      ignoreIntrospection: true,
      ...options('levels of depth', limits.maxDepth),
    }),
    maxAliasesPlugin({ n: limits.maxAliases, allowList: ['__typename'], ...options('aliases', limits.maxAliases) }),
    maxDirectivesPlugin({ n: limits.maxDirectives, ...options('directives', limits.maxDirectives) }),
    costLimitPlugin({ maxCost: limits.maxCost, ignoreIntrospection: true, ...options('cost points', limits.maxCost) }),
  ] as Plugin[];
}

/** Batches are arrays of operations in one HTTP request; sockets have none. */
export const limitBatches = (limit: number): Plugin => ({
  onRequestParse: () => ({
    onRequestParseDone({ requestParserResult }) {
      if (!Array.isArray(requestParserResult)) return;
      if (requestParserResult.length > limit)
        throw tooComplex(`The batch exceeds the limit of ${limit} operations`, 413);
      if (requestParserResult.length === 0) throw badRequest('The batch is empty');
    },
  }),
});

/** What Yoga leaves to the executor, which would call it a fault. */
export const checkOperationName: Plugin = {
  onParams({ params }) {
    const name: unknown = params.operationName;
    if (name !== undefined && name !== null && typeof name !== 'string')
      throw badRequest('Expected "operationName" param to be a string');
  },
};

const badRequest = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });

const tooComplex = (message: string, status: number): GraphQLError => {
  const nextActions = 'Ask for less at once, or split the document.';
  const error = toGraphQLError(appError({ code: 'QUERY_TOO_COMPLEX', status, message, nextActions }));
  error.extensions.http = { status };
  return error;
};

/** In production the schema is shown to admins only. */
export const guardIntrospection = (isProduction: boolean): Plugin<{ call: Call }> => ({
  onValidate({ context, addValidationRule }) {
    if (isProduction && context.call.viewer?.role !== 'project_admin')
      addValidationRule(NoSchemaIntrospectionCustomRule);
  },
});
