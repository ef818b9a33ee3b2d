import { randomUUID } from 'node:crypto';
import type { Call } from '../core/call.ts';
import { forbidden, invariant } from '../core/errors.ts';
import type { ContentPart } from './catalog.ts';
import type { ObjectChecksum } from './checksums.ts';
import { type WriteConditions, writeOutcome } from './conditions.ts';
import type { ObjectAttributes, ObjectInfo, Tag } from './domain.ts';
import { accessDenied, conditionalConflict, noSuchBucket, noSuchKey, preconditionFailed } from './faults.ts';
import type { InRoleTx, RoleTx } from './role-tx.ts';

/** Which face a write came through, as the row says. */
export interface Via {
  via: 'rest' | 's3' | 'dashboard';
  accessKeyId: string | null;
}

export interface ObjectWrite extends Via {
  bucket: string;
  key: string;
  attributes: ObjectAttributes;
  tags: readonly Tag[];
  checksum: ObjectChecksum | null;
  etag: string;
  sizeBytes: number;
  conditions: WriteConditions;
}
/** New blobs, or another object's bytes, which copies share. */
export type Content = { parts: readonly ContentPart[]; isParted: boolean; stagedAt: Date } | { contentId: string };

export interface CommitInput {
  write: ObjectWrite;
  content: Content;
  /** More that must commit with it; runs first, as the room. May change what is written. */
  before?: (tx: RoleTx) => Promise<void>;
}

const uniqueViolation = '23505';
const foreignKeyViolation = '23503';
const permissionDenied = '42501';
const retried = new Set([uniqueViolation, '40001', '40P01']);
const maxAttempts = 8;
/** Far under the sweeper's patience with blobs that no row names. */
const commitWithinMs = 3_600_000;

export const sqlState = (error: unknown): string | undefined => (error as { code?: string } | null)?.code;

/** Makes staged bytes an object: the one place where an object's row and bytes change. */
export function createCommit({ inRoleTx, now }: { inRoleTx: InRoleTx; now: () => Date }) {
  return { commit, probe };

  /**
   * One short transaction: lock the row, decide the conditions, write it as the caller, swap the bytes behind it.
   * Errors: noSuchBucket, preconditionFailed, noSuchKey (If-Match), accessDenied (row-level security).
   */
  async function commit(call: Call, { write, content, before }: CommitInput): Promise<ObjectInfo> {
    if ('parts' in content)
      invariant(now().getTime() - content.stagedAt.getTime() < commitWithinMs, 'staged bytes waited too long');
    return retry(write, () =>
      inRoleTx(call, async (tx) => {
        await before?.(tx);
        const uploadedAt = await writeRow(call, tx, write);
        const contentId = 'contentId' in content ? content.contentId : await addContent(tx, write, content);
        await pointAt(tx, write, contentId);
        await replaceTags(tx, write);
        tx.emit('storage.object.changed', { bucket: write.bucket, key: write.key, change: 'put', ownerId: null });
        const parts = 'parts' in content && content.isParted ? content.parts : [];
        return { ...write.attributes, ...pick(write), lastModifiedAt: uploadedAt, tagCount: write.tags.length, parts };
      }),
    );
  }

  /** Whether the caller might create or replace this key now. Errors: as commit. */
  async function probe(call: Call, write: ObjectWrite): Promise<void> {
    await retry(write, () => inRoleTx(call, (tx) => writeRow(call, tx, write), { rollback: true }));
  }

  async function writeRow(call: Call, tx: RoleTx, write: ObjectWrite): Promise<Date> {
    const { rows } = await tx.room<{ etag: string | null; uploaded_by: string | null }>(
      'SELECT etag, uploaded_by FROM storage.objects WHERE bucket = $1 AND key = $2 FOR UPDATE',
      [write.bucket, write.key],
    );
    const current = rows[0] ? { etag: rows[0].etag ?? '' } : null;
    const outcome = writeOutcome(current, write.conditions);
    if (outcome === 'preconditionFailed') throw preconditionFailed();
    if (outcome === 'noSuchKey') throw noSuchKey(write.key);
    const uploadedAt = now();
    if (!current) await insertRow(call, tx, write, uploadedAt);
    else if (call.viewer?.role === 'project_admin') await updateRow(tx, write, uploadedAt, 'bucket = $1 AND key = $2');
    else await replaceAsUser(call, tx, write, uploadedAt);
    return uploadedAt;
  }

  /**
   * What INSERT … ON CONFLICT DO UPDATE would check, in steps: that statement reads, so it would demand a SELECT
   * policy of projects that only let people upload. A cursor of the room says which row, so the UPDATE reads nothing.
   */
  async function replaceAsUser(call: Call, tx: RoleTx, write: ObjectWrite, uploadedAt: Date): Promise<void> {
    await tx.caller('SAVEPOINT proposal', []);
    const conflict = await insertRow(call, tx, write, uploadedAt).catch((error: unknown) => error);
    if (sqlState(conflict) !== uniqueViolation) throw conflict ?? new Error('the row was locked, yet gone');
    await tx.caller('ROLLBACK TO SAVEPOINT proposal', []);
    await tx.room('DECLARE replaced CURSOR FOR SELECT FROM storage.objects WHERE bucket = $1 AND key = $2 FOR UPDATE', [
      write.bucket,
      write.key,
    ]);
    await tx.room('FETCH replaced', []);
    await updateRow(tx, write, uploadedAt, 'CURRENT OF replaced');
  }

  async function insertRow(call: Call, tx: RoleTx, write: ObjectWrite, uploadedAt: Date): Promise<void> {
    const ownerId = call.viewer?.role === 'authenticated' ? call.viewer.id : null;
    await tx.caller(
      `INSERT INTO storage.objects (bucket, key, ${written.join(', ')}, uploaded_by)
       VALUES (${[1, 2, ...written.map((_, index) => index + 3), written.length + 3].map((n) => `$${n}`).join(', ')})`,
      [...rowValues(write, uploadedAt), ownerId],
    );
  }
}

