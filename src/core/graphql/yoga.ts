import { useDeferStream } from '@graphql-yoga/plugin-defer-stream';
import { type ExecutionResult, GraphQLError, type GraphQLSchema } from 'graphql';
import { createYoga, type GraphiQLOptions, type Plugin, type YogaServerInstance } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { Call } from '../call.ts';
import { checkOperationName, type GraphQLLimits, guardIntrospection, limitBatches, limitPlugins } from './limits.ts';
import { describeRefusal, maskGraphQLError } from './mask-error.ts';
import { stopWithTheCall, tellWhyStreamsEnd } from './streams.ts';

/** What a transport hands in: the Call, and nothing else. */
export interface TransportContext {
  call: Call;
}
export type Yoga = YogaServerInstance<TransportContext, object>;

/** The one GraphQL pipeline: HTTP, SSE and sockets all parse, validate and execute through these plugins. */
export function createGraphQL(options: {
  schema: GraphQLSchema;
  /** What resolvers get beside the Call: the rooms, the catalog, loaders made for this request. */
  makeContext: (call: Call) => object;
  limits: GraphQLLimits;
  isProduction: boolean;
  graphiql: () => Promise<GraphiQLOptions>;
  log: Logger;
}): Yoga {
  return createYoga<TransportContext, object>({
    schema: options.schema,
    context: ({ call }) => options.makeContext(call),
    graphqlEndpoint: '/graphql',
    graphiql: options.graphiql,
    // The page is 9 MB of script: read when it is first asked for, so that a server nobody explores does not hold it.
    renderGraphiQL: async (page) => (await import('@graphql-yoga/render-graphiql')).renderGraphiQL(page),
    landingPage: false,
    cors: false,
    multipart: false,
    logging: false,
    maxRequestBodySize: false, // bounded before it gets here
    batching: { limit: options.limits.maxBatch },
    maskedErrors: { maskError: (error) => maskGraphQLError(error, options.log) },
    plugins: [
      useDeferStream(),
      describeRefusals,
      checkOperationName,
      limitBatches(options.limits.maxBatch),
      ...limitPlugins(options.limits),
      guardIntrospection(options.isProduction),
      stopWithTheCall(),
      tellWhyStreamsEnd(),
    ],
  });
}

/** Validation errors pass by the masking, so they are completed where every HTTP answer passes. */
const describeRefusals: Plugin = {
  onResultProcess({ result, setResult }) {
    const describe = (one: ExecutionResult): ExecutionResult =>
      one.errors ? { ...one, errors: one.errors.map(describeOne) } : one;
    if (Array.isArray(result)) setResult(result.map((one) => describe(one as ExecutionResult)) as never);
    else if ('errors' in result && result.errors) setResult(describe(result as ExecutionResult) as never);
  },
};

const describeOne = (error: GraphQLError): GraphQLError =>
  error instanceof GraphQLError ? describeRefusal(error) : error;
