import type pg from 'pg';
import { type Call, requireAdmin } from '../../core/call.ts';
import { forbidden } from '../../core/errors.ts';
import type { InAdminTx } from '../../core/postgres/admin-tx.ts';
import { schemaFrom } from '../rules.ts';

/** What the room's own DDL needs. */
export interface StructureDeps {
  /** With the errors of Postgres translated. */
  inAdminTx: InAdminTx;
  /** Reloads this node's schema cache; the others hear of it by NOTIFY. */
  afterDdl?: (() => Promise<unknown>) | undefined;
}

/** One change of structure, for the audit log and for `database.schema.changed`. */
export interface Change {
  /** Audit action: `CREATE_TABLE`. The event's operation is the same. */
  action: string;
  schema: string;
  /** The table, type, function, … that changed; empty for the schema itself. */
  object: string;
  details?: Record<string, unknown>;
  /** Policies and triggers may be put on tables of the platform, as far as Postgres lets project_admin. */
  isForPlatformToo?: boolean;
}

/** Waiting longer for a lock would hold up everybody who comes after. */
const lockTimeoutMs = 10_000;

/**
 * Errors: as requireAdmin, FORBIDDEN (a schema of the platform), and those of Postgres.
 * Runs DDL as project_admin in one transaction that ends with one audit row, one event and a reload of the schema
 * cache. `work` answers null for "nothing was to be done", which leaves none of the three.
 */
export type RunDdl = <T>(
  call: Call,
  change: Change,
  work: (client: pg.PoolClient) => Promise<T | null>,
) => Promise<T | null>;

export const createRunDdl =
  ({ inAdminTx, afterDdl }: StructureDeps): RunDdl =>
  async (call, { action, schema, object, details, isForPlatformToo }, work) => {
    requireAdmin(call);
    const result = await inAdminTx(call, async ({ client, audit, emit }) => {
      const { rows } = await client.query<{ isPlatform: boolean }>(enter, [String(lockTimeoutMs), schema]);
      if (rows[0]?.isPlatform && !isForPlatformToo) throw platformSchema(schema);
      const done = await work(client);
      if (done === null) return null;
      const subject = object === '' ? schema : `${schema}.${object}`;
      await audit({ module: 'DATABASE', action, subject, details: { schema, ...details } });
      emit('database.schema.changed', { schema, object, operation: action });
      return done;
    });
    if (result !== null) await reload(call, afterDdl);
    return result;
  };

const enter = `SELECT set_config('lock_timeout', $1, true), system.is_platform_schema($2) AS "isPlatform"`;

const platformSchema = (schema: string) =>
  forbidden(`The schema ${schema} belongs to the platform`, 'Use a schema of the project.');

/** The change is committed: a failing reload is survived, because the cache also listens to Postgres. */
export async function reload(call: Call, afterDdl: StructureDeps['afterDdl']): Promise<void> {
  try {
    await afterDdl?.();
  } catch (error) {
    call.log.warn({ operation: 'database.reload', err: error }, 'schema cache not reloaded');
  }
}

/** Reads the catalog as project_admin. Errors: as requireAdmin. */
export type Read = <T>(call: Call, work: (client: pg.PoolClient) => Promise<T>) => Promise<T>;

export const createRead =
  ({ inAdminTx }: StructureDeps): Read =>
  (call, work) => {
    requireAdmin(call);
    return inAdminTx(call, ({ client }) => work(client), { readOnly: true });
  };

/** The schema that an admin named. Errors: as requireAdmin first, then as schemaFrom. */
export function schemaOf(call: Call, { schema }: { schema?: unknown }): string {
  requireAdmin(call);
  return schemaFrom(schema);
}
