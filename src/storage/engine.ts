import type pg from 'pg';
import type { Call } from '../core/call.ts';
import type { Bus } from '../core/events.ts';
import type { InTx } from '../core/in-tx.ts';
import type { Db } from '../core/postgres/catalog-db.ts';
import type { RateLimiters } from '../core/rate-limit.ts';
import type { Vault } from '../core/vault.ts';
import { type FoundObject, findObject, type Query } from './catalog.ts';
import { createCommit, type Via } from './commit.ts';
import { type ReadConditions, readOutcome, type WriteConditions } from './conditions.ts';
import { createPins, type Pins } from './content.ts';
import type { ObjectAttributes, ObjectInfo, ObjectKey, S3Call, Tag } from './domain.ts';
import { conditionalConflict, preconditionFailed } from './faults.ts';
import type { BlobStore } from './provider.ts';
import { createInRoleTx, type InRoleTx } from './role-tx.ts';

/** What the room is built from. */
export interface StorageDeps {
  db: Db;
  inTx: InTx;
  pools: { system: pg.Pool; data: pg.Pool };
  bus: Bus;
  vault: Vault;
  store: BlobStore;
  rateLimiters: RateLimiters;
  now: () => Date;
  /** Cap of one PUT or part through S3, in bytes. */
  maxObjectBytes: number;
  /** Cap of one file through the native API while no row says otherwise, in bytes. */
  maxFileBytes: number;
  /** Whether clients are sent to the store itself where it can presign. */
  isPresigning: boolean;
}

/** What the verbs share: the catalog past all policies, the committing transaction, the blobs. */
export interface Engine extends ReturnType<typeof createCommit> {
  store: BlobStore;
  pins: Pins;
  now: () => Date;
  maxObjectBytes: number;
  /** As the server itself. For reading, and for tables that only the room writes. */
  query: Query;
  inRoleTx: InRoleTx;
  viaS3(call: S3Call): Via;
  /** Runs a commit; when it fails, the blobs are left to the sweeper, which looks whether it failed indeed. */
  orDiscard<T>(blobs: readonly string[], work: () => Promise<T>): Promise<T>;
  /** Gives a key another object's bytes without moving them. Errors: preconditionFailed, noSuchKey, accessDenied. */
  copy(call: Call, input: Via & CopyOrder): Promise<ObjectInfo>;
}
export interface CopyOrder {
  found: FoundObject;
  to: ObjectKey;
  attributes: ObjectAttributes | null;
  tags: readonly Tag[] | null;
  sourceConditions: ReadConditions;
  conditions: WriteConditions;
}

const maxCopyAttempts = 5;

export function createEngine({ pools, bus, store, now, maxObjectBytes }: StorageDeps): Engine {
  const inRoleTx = createInRoleTx({ pool: pools.data, bus });
  const query: Query = (text, values) => pools.system.query(text, values as unknown[]);
  const commits = createCommit({ inRoleTx, now });

  const orDiscard: Engine['orDiscard'] = async (blobs, work) => {
    try {
      return await work();
    } catch (error) {
      // Not removed here: a connection lost during COMMIT leaves open whether the object exists.
      await query('INSERT INTO storage.dead_blobs (blob) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING', [blobs]);
      throw error;
    }
  };

  async function copy(call: Call, order: Via & CopyOrder, attempt = 1): Promise<ObjectInfo> {
    const { found, to, via, accessKeyId, conditions } = order;
    const { sizeBytes, etag, checksum } = found.info;
    const tags = order.tags ?? (await tagsOf(query, found.info.bucket, found.info.key));
    const attributes = order.attributes ?? attributesOf(found.info);
    const write = { ...to, via, accessKeyId, attributes, tags, checksum, etag, sizeBytes, conditions };
    let hasSourceChanged = false;
    try {
      return await commits.commit(call, {
        write,
        content: { contentId: found.contentId },
        before: async (tx) => {
          // Locked, so that the bytes cannot lose their last reference before the copy has its own.
          const { rows } = await tx.room<{ content_id: string }>(
            'SELECT content_id FROM storage.object_contents WHERE bucket = $1 AND key = $2 FOR SHARE',
            [found.info.bucket, found.info.key],
          );
          hasSourceChanged = rows[0]?.content_id !== found.contentId;
          if (hasSourceChanged) throw conditionalConflict();
        },
      });
    } catch (error) {
      if (!hasSourceChanged || attempt === maxCopyAttempts) throw error;
      const again = await findObject(query, found.info.bucket, found.info.key);
      if (readOutcome(again.info, order.sourceConditions, now()) !== 'ok') throw preconditionFailed();
      return copy(call, { ...order, found: again }, attempt + 1);
    }
  }

  return {
    ...commits,
    store,
    pins: createPins(),
    now,
    maxObjectBytes,
    query,
    inRoleTx,
    viaS3: (call) => ({ via: 's3', accessKeyId: call.accessKey?.accessKeyId ?? null }),
    orDiscard,
    copy: (call, order) => copy(call, order),
  };
}

/** What a writer said about an object, without what its bytes say. */
export const attributesOf = (info: ObjectInfo): ObjectAttributes => ({
  contentType: info.contentType,
  cacheControl: info.cacheControl,
  contentDisposition: info.contentDisposition,
  contentEncoding: info.contentEncoding,
  contentLanguage: info.contentLanguage,
  expires: info.expires,
  metadata: info.metadata,
});

/** In key order. */
export async function tagsOf(query: Query, bucket: string, key: string): Promise<Tag[]> {
  const { rows } = await query<Tag>(
    `SELECT tag_key AS key, tag_value AS value FROM storage.object_tags
     WHERE bucket = $1 AND key = $2 ORDER BY tag_key`,
    [bucket, key],
  );
  return rows;
}
