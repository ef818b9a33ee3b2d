import type pg from 'pg';
import type { Call } from '../call.ts';
import type { Bus, EventName, Events } from '../events.ts';
import { type AuditRecord, actorOf } from '../in-tx.ts';
import { watchStatement } from './watch-statement.ts';

export interface AdminTx {
  client: pg.PoolClient;
  audit(record: AuditRecord): Promise<void>;
  emit<N extends EventName>(name: N, payload: Events[N]): void;
  /** Ends the running statement with 57014. */
  cancel(): void;
}
export interface AdminTxOptions {
  /** Of each statement and, with a second's grace, of the whole. */
  timeoutMs?: number;
  /** Runs the work for its result alone (dry runs, EXPLAIN ANALYZE). */
  rollback?: boolean;
  readOnly?: boolean;
  /** One snapshot for all statements (REPEATABLE READ). */
  snapshot?: boolean;
  schema?: string;
  /** The work runs text of the caller's: whatever that did to the session, nobody else gets this connection. */
  userSql?: boolean;
}
export type InAdminTx = <T>(call: Call, work: (tx: AdminTx) => Promise<T>, options?: AdminTxOptions) => Promise<T>;

/**
 * One transaction on the project's own tables as `project_admin`, from the login that can become nothing more.
 * Audit rows commit with the deed (those of a rolled-back or read-only one by themselves, after it), events leave after
 * it. A caller that leaves cancels the statement; a connection whose state is in doubt afterwards is closed rather than
 * reused. With `role: null` it is the same as the server's own login.
 */
export function createInAdminTx({
  pool,
  bus,
  role = 'project_admin',
}: {
  pool: pg.Pool;
  bus: Bus;
  role?: 'project_admin' | null;
}): InAdminTx {
  const inAdminTx: InAdminTx = async (call, work, options = {}) => {
    call.signal.throwIfAborted();
    const leavesNothing = options.rollback === true || options.readOnly === true;
    const later: AuditRecord[] = [];
    const afterCommit: (() => void)[] = [];
    const emit: AdminTx['emit'] = (name, payload) => {
      afterCommit.push(() => bus.publish(name, payload));
    };
    const result = await onConnection({ pool, call, options }, async (client, cancel) => {
      await client.query(begin(options));
      await client.query(enter, [claims, String(options.timeoutMs ?? defaultTimeoutMs), options.schema ?? 'public']);
      if (role) await client.query(become(role));
      const audit: AdminTx['audit'] = async (record) => {
        if (leavesNothing) return void later.push(record);
        // A function of the caller's may have put the role back to that of the login.
        if (role && options.userSql) await client.query(become(role));
        const { rows } = await client.query(record_audit, auditValues(call, record));
        emit('audit.recorded', { id: rows[0].id });
      };
      const outcome = await work({ client, audit, emit, cancel });
      await client.query(options.rollback ? 'ROLLBACK' : 'COMMIT');
      return outcome;
    });
    if (!options.rollback) for (const send of afterCommit) send();
    if (later.length > 0)
      await inAdminTx(call, async (tx) => {
        for (const record of later) await tx.audit(record);
      });
    return result;
  };
  return inAdminTx;
}

const defaultTimeoutMs = 30_000;
const claims = JSON.stringify({ role: 'project_admin' });
const begin = ({ readOnly, snapshot }: AdminTxOptions) =>
  `BEGIN${snapshot ? ' ISOLATION LEVEL REPEATABLE READ' : ''}${readOnly ? ' READ ONLY' : ''}`;
const enter = `SELECT pg_catalog.set_config('request.jwt.claims', $1, true),
  pg_catalog.set_config('statement_timeout', $2, true),
  pg_catalog.set_config('search_path', pg_catalog.quote_ident($3), true)`;
const become = (role: string) => `SET LOCAL ROLE ${role}`;
const record_audit = 'SELECT system.record_audit($1, $2, $3, $4, $5, $6, $7)::text AS id';

const auditValues = (call: Call, { module, action, subject, details }: AuditRecord) => [
  actorOf(call),
  module,
  action,
  subject,
  JSON.stringify(details ?? {}),
  call.requestId,
  call.ip,
];

/** Lends one connection: watched while in use, out of any transaction afterwards, reused only when it is as it came. */
async function onConnection<T>(
  { pool, call, options }: { pool: pg.Pool; call: Call; options: AdminTxOptions },
  work: (client: pg.PoolClient, cancel: () => void) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  const timeoutMs = (options.timeoutMs ?? defaultTimeoutMs) + 1000;
  const watch = watchStatement({ client, pool, signal: call.signal, timeoutMs });
  let isReusable = false;
  try {
    const result = await work(client, watch.cancel);
    isReusable = !options.userSql && (await isClean(client));
    return result;
  } catch (error) {
    isReusable = await client.query('ROLLBACK').then(
      () => !options.userSql && isClean(client),
      () => false,
    );
    throw error;
  } finally {
    const isSpent = watch.end();
    client.release(isSpent || !isReusable);
  }
}

/** A trigger or function of the project may have left a role, a setting, a lock, a table or a subscription behind. */
async function isClean(client: pg.PoolClient): Promise<boolean> {
  const { rows } = await client.query(cleanliness);
  return rows[0]?.clean === true;
}

const cleanliness = `SELECT current_user = session_user
  AND coalesce(pg_catalog.current_setting('request.jwt.claims', true), '') = ''
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_settings WHERE source = 'session')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'advisory')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_class WHERE relnamespace = pg_catalog.pg_my_temp_schema())
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_listening_channels())
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_prepared_statements WHERE from_sql) AS clean`;
