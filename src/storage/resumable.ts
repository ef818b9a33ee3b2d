import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type Call, requireViewer } from '../core/call.ts';
import { checkType } from './access.ts';
import { multipartEtag } from './checksums.ts';
import { sqlState } from './commit.ts';
import type { ObjectKey } from './domain.ts';
import type { Engine } from './engine.ts';
import { conditionalConflict, entityTooLarge, noSuchUpload } from './faults.ts';
import { type createFiles, toWrite } from './files.ts';
import { octetStream, sniffBytes, sniffType } from './media-types.ts';
import type { UploadRow } from './multipart.ts';
import { partsOf, settleUpload } from './multipart-complete.ts';

/** An upload that can stop and go on. */
export interface Resumable extends ObjectKey {
  id: string;
  sizeBytes: number;
  offsetBytes: number;
  initiatedAt: Date;
}
export interface ResumableInput extends ObjectKey {
  sizeBytes: number;
  contentType: string | null;
  cacheControl: string | null;
}
type Row = UploadRow & { subject: string; size: string; received: string };

/**
 * Uploads in pieces of any size: each piece that arrived, whole or cut off, is a blob, so what was acknowledged survives
 * a crash. Only who began one sees it. The last piece makes the object.
 */
export function createResumables({ engine, files }: { engine: Engine; files: ReturnType<typeof createFiles> }) {
  const { query, store, now } = engine;
  return { beginUpload, findResumable, appendUpload, dropUpload };

  /** Errors: as uploadFile. */
  async function beginUpload(call: Call, input: ResumableInput): Promise<Resumable> {
    const { bucket, key, sizeBytes, contentType, cacheControl } = input;
    const { maxBytes } = await files.checkUpload(call, { bucket, key });
    if (sizeBytes > maxBytes) throw entityTooLarge(maxBytes);
    const id = randomUUID();
    await query(
      `INSERT INTO storage.uploads (id, bucket, key, kind, subject, attributes, size, initiated_at, touched_at)
       VALUES ($1, $2, $3, 'tus', $4, $5, $6, $7, $7)`,
      [id, bucket, key, requireViewer(call).id, JSON.stringify({ contentType, cacheControl }), sizeBytes, now()],
    );
    if (sizeBytes === 0) await appendUpload(call, id, null, 0);
    return { id, bucket, key, sizeBytes, offsetBytes: 0, initiatedAt: now() };
  }

  /** Errors: AUTH_* 401, noSuchUpload (also for another viewer's). */
  async function findResumable(call: Call, id: string): Promise<Resumable> {
    const row = await find(call, id);
    const sizeBytes = Number(row.size);
    const offsetBytes = row.completed_at ? sizeBytes : Number(row.received);
    return { id, bucket: row.bucket, key: row.key, sizeBytes, offsetBytes, initiatedAt: row.initiated_at };
  }

  async function find(call: Call, id: string): Promise<Row> {
    const { rows } = await query<Row>(
      `SELECT u.*, (SELECT coalesce(sum(p.size), 0) FROM storage.upload_parts p WHERE p.upload_id = u.id) AS received
       FROM storage.uploads u WHERE u.id::text = $1 AND u.kind = 'tus' AND u.subject = $2`,
      [id, requireViewer(call).id],
    );
    if (!rows[0]) throw noSuchUpload();
    return rows[0];
  }

  /** The new offset, once the bytes are safe. Errors: noSuchUpload, conditionalConflict (wrong offset), as uploadFile. */
  async function appendUpload(call: Call, id: string, body: Readable | null, offsetBytes: number): Promise<number> {
    const upload = await find(call, id);
    if (upload.completed_at || Number(upload.received) !== offsetBytes) throw conditionalConflict();
    const received = body ? await addPiece(upload, body, offsetBytes) : 0;
    if (offsetBytes + received === Number(upload.size)) await finish(call, upload);
    return offsetBytes + received;
  }

  async function addPiece(upload: Row, body: Readable, offsetBytes: number): Promise<number> {
    const { blob, sizeBytes, md5Hex } = await store.stage(body);
    return engine.orDiscard([blob], async () => {
      // Only at the offset it was sent for: of two writers at once, one finds the sum moved.
      const { rows } = await query(
        `WITH upload AS (UPDATE storage.uploads SET touched_at = $5 WHERE id = $1 AND completed_at IS NULL
           AND (SELECT coalesce(sum(size), 0) FROM storage.upload_parts WHERE upload_id = $1) = $6 RETURNING id)
         INSERT INTO storage.upload_parts (upload_id, part_number, blob, size, etag, created_at)
         SELECT id, (SELECT count(*) + 1 FROM storage.upload_parts WHERE upload_id = $1), $2, $3, $4, $5 FROM upload
         RETURNING part_number`,
        [upload.id, blob, sizeBytes, md5Hex, now(), offsetBytes],
      ).catch((error: unknown) => {
        if (sqlState(error) === '23505') throw conditionalConflict();
        throw error;
      });
      if (rows.length === 0) throw conditionalConflict();
      return sizeBytes;
    });
  }

  async function finish(call: Call, upload: Row): Promise<void> {
    const { bucket, key } = upload;
    try {
      const { rules } = await files.checkUpload(call, { bucket, key });
      const parts = await partsOf(engine, upload.id);
      const sizeBytes = Number(upload.size);
      const contentType = await typeOf(upload, parts);
      checkType(contentType, rules);
      const etag = multipartEtag(parts.map((part) => part.etag));
      const { cacheControl } = upload.attributes;
      const write = toWrite({ bucket, key }, { contentType, etag, sizeBytes, cacheControl });
      const result = {
        ...write.attributes,
        bucket,
        key,
        sizeBytes,
        etag,
        checksum: null,
        lastModifiedAt: now(),
        tagCount: 0,
        parts,
      };
      await engine.commit(call, {
        write,
        content: { parts, isParted: true, stagedAt: now() },
        before: (tx) => settleUpload(tx, upload.id, parts, result, now()),
      });
    } catch (error) {
      // All bytes are here and still it may not be: the client must not take the full offset for success.
      await query('DELETE FROM storage.uploads WHERE id = $1 AND completed_at IS NULL', [upload.id]);
      throw error;
    }
  }

  async function typeOf(upload: Row, parts: readonly { blob: string; sizeBytes: number }[]): Promise<string> {
    const first = parts.find((part) => part.sizeBytes > 0);
    if (!first) return octetStream;
    const end = Math.min(first.sizeBytes, sniffBytes) - 1;
    return sniffType(await buffer(await store.read(first.blob, { start: 0, end })), upload.attributes.contentType);
  }

  /** Errors: noSuchUpload. */
  async function dropUpload(call: Call, id: string): Promise<void> {
    await find(call, id);
    const { rows } = await query('DELETE FROM storage.uploads WHERE id = $1 AND completed_at IS NULL RETURNING id', [
      id,
    ]);
    if (rows.length === 0) throw noSuchUpload();
  }
}
