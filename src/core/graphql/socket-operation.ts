import { type ExecutionArgs, GraphQLError, getOperationAST } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { Call } from '../call.ts';
import { describeRefusal, maskGraphQLError } from './mask-error.ts';
import type { Yoga } from './yoga.ts';

/** The plugins' own way to run what they have prepared; travels as root value, since graphql-ws hands nothing else on. */
export type Pipeline = { [Kind in 'execute' | 'subscribe']: (args: ExecutionArgs) => Promise<never> };

/** Parses, validates and makes the context of one operation; what the pipeline refuses, it answers as errors. */
export async function prepareOperation({
  yoga,
  call,
  payload,
}: {
  yoga: Yoga;
  call: Call;
  payload: SubscribePayload;
}): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const mask = (error: unknown) => withoutHttp(maskGraphQLError(error, call.log) as GraphQLError);
  const invalid = (error: GraphQLError) => withoutHttp(describeRefusal(error, 'GRAPHQL_VALIDATION_FAILED'));
  // What is thrown here (a cancelled execution does) would close the whole socket as a fault.
  const guarded = (run: (args: ExecutionArgs) => unknown) => async (args: ExecutionArgs) => {
    try {
      return (await run(args)) as never;
    } catch (error) {
      return { errors: [mask(error)] } as never;
    }
  };
  try {
    const enveloped = yoga.getEnveloped({ call, params: payload, waitUntil: () => undefined } as never);
    const document = enveloped.parse(payload.query);
    const errors = enveloped.validate(enveloped.schema, document);
    if (errors.length > 0) return errors.map(invalid);
    if (!getOperationAST(document, payload.operationName)) return [mask(unknownOperation(payload.operationName))];
    return {
      schema: enveloped.schema,
      document,
      operationName: payload.operationName ?? null,
      variableValues: payload.variables ?? null,
      contextValue: await enveloped.contextFactory(),
      rootValue: { execute: guarded(enveloped.execute), subscribe: guarded(enveloped.subscribe) } satisfies Pipeline,
    };
  } catch (error) {
    return [mask(error)];
  }
}

const unknownOperation = (name: unknown) =>
  new GraphQLError(
    name === undefined || name === null
      ? 'Must provide operation name if query contains multiple operations.'
      : `Unknown operation named "${String(name)}".`,
    { extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } },
  );

/** What only the status line of an HTTP answer needs. */
export const withoutHttp = (error: GraphQLError): GraphQLError => {
  delete error.extensions.http;
  return error;
};

export const withoutPipeline = (args: ExecutionArgs): ExecutionArgs => ({ ...args, rootValue: undefined });
