import type pg from 'pg';
import { type Call, requireViewer } from '../../core/call.ts';
import { invalidInput, notFound } from '../../core/errors.ts';
import type { RecordChange } from './audience.ts';
import { interrupted } from './errors.ts';
import type { Hub } from './hub.ts';
import type { ChangeFeed } from './provider.ts';

export type Changes = ReturnType<typeof createChanges>;

export function createChanges(deps: {
  hub: Hub;
  feed: ChangeFeed;
  /** The server's own login, for looking tables up. */
  pool: pg.Pool;
  /** Null means every schema but the platform's own. */
  exposedSchemas: readonly string[] | null;
}) {
  const { hub, feed, pool, exposedSchemas } = deps;
  return { streamRecordChanges };

  /**
   * The changes of a table, in commit order, as far as the viewer may see the rows. Once this has resolved, everything
   * that commits afterwards is told, once, until the signal aborts. The first subscription to a table sets it up for
   * streaming (see publishTable). The stream throws SUBSCRIPTION_INTERRUPTED when continuity cannot be promised any
   * longer, SUBSCRIPTION_TOO_SLOW when it is not read, FORBIDDEN when the table or the right goes.
   * Errors: as requireViewer, INVALID_INPUT, DATABASE_NOT_FOUND, CHANGES_NOT_SUPPORTED, CHANGES_UNAVAILABLE.
   */
  async function streamRecordChanges(
    call: Call,
    { table, schema }: { table: string; schema: string },
  ): Promise<AsyncIterableIterator<RecordChange>> {
    const viewer = requireViewer(call);
    const relation = await findTable(viewer.role, { table, schema });
    call.signal.throwIfAborted();
    await feed.publish(relation);
    const { isLive, release } = await hub.use();
    try {
      const from = await feed.position(); // what was committed before is the reader's own to read
      const { audience, leave } = hub.audience(viewer, relation);
      const mailbox = audience.join(call.signal, from);
      mailbox.whenClosed(() => {
        leave();
        release();
      });
      await audience.check();
      if (!isLive()) mailbox.close(interrupted('The change feed was interrupted'));
      return mailbox.items;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** What a role may not select, it is not told to exist. Errors: DATABASE_NOT_FOUND, INVALID_INPUT. */
  async function findTable(role: string, { table, schema }: { table: string; schema: string }): Promise<number> {
    if (`${schema}${table}`.includes('\0')) throw invalidInput('table: must not contain NUL');
    const { rows } = await pool.query<{ oid: number }>(
      `SELECT c.oid::bigint::float8 AS oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
         AND NOT system.is_platform_schema(n.nspname) AND has_schema_privilege($3, n.oid, 'USAGE')
         AND has_any_column_privilege($3, c.oid, 'SELECT')`,
      [schema, table, role],
    );
    const [found] = rows;
    if (!found || (exposedSchemas && !exposedSchemas.includes(schema)))
      throw notFound('table', `${schema}.${table}`, 'DATABASE_NOT_FOUND');
    return found.oid;
  }
}
