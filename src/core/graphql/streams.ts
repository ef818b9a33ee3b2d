import { type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { Call } from '../call.ts';
import { AppError } from '../errors.ts';

type Results = AsyncIterable<ExecutionResult>;

/**
 * A stream that fails, or whose call is ended by the server (its proof is over), ends with one result that says why;
 * without it a client could not tell that from a stream that had no more to say.
 */
export const tellWhyStreamsEnd = (): Plugin<{ call: Call }> => ({
  onSubscribe: () => ({
    onSubscribeResult({ args, result, setResult }) {
      if (isAsyncIterable(result)) setResult(withReason(result as Results, callOf(args).signal) as never);
    },
  }),
});

/** No resolver starts for a client that has gone, whatever the transport. */
export const stopWithTheCall = (): Plugin<{ call: Call }> => ({
  onExecute: ({ args }) => void Object.assign(args, { signal: callOf(args).signal }),
  onSubscribe: ({ args }) => void Object.assign(args, { signal: callOf(args).signal }),
});

const callOf = (args: Pick<ExecutionArgs, 'contextValue'>): Call => (args.contextValue as { call: Call }).call;

function withReason(source: Results, signal: AbortSignal): AsyncIterableIterator<ExecutionResult> {
  const results = source[Symbol.asyncIterator]();
  let isOver = false;
  const last = (error: unknown): IteratorResult<ExecutionResult> => {
    isOver = true;
    const reason = signal.aborted ? signal.reason : error;
    if (reason === undefined || isAbort(reason)) return { done: true, value: undefined };
    return { done: false, value: { errors: [located(reason)] } };
  };
  return {
    async next() {
      if (isOver) return { done: true, value: undefined };
      try {
        const result = await results.next();
        return result.done ? last(undefined) : result;
      } catch (error) {
        return last(error);
      }
    },
    async return() {
      isOver = true;
      await results.return?.();
      return { done: true, value: undefined };
    },
    async throw(error: unknown) {
      isOver = true;
      await results.return?.();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const isAbort = (reason: unknown) => reason instanceof Error && reason.name === 'AbortError';

/** Masking finds the original by it. */
const located = (reason: unknown): GraphQLError => {
  if (reason instanceof GraphQLError) return reason;
  const originalError = reason instanceof Error ? reason : new Error(String(reason));
  return new GraphQLError(reason instanceof AppError ? reason.message : 'fault', { originalError });
};
