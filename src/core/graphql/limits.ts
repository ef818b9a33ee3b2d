import { costLimitPlugin } from '@escape.tech/graphql-armor-cost-limit';
import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesPlugin } from '@escape.tech/graphql-armor-max-directives';
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens';
import { type GraphQLError, NoSchemaIntrospectionCustomRule } from 'graphql';
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

/** Refuses a document before it runs, on every transport: these are parse and validation steps, which all of them share. */
export function limitPlugins(limits: GraphQLLimits): Plugin[] {
  const refuse = (what: string, limit: number) => (_context: unknown, _error: GraphQLError) => {
    throw toGraphQLError(
      appError({
        code: 'QUERY_TOO_COMPLEX',
        status: 400,
        message: `The document exceeds the limit of ${limit} ${what}`,
        nextActions: 'Ask for less at once, or split the document.',
      }),
    );
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

/** In production the schema is shown to admins only. */
export const guardIntrospection = (isProduction: boolean): Plugin<{ call: Call }> => ({
  onValidate({ context, addValidationRule }) {
    if (isProduction && context.call.viewer?.role !== 'project_admin')
      addValidationRule(NoSchemaIntrospectionCustomRule);
  },
});
