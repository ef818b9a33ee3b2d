import type pg from 'pg';
import type { Logger } from 'pino';
import { sqlState } from './commit.ts';
import type { Engine } from './engine.ts';
import { createExpiry } from './expiry.ts';

export interface SweepOptions {
  /** How long bytes without a reference stay for readers on other nodes. */
  readerGraceMs?: number;
  /** How long blobs that no row names are left alone: longer than any commit may take after staging. */
  orphanGraceMs?: number;
}
export interface Swept {
  contents: number;
  blobs: number;
  orphans: number;
  uploads: number;
  expired: number;
}

const minuteMs = 60_000;
const readerGraceDefaultMs = 15 * minuteMs;
const orphanGraceDefaultMs = 24 * 60 * minuteMs;
const orphanSweepEveryMs = 6 * 60 * minuteMs;
const idleUploadMs = 7 * 24 * 60 * minuteMs;
const completedUploadMs = 2 * 24 * 60 * minuteMs;
const batch = 500;
/** Any number that no other job locks with. */
const sweepLock = 7_130_041;

/**
 * Settles what deletes, aborts and crashes left: bytes that lost their last reference, blobs that never got one,
 * uploads nobody finished, objects whose time is over. One node at a time. Never a live object: a blob is removed only
 * when the catalog, asked at that moment, does not name it.
 */
export function createSweeper({ engine, pool, log }: { engine: Engine; pool: pg.Pool; log: Logger }) {
  const { query, store, pins, now } = engine;
  const expiry = createExpiry(engine);
  let orphansAt = 0;

  async function sweep(options: SweepOptions = {}): Promise<Swept | null> {
    const client = await pool.connect();
    try {
      const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS mine', [sweepLock]);
      if (!rows[0]?.mine) return null;
      const swept = await settle(options);
      await client.query('SELECT pg_advisory_unlock($1)', [sweepLock]);
      return swept;
    } finally {
      // A connection that failed halfway must not keep the lock in the pool.
      client.release(true);
    }
  }

  async function settle({ readerGraceMs = readerGraceDefaultMs, orphanGraceMs }: SweepOptions): Promise<Swept> {
    const uploads = await closeUploads();
    const expired = await expiry.expireObjects();
    const contents = await buryContents();
    const blobs = await removeDeadBlobs(before(readerGraceMs));
    const areOrphansDue = orphanGraceMs !== undefined || now().getTime() - orphansAt > orphanSweepEveryMs;
    const orphans = areOrphansDue ? await removeOrphans(before(orphanGraceMs ?? orphanGraceDefaultMs)) : 0;
    return { contents, blobs, orphans, uploads, expired };
  }
  const before = (ageMs: number) => new Date(now().getTime() - ageMs);

  async function closeUploads(): Promise<number> {
    const { rows } = await query(
      `DELETE FROM storage.uploads WHERE (completed_at IS NULL AND touched_at < $1) OR completed_at < $2 RETURNING id`,
      [before(idleUploadMs), before(completedUploadMs)],
    );
    return rows.length + (await expiry.abortIncomplete());
  }

  /** One by one: a copy that takes a new reference meanwhile makes the foreign key refuse, and the content lives on. */
  async function buryContents(): Promise<number> {
    const { rows } = await query<{ content_id: string }>('SELECT content_id FROM storage.dead_contents LIMIT $1', [
      batch * 10,
    ]);
    let count = 0;
    for (const { content_id: id } of rows) {
      const gone = await query(
        `DELETE FROM storage.contents c WHERE id = $1
           AND NOT EXISTS (SELECT FROM storage.object_contents o WHERE o.content_id = c.id) RETURNING id`,
        [id],
      ).catch((error: unknown) => {
        if (sqlState(error) === '23503') return { rows: [] };
        throw error;
      });
      count += gone.rows.length;
      // Only if it is still without a reference: one that died again since has to stay queued.
      await query(
        `DELETE FROM storage.dead_contents d WHERE content_id = $1 AND NOT EXISTS (
           SELECT FROM storage.contents c WHERE c.id = d.content_id
             AND NOT EXISTS (SELECT FROM storage.object_contents o WHERE o.content_id = c.id))`,
        [id],
      );
    }
    return count;
  }

  async function removeDeadBlobs(diedBefore: Date): Promise<number> {
    let count = 0;
    let after = '';
    for (;;) {
      const { rows } = await query<{ blob: string; is_live: boolean }>(
        `SELECT d.blob, ${isNamed('d.blob')} AS is_live FROM storage.dead_blobs d
         WHERE d.blob > $1 AND d.died_at <= $2 ORDER BY d.blob LIMIT $3`,
        [after, diedBefore, batch],
      );
      const dead = rows.filter((row) => !row.is_live && !pins.isHeld(row.blob));
      for (const { blob } of dead) await store.remove(blob);
      const settled = [...dead, ...rows.filter((row) => row.is_live)].map((row) => row.blob);
      await query('DELETE FROM storage.dead_blobs WHERE blob = ANY ($1::text[])', [settled]);
      count += dead.length;
      const last = rows.at(-1);
      if (!last || rows.length < batch) return count;
      after = last.blob;
    }
  }

  async function removeOrphans(storedBefore: Date): Promise<number> {
    let count = 0;
    let names: string[] = [];
    const settleNames = async () => {
      const { rows } = await query<{ blob: string }>(
        `SELECT n AS blob FROM unnest($1::text[]) AS n
         WHERE NOT ${isNamed('n')} AND NOT EXISTS (SELECT FROM storage.dead_blobs d WHERE d.blob = n)`,
        [names],
      );
      for (const { blob } of rows) await store.remove(blob);
      count += rows.length;
      names = [];
    };
    for await (const { blob, storedAt } of store.list()) {
      if (storedAt <= storedBefore) names.push(blob);
      if (names.length >= batch) await settleNames();
    }
    await settleNames();
    await store.clearStaging(storedBefore);
    orphansAt = now().getTime();
    return count;
  }

  /** Sweeps every minute until disposed; a failure is logged and the next minute tries again. */
  function start(): AsyncDisposable {
    let running: Promise<unknown> = Promise.resolve();
    const timer = setInterval(() => {
      running = running.then(() =>
        sweep().catch((error: unknown) => log.error({ operation: 'storage.sweep', err: error }, 'sweep failed')),
      );
    }, minuteMs);
    timer.unref();
    return {
      async [Symbol.asyncDispose]() {
        clearInterval(timer);
        await running;
      },
    };
  }

  return { sweep, start };
}

/** SQL: whether an object or an open upload has this blob. */
const isNamed = (blob: string) =>
  `(EXISTS (SELECT FROM storage.content_parts p WHERE p.blob = ${blob})
    OR EXISTS (SELECT FROM storage.upload_parts u WHERE u.blob = ${blob}))`;