const written = [
  'size',
  'mime_type',
  'uploaded_at',
  'uploaded_via',
  's3_access_key_id',
  'etag',
  'cache_control',
  'content_disposition',
  'content_encoding',
  'content_language',
  'expires',
  'metadata',
  'checksum',
] as const;

const rowValues = (write: ObjectWrite, uploadedAt: Date): unknown[] => [
  write.bucket,
  write.key,
  write.sizeBytes,
  write.attributes.contentType,
  uploadedAt,
  write.via,
  write.accessKeyId,
  write.etag,
  write.attributes.cacheControl,
  write.attributes.contentDisposition,
  write.attributes.contentEncoding,
  write.attributes.contentLanguage,
  write.attributes.expires,
  JSON.stringify(write.attributes.metadata),
  write.checksum && JSON.stringify(write.checksum),
];

/** The owner is not among what is written: it never moves. */
async function updateRow(tx: RoleTx, write: ObjectWrite, uploadedAt: Date, where: string): Promise<void> {
  const isCursor = where.startsWith('CURRENT');
  const values = rowValues(write, uploadedAt);
  const from = isCursor ? 1 : 3;
  const sets = written.map((column, index) => `${column} = $${index + from}`).join(', ');
  const { rowCount } = await tx.caller(
    `UPDATE storage.objects SET ${sets} WHERE ${where}`,
    isCursor ? values.slice(2) : values,
  );
  if (rowCount === 0) throw accessDenied('You may not replace this object');
}

async function addContent(
  tx: RoleTx,
  write: ObjectWrite,
  content: { parts: readonly ContentPart[]; isParted: boolean },
): Promise<string> {
  const id = randomUUID();
  await tx.room(
    `WITH content AS (INSERT INTO storage.contents (id, size, is_parted) VALUES ($1, $2, $3))
     INSERT INTO storage.content_parts (content_id, part_number, blob, size, etag, checksum, created_at)
     SELECT $1, p."partNumber", p.blob, p."sizeBytes", p.etag, p.checksum, p."lastModifiedAt"
     FROM jsonb_to_recordset($4::jsonb) AS p ("partNumber" int, blob text, "sizeBytes" bigint, etag text, checksum jsonb,
       "lastModifiedAt" timestamptz)`,
    [id, write.sizeBytes, content.isParted, JSON.stringify(content.parts)],
  );
  return id;
}

const pointAt = (tx: RoleTx, { bucket, key }: ObjectWrite, contentId: string) =>
  tx.room(
    `INSERT INTO storage.object_contents (bucket, key, content_id) VALUES ($1, $2, $3)
     ON CONFLICT (bucket, key) DO UPDATE SET content_id = excluded.content_id`,
    [bucket, key, contentId],
  );

/** A write replaces all tags. */
async function replaceTags(tx: RoleTx, { bucket, key, tags }: ObjectWrite): Promise<void> {
  await tx.room('DELETE FROM storage.object_tags WHERE bucket = $1 AND key = $2', [bucket, key]);
  if (tags.length > 0) await addTags(tx, { bucket, key, tags });
}

/** Adds tags to an object that has none of these names. */
export const addTags = (tx: RoleTx, { bucket, key, tags }: { bucket: string; key: string; tags: readonly Tag[] }) =>
  tx.room(
    `INSERT INTO storage.object_tags (bucket, key, tag_key, tag_value)
     SELECT $1, $2, t.key, t.value FROM jsonb_to_recordset($3::jsonb) AS t (key text, value text)`,
    [bucket, key, JSON.stringify(tags)],
  );

const pick = ({ bucket, key, sizeBytes, etag, checksum }: ObjectWrite) => ({ bucket, key, sizeBytes, etag, checksum });

/** Two writers of a new key meet at the unique index; the loser decides again, now with a row to look at. */
async function retry<T>(write: ObjectWrite, attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      const state = sqlState(error);
      if (state === foreignKeyViolation) throw noSuchBucket(write.bucket);
      if (state === permissionDenied) throw accessDenied('Row-level security refuses this write');
      if (!state || !retried.has(state)) throw error;
      if (count === maxAttempts) throw conditionalConflict();
    }
  }
}

/** What a read or a delete means when the role has no right on the table at all: 403 FORBIDDEN. */
export function explainDenied(error: unknown): never {
  if (sqlState(error) === permissionDenied)
    throw forbidden('Your role has no access to stored objects', 'Sign in, or have a project admin grant the right.');
  throw error;
}
