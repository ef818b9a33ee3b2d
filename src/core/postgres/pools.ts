import pg from 'pg';
import type { Logger } from 'pino';
import type { Secret } from '../secret.ts';

export interface Pools {
  /** The server's own login: the catalog, introspection, unrestricted SQL. */
  system: pg.Pool;
  /** Logs in as `authenticator`, which can become anon, authenticated or project_admin and nothing more. */
  data: pg.Pool;
  /** Connection string of the server's own login, for the few that need a connection outside a pool (LISTEN, replication). */
  url: string;
}

/** Two pools on one database. The caller ends them. */
export function createPools({
  url,
  authenticatorPassword,
  dataPoolSize,
  log,
}: {
  url: string;
  authenticatorPassword: Secret;
  dataPoolSize: number;
  log: Logger;
}): Pools {
  const dataUrl = new URL(url);
  dataUrl.username = 'authenticator';
  dataUrl.password = encodeURIComponent(authenticatorPassword.reveal());
  const common = { idleTimeoutMillis: 30_000, connectionTimeoutMillis: 10_000, keepAlive: true };
  const system = new pg.Pool({ ...common, connectionString: url, max: 10 });
  const data = new pg.Pool({ ...common, connectionString: dataUrl.toString(), max: dataPoolSize });
  for (const pool of [system, data]) {
    // A pooled connection that dies while idle is replaced at the next use; without a listener it would end the process.
    pool.on('error', (error) => log.warn({ operation: 'postgres.pool', error: error.message }, 'idle connection lost'));
  }
  return { system, data, url };
}
