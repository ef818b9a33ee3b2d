import type pg from 'pg';
import type { Call, Role } from '../core/call.ts';
import type { Bus, EventName, Events } from '../core/events.ts';

type Values = readonly unknown[];

/** One transaction in which row-level security decides what the caller may do, and the room does the rest. */
export interface RoleTx {
  /** As the caller's role with its claims. */
  caller<Row extends pg.QueryResultRow>(text: string, values: Values): Promise<pg.QueryResult<Row>>;
  /** As project_admin, whom no policy holds back. */
  room<Row extends pg.QueryResultRow>(text: string, values: Values): Promise<pg.QueryResult<Row>>;
  /** Sends after the commit, never on rollback. */
  emit<N extends EventName>(name: N, payload: Events[N]): void;
}
export interface RoleTxOptions {
  /** Does it all and takes it back: for asking whether it may be done. */
  rollback?: boolean;
  /** One snapshot for all statements. */
  snapshot?: boolean;
}
export type InRoleTx = <T>(call: Call, work: (tx: RoleTx) => Promise<T>, options?: RoleTxOptions) => Promise<T>;

const statementTimeoutMs = 30_000;
const enter = `SELECT set_config('role', $1, true), set_config('request.jwt.claims', $2, true),
  set_config('statement_timeout', $3, true), set_config('search_path', 'storage', true)`;

/**
 * Uses the login that can become nothing more than the three request roles, because policies and triggers on
 * `storage.objects` are the project's own code. Not cancelled by a caller that leaves: bytes are staged by then.
 */
export function createInRoleTx({ pool, bus }: { pool: pg.Pool; bus: Bus }): InRoleTx {
  return async (call, work, options = {}) => {
    const viewer = call.viewer;
    const callerRole: Role = viewer?.role ?? 'anon';
    const claims = JSON.stringify(viewer?.claims ?? { role: 'anon' });
    const client = await pool.connect();
    const afterCommit: (() => void)[] = [];
    let current: Role = callerRole;
    let isDoubtful = true;
    const as = (role: Role) => async (text: string, values: Values) => {
      if (current !== role) await client.query(`SELECT set_config('role', $1, true)`, [role]);
      current = role;
      return client.query(text, values as unknown[]);
    };
    const emit: RoleTx['emit'] = (name, payload) => {
      afterCommit.push(() => bus.publish(name, payload));
    };
    try {
      await client.query(options.snapshot ? 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' : 'BEGIN');
      await client.query(enter, [callerRole, claims, String(statementTimeoutMs)]);
      const result = await work({ caller: as(callerRole), room: as('project_admin'), emit } as RoleTx);
      await client.query(options.rollback ? 'ROLLBACK' : 'COMMIT');
      isDoubtful = false;
      if (!options.rollback) for (const send of afterCommit) send();
      return result;
    } catch (error) {
      isDoubtful = !(await client.query('ROLLBACK').then(
        () => true,
        () => false,
      ));
      throw error;
    } finally {
      client.release(isDoubtful);
    }
  };
}
