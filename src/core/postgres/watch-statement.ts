import type pg from 'pg';
import { requestCancel } from './cancel.ts';

/** How long a statement may take to heed a cancel: one that catches it is ended with its connection. */
const obeyMs = 2000;

/**
 * Cancels what runs on a lent connection when the signal aborts or the time is up. `end` answers whether a cancel was
 * sent, in which case the connection must not be reused: a late cancel would hit whoever has it next.
 */
export function watchStatement({
  client,
  pool,
  signal,
  timeoutMs,
}: {
  client: pg.PoolClient;
  /** Where the client came from: a login may end its own sessions. */
  pool: pg.Pool;
  signal: AbortSignal;
  timeoutMs: number;
}): { cancel: () => void; end: () => boolean } {
  const { processID } = client as unknown as { processID: number };
  let wasCancelled = false;
  let force: NodeJS.Timeout | undefined;
  const terminate = () =>
    void pool.query('SELECT pg_catalog.pg_terminate_backend($1)', [processID]).catch(() => undefined);
  const cancel = () => {
    if (wasCancelled) return;
    wasCancelled = true;
    requestCancel(client);
    force = setTimeout(terminate, obeyMs);
  };
  const timer = setTimeout(cancel, timeoutMs);
  signal.addEventListener('abort', cancel, { once: true });
  // While lent, a connection that breaks has no other listener, and an unheard error would end the process.
  let isLost = false;
  const onError = () => {
    isLost = true;
  };
  client.on('error', onError);
  return {
    cancel,
    end: () => {
      clearTimeout(timer);
      clearTimeout(force);
      signal.removeEventListener('abort', cancel);
      const isSpent = isLost || wasCancelled;
      if (!isSpent) client.off('error', onError);
      return isSpent;
    },
  };
}
