import pg from 'pg';
import type { Logger } from 'pino';

/**
 * Runs `reload` for every `NOTIFY pgrst` that asks for one (payload `reload schema` or none), and once after every
 * reconnect, since notifications may have been missed meanwhile.
 */
export function listenForReload({
  url,
  reload,
  log,
}: {
  url: string;
  reload: () => Promise<unknown>;
  log: Logger;
}): AsyncDisposable & { ready: Promise<void> } {
  let isClosed = false;
  let client: pg.Client | null = null;
  let retry: NodeJS.Timeout | null = null;
  const run = () => reload().catch((error) => log.warn({ operation: 'database.catalog.listen', error: String(error) }));

  async function connect(isFirst: boolean): Promise<void> {
    const connection = new pg.Client({ connectionString: url, keepAlive: true, application_name: 'pleiad-catalog' });
    client = connection;
    connection.on('error', () => undefined); // `end` follows
    connection.on('end', again);
    connection.on('notification', ({ channel, payload }) => {
      if (channel === 'pgrst' && (!payload || payload === 'reload schema')) void run();
    });
    try {
      await connection.connect();
      await connection.query('LISTEN pgrst');
      if (!isFirst) void run();
    } catch (error) {
      log.warn({ operation: 'database.catalog.listen', error: String(error) }, 'cannot listen for schema changes');
      await connection.end().catch(() => undefined);
      again();
    }
  }

  function again(): void {
    if (isClosed || retry) return;
    retry = setTimeout(() => {
      retry = null;
      void connect(false);
    }, 500);
    retry.unref();
  }

  const ready = connect(true);
  return {
    ready,
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      if (retry) clearTimeout(retry);
      await client?.end().catch(() => undefined);
    },
  };
}
