import pg from 'pg';
import type { Logger } from 'pino';
import type { Viewer } from '../../core/call.ts';
import { AppError, forbidden } from '../../core/errors.ts';
import { createMailbox, type Mailbox } from '../../core/mailbox.ts';
import { interrupted } from './errors.ts';
import type { RowChange, Tuple } from './provider.ts';
import { publicationName } from './providers/publication.ts';
import type { RunAs } from './run-as.ts';
import { loadShape, type Shape } from './shape.ts';
import { askVerdicts, type Sight, verdictStatement } from './verdict.ts';

/** One change as one subscriber may see it. */
export interface RecordChange {
  operation: 'INSERT' | 'UPDATE' | 'DELETE';
  schema: string;
  table: string;
  /** The new row, only columns that may be selected; null for DELETE. */
  record: Record<string, unknown> | null;
  /** Primary key of the row before the change (all of it when the table has none); null for INSERT. */
  oldRecord: Record<string, unknown> | null;
  commitTimestamp: Date;
}

/** All subscribers of one table that share a role and claims: what one may see, each may, so it is asked once. */
export interface Audience {
  /** Resolves when there is room for more. */
  deliver(change: RowChange): Promise<void> | void;
  /** Reads the catalog; ends everybody when the table is gone, the right is revoked or it is no longer published. */
  check(): Promise<void>;
  /** Changes that commit at `from` or later. */
  join(signal: AbortSignal, from: bigint): Mailbox<RecordChange>;
  end(error: AppError): void;
  readonly size: number;
}

const batchSize = 100;
/** Changes that wait for their verdict; beyond it the feed is held back. */
const highWater = 1_000;
/** Changes that wait for one subscriber's socket; beyond it the subscriber is cut. */
const mailboxLimit = 1_000;

export function createAudience(deps: { runAs: RunAs; viewer: Viewer; relation: number; log: Logger }): Audience {
  const { runAs, viewer, relation, log } = deps;
  const members = new Map<Mailbox<RecordChange>, bigint>();
  const queue: RowChange[] = [];
  let current: { shape: Shape; statement: string } | null = null;
  let isPumping = false;
  let room: PromiseWithResolvers<void> | null = null;

  function end(error: AppError): void {
    queue.length = 0;
    for (const mailbox of [...members.keys()]) mailbox.close(error);
    room?.resolve();
    room = null;
  }

  async function reload(): Promise<void> {
    const shape = await loadShape(runAs, viewer, { relation, publication: publicationName });
    if (!shape) throw noLongerReadable();
    if (!shape.isFollowed) throw interrupted(`The changes of ${shape.table} are no longer published`);
    if (shape.stamp !== current?.shape.stamp) current = { shape, statement: verdictStatement(shape) };
  }

  /** A table that changes under the question is asked again. Errors: as the database gave them. */
  async function ask(tuples: readonly Tuple[]): Promise<(Sight | null)[]> {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      if (!current || attempt > 0) await reload();
      if (!current) break;
      const before = current.shape.stamp;
      try {
        const sights = await askVerdicts(runAs, viewer, { relation, ...current, tuples });
        if (sights) return sights;
      } catch (error) {
        if (!isAboutTheRow(error)) throw error;
        await reload();
        if (current.shape.stamp === before) return splitOnError(tuples, error);
      }
    }
    throw interrupted('The table changes faster than its rows can be judged');
  }

  /** One row that a policy chokes on must not hide the others, and is itself not proven visible. */
  async function splitOnError(tuples: readonly Tuple[], error: unknown): Promise<(Sight | null)[]> {
    if (tuples.length > 1) {
      const sights: (Sight | null)[] = [];
      for (const tuple of tuples) sights.push(...(await ask([tuple])));
      return sights;
    }
    const state = error instanceof pg.DatabaseError ? error.code : undefined;
    log.warn(
      { operation: 'database.changes', relation, role: viewer.role, state },
      'a policy failed; the row is withheld',
    );
    return [null];
  }

  async function send(batch: readonly RowChange[]): Promise<void> {
    const tuples = batch.flatMap((change) => [change.old, change.new].filter((tuple) => tuple !== null));
    const sights = await ask(tuples);
    const { schema, table } = (current as { shape: Shape }).shape;
    let at = 0;
    for (const change of batch) {
      const before = change.old ? (sights[at++] ?? null) : null;
      const after = change.new ? (sights[at++] ?? null) : null;
      const seen = asSeen(before, after);
      if (!seen) continue;
      const message = { ...seen, schema, table, commitTimestamp: change.committedAt };
      for (const [mailbox, from] of members) if (change.position >= from) mailbox.push(message);
    }
  }

  async function pump(): Promise<void> {
    if (isPumping) return;
    isPumping = true;
    try {
      while (queue.length > 0) {
        await send(queue.splice(0, batchSize));
        if (queue.length < highWater / 2) room?.resolve();
        await new Promise(setImmediate); // the sockets get their turn
      }
    } catch (error) {
      end(error instanceof AppError ? error : interrupted('The changes could not be judged', error));
    } finally {
      isPumping = false;
      room?.resolve();
      room = null;
    }
  }

  return {
    get size() {
      return members.size;
    },
    end,
    deliver(change) {
      if (members.size === 0) return;
      queue.push(change);
      void pump();
      if (queue.length < highWater) return;
      room ??= Promise.withResolvers<void>();
      return room.promise;
    },
    async check() {
      try {
        await reload();
      } catch (error) {
        end(error instanceof AppError ? error : interrupted('The table could not be looked at', error));
        throw error;
      }
    },
    join(signal, from) {
      const mailbox = createMailbox<RecordChange>(signal, mailboxLimit);
      members.set(mailbox, from);
      mailbox.whenClosed(() => members.delete(mailbox));
      return mailbox;
    },
  };
}

/**
 * What a change is to someone who saw `before` and sees `after`: a row that comes into sight is an INSERT and one that
 * leaves it a DELETE, so that the operation tells nothing of a row while it was hidden.
 */
export function asSeen(
  before: Sight | null,
  after: Sight | null,
): Pick<RecordChange, 'operation' | 'record' | 'oldRecord'> | null {
  if (before && after) return { operation: 'UPDATE', record: after.record, oldRecord: before.key };
  if (after) return { operation: 'INSERT', record: after.record, oldRecord: null };
  if (before) return { operation: 'DELETE', record: null, oldRecord: before.key };
  return null;
}

/** Connection trouble, time-outs and shutdowns say nothing about a row; a policy's error does. */
function isAboutTheRow(error: unknown): boolean {
  return error instanceof pg.DatabaseError && !/^(08|53|57|58|XX)/.test(error.code ?? '08');
}

const noLongerReadable = () =>
  forbidden('The table is gone, or may no longer be selected', 'Check its name and your rights.');
