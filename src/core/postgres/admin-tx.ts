import type pg from 'pg';
import type { Call } from '../call.ts';
import type { Bus, EventName, Events } from '../events.ts';
import { type AuditRecord, actorOf } from '../in-tx.ts';

export interface AdminTx {
  client: pg.PoolClient;
  audit(record: AuditRecord): Promise<void>;
  emit<N extends EventName>(name: N, payload: Events[N]): void;
}
/** `rollback: true` runs the work for its result alone (dry runs, EXPLAIN ANALYZE). */
export interface AdminTxOptions {
  timeoutMs?: number;
  rollback?: boolean;
  readOnly?: boolean;
  schema?: string;
}
export type InAdminTx = <T>(call: Call, work: (tx: AdminTx) => Promise<T>, options?: AdminTxOptions) => Promise<T>;

/**
 * One transaction on the project's own tables as `project_admin`, from the login that can become nothing more.
 * Audit rows commit with the deed, events leave after it. A caller that leaves cancels the statement; a connection
 * whose state is in doubt afterwards is closed rather than reused.
 */
export function createInAdminTx({ pool, bus }: { pool: pg.Pool; bus: Bus }): InAdminTx {
  return async (call, work, options = {}) => {
    call.signal.throwIfAborted();
    const client = await pool.connect();
    const cancel = () => void cancelStatement(pool, client);
    call.signal.addEventListener('abort', cancel, { once: true });
    const afterCommit: (() => void)[] = [];
    const emit: AdminTx['emit'] = (name, payload) => {
      afterCommit.push(() => bus.publish(name, payload));
    };
    const audit: AdminTx['audit'] = async (record) => {
      const { rows } = await client.query(
        'SELECT system.record_audit($1, $2, $3, $4, $5, $6, $7)::text AS id',
        auditValues(call, record),
      );
      emit('audit.recorded', { id: rows[0].id });
    };
    let doubtful = true;
    try {
      await client.query(options.readOnly ? 'BEGIN READ ONLY' : 'BEGIN');
      await client.query(enter, [
        JSON.stringify({ role: 'project_admin' }),
        String(options.timeoutMs ?? 30_000),
        options.schema ?? 'public',
      ]);
      const result = await work({ client, audit, emit });
      await client.query(options.rollback ? 'ROLLBACK' : 'COMMIT');
      doubtful = !(await isClean(client));
      if (!options.rollback) for (const send of afterCommit) send();
      return result;
    } catch (error) {
      doubtful = !(await client.query('ROLLBACK').then(
        () => isClean(client),
        () => false,
      ));
      throw error;
    } finally {
      call.signal.removeEventListener('abort', cancel);
      client.release(doubtful);
    }
  };
}

const enter = `SELECT set_config('role', 'project_admin', true), set_config('request.jwt.claims', $1, true),
  set_config('statement_timeout', $2, true), set_config('search_path', quote_ident($3), true)`;

const auditValues = (call: Call, { module, action, subject, details }: AuditRecord) => [
  actorOf(call),
  module,
  action,
  subject,
  JSON.stringify(details ?? {}),
  call.requestId,
  call.ip,
];

/** User SQL may have left a role, a setting or a lock behind if a guard was slipped past. */
async function isClean(client: pg.PoolClient): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT current_user = session_user AND coalesce(current_setting('request.jwt.claims', true), '') = ''
       AND NOT EXISTS (SELECT FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory') AS clean`,
  );
  return rows[0]?.clean === true;
}

async function cancelStatement(pool: pg.Pool, client: pg.PoolClient): Promise<void> {
  const pid = (client as unknown as { processID: number }).processID;
  await pool.query('SELECT pg_cancel_backend($1)', [pid]).catch(() => undefined);
}
