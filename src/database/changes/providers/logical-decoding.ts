import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { LogicalReplicationService, type Pgoutput, PgoutputPlugin } from 'pg-logical-replication';
import type { Logger } from 'pino';
import { changesUnavailable } from '../errors.ts';
import type { ChangeFeed, FeedEvent, FeedRun, Tuple } from '../provider.ts';
import { publicationName, publishTable } from './publication.ts';

/** Creating a slot waits for the transactions that run at that moment. */
const startTimeoutMs = 15_000;
const nudgeMs = 100;

/**
 * Postgres' own log, decoded by pgoutput (protocol 2) through a temporary slot of this node, which Postgres drops with
 * its connection. So a broken run cannot be continued, and says so by `lost`.
 * https://www.postgresql.org/docs/current/protocol-logical-replication.html
 */
export function logicalDecodingFeed({ pool, url, log }: { pool: pg.Pool; url: string; log: Logger }): ChangeFeed {
  return {
    publish: async (relation) => {
      await requireLogicalLog(pool);
      await publishTable(pool, relation);
    },
    position: async () => {
      const { rows } = await pool.query<{ lsn: string }>('SELECT pg_current_wal_insert_lsn()::text AS lsn');
      return toPosition(rows[0]?.lsn ?? null);
    },
    open: async (take, schemaChanged) => {
      await requireLogicalLog(pool);
      const listener = await listenForSchemaChanges(url, schemaChanged);
      try {
        const run = await startRun({ pool, url, take });
        const lost = Promise.race([run.lost, listener.lost]);
        void lost.then((error) => log.warn({ operation: 'database.changes', error: error.message }, 'feed lost'));
        return {
          lost,
          [Symbol.asyncDispose]: async () => {
            await Promise.all([run[Symbol.asyncDispose](), listener[Symbol.asyncDispose]()]);
          },
        };
      } catch (error) {
        await listener[Symbol.asyncDispose]();
        throw error;
      }
    },
  };
}

async function requireLogicalLog(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ level: string }>(`SELECT current_setting('wal_level') AS level`);
  if (rows[0]?.level === 'logical') return;
  throw changesUnavailable(
    `The database server runs with wal_level=${rows[0]?.level}, so its changes cannot be followed`,
    'Ask the operator to set wal_level=logical in the database server and restart it.',
  );
}

interface RunOptions {
  pool: pg.Pool;
  url: string;
  take: (event: FeedEvent) => Promise<void> | void;
}

async function startRun({ pool, url, take }: RunOptions): Promise<FeedRun> {
  const service = new LogicalReplicationService(
    { connectionString: url, application_name: 'pleiad-changes', keepAlive: true },
    { acknowledge: { auto: false, timeoutSeconds: 10 }, flowControl: { enabled: true } },
  );
  const translate = createTranslation();
  let isDisposed = false;
  const lost = Promise.withResolvers<Error>();
  const live = Promise.withResolvers<void>();
  const fail = (error: unknown) => {
    const reason = error instanceof Error ? error : new Error(String(error));
    live.reject(reason);
    if (!isDisposed) lost.resolve(reason);
  };
  service.on('error', fail);
  service.on('start', () => live.resolve());
  service.on('data', async (_lsn, message: Pgoutput.Message) => {
    try {
      for (const event of translate(message)) await take(event);
    } catch (error) {
      fail(error);
    }
  });
  const dispose = async () => {
    isDisposed = true;
    await service.destroy().catch(() => undefined);
  };
  const timer = setTimeout(() => fail(new Error('no slot in time')), startTimeoutMs);
  const nudge = setInterval(() => void logSnapshot(pool), nudgeMs);
  service
    .subscribe(new TemporarySlot(), `pleiad_${randomBytes(8).toString('hex')}`)
    .then(() => fail(new Error('the replication connection ended')), fail);
  try {
    await live.promise;
  } catch (cause) {
    await dispose();
    throw refusal(cause as Error);
  } finally {
    clearTimeout(timer);
    clearInterval(nudge);
  }
  return { lost: lost.promise, [Symbol.asyncDispose]: dispose };
}

/**
 * On a busy server a new slot waits for up to three records of what runs, which Postgres by itself writes every 15 s.
 * Postgres 15 cannot be asked for one, except by a checkpoint.
 */
async function logSnapshot(pool: pg.Pool): Promise<void> {
  await pool.query('SELECT pg_log_standby_snapshot()').catch(() => pool.query('CHECKPOINT').catch(() => undefined));
}

const refusal = (cause: Error) =>
  changesUnavailable(
    'The change feed of the database could not be started',
    'Try again. If it stays so, ask the operator for free replication slots and a login with REPLICATION.',
    cause,
  );

/** pgoutput through a slot that is made on the very connection, and ends with it. Values stay Postgres' text. */
class TemporarySlot extends PgoutputPlugin {
  constructor() {
    super({ protoVersion: 2, publicationNames: [publicationName] });
  }
  override async start(client: pg.Client, slot: string, position: string) {
    await client.query(`CREATE_REPLICATION_SLOT "${slot}" TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT`);
    return super.start(client, slot, position);
  }
  override parse(buffer: Buffer): Pgoutput.Message {
    const message = super.parse(buffer);
    if (message.tag === 'relation') for (const column of message.columns) column.parser = (text: string) => text;
    return message;
  }
}

/** Turns messages of the protocol into our events; remembers the transaction that a change belongs to. */
function createTranslation(): (message: Pgoutput.Message) => FeedEvent[] {
  let commit = { position: 0n, committedAt: new Date(0) };
  return (message) => {
    switch (message.tag) {
      case 'begin':
        commit = {
          position: toPosition(message.commitLsn),
          committedAt: new Date(Number(message.commitTime.valueOf() / 1000n)),
        };
        return [];
      case 'insert':
        return [
          { operation: 'INSERT', relation: oidOf(message.relation), old: null, new: whole(message.new), ...commit },
        ];
      case 'update': {
        const relation = oidOf(message.relation);
        return [{ operation: 'UPDATE', relation, old: whole(message.old), new: whole(message.new), ...commit }];
      }
      case 'delete':
        return [
          { operation: 'DELETE', relation: oidOf(message.relation), old: whole(message.old), new: null, ...commit },
        ];
      case 'truncate':
        return message.relations.map((table) => ({ operation: 'TRUNCATE', relation: oidOf(table) }));
      default:
        return [];
    }
  };
}

/** A value that was too large to repeat is undefined; a row with such a hole proves nothing. */
function whole(tuple: Tuple | null): Tuple | null {
  if (tuple === null || Object.values(tuple).includes(undefined as never)) return null;
  return tuple;
}

/** `16/B374D848` as a number. */
function toPosition(lsn: string | null): bigint {
  const [high = '0', low = '0'] = (lsn ?? '0/0').split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

async function listenForSchemaChanges(url: string, changed: () => void): Promise<FeedRun> {
  const client = new pg.Client({ connectionString: url, application_name: 'pleiad-changes-schema', keepAlive: true });
  let isDisposed = false;
  const lost = Promise.withResolvers<Error>();
  client.on('error', () => undefined); // `end` follows
  client.on('end', () => {
    if (!isDisposed) lost.resolve(new Error('the listening connection ended'));
  });
  client.on('notification', changed);
  await client.connect();
  await client.query('LISTEN pgrst');
  return {
    lost: lost.promise,
    [Symbol.asyncDispose]: async () => {
      isDisposed = true;
      await client.end().catch(() => undefined);
    },
  };
}

/** The parser reads the unsigned number as a signed one. */
const oidOf = ({ relationOid }: Pgoutput.MessageRelation): number => relationOid >>> 0;
