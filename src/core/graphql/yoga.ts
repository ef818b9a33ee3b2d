import { useDeferStream } from '@graphql-yoga/plugin-defer-stream';
import type { GraphQLSchema } from 'graphql';
import { createYoga, type GraphiQLOptions, type YogaServerInstance } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { Call } from '../call.ts';
import { type GraphQLLimits, guardIntrospection, limitPlugins } from './limits.ts';
import { maskGraphQLError } from './mask-error.ts';

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
    plugins: [useDeferStream(), ...limitPlugins(options.limits), guardIntrospection(options.isProduction)],
  });
}
