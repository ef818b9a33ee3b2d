import { appError } from './errors.ts';

export interface Mailbox<T> {
  push(item: T): void;
  /** Ends the reader after what is waiting; with an error, the reader throws it. */
  close(error?: unknown): void;
  whenClosed(cleanup: () => void): void;
  items: AsyncIterableIterator<T>;
}

/** A bounded queue between a producer that cannot wait and one reader: a slow reader is cut, not buffered. */
export function createMailbox<T>(signal: AbortSignal, limit: number): Mailbox<T> {
  const waiting: T[] = [];
  const cleanups: (() => void)[] = [];
  let wake: (() => void) | null = null;
  let closed = false;
  let failure: unknown;

  function close(error?: unknown): void {
    if (closed) return;
    closed = true;
    failure = error;
    signal.removeEventListener('abort', onAbort);
    for (const cleanup of cleanups) cleanup();
    wake?.();
  }
  const onAbort = () => close();
  if (signal.aborted) closed = true;
  else signal.addEventListener('abort', onAbort, { once: true });

  function push(item: T): void {
    if (closed) return;
    if (waiting.length >= limit) {
      waiting.length = 0;
      close(tooSlow(limit));
      return;
    }
    waiting.push(item);
    wake?.();
  }

  async function next(): Promise<IteratorResult<T>> {
    while (waiting.length === 0 && !closed) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      wake = null;
    }
    if (waiting.length > 0) return { done: false, value: waiting.shift() as T };
    if (failure !== undefined) {
      const error = failure;
      failure = undefined;
      throw error;
    }
    return { done: true, value: undefined };
  }

  return {
    push,
    close,
    whenClosed: (cleanup) => {
      if (closed) cleanup();
      else cleanups.push(cleanup);
    },
    items: {
      next,
      return: async () => {
        waiting.length = 0;
        close();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    },
  };
}

const tooSlow = (limit: number) =>
  appError({
    code: 'SUBSCRIPTION_TOO_SLOW',
    status: 429,
    message: `More than ${limit} events were waiting for this subscriber`,
    nextActions: 'Read faster or subscribe to less, and read the current state again after subscribing.',
  });
