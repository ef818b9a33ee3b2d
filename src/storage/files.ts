import type { Readable } from 'node:stream';
import { type Call, requireViewer } from '../core/call.ts';
import { type BucketRules, checkType, findBucketRules, isAdmin } from './access.ts';
import { type FoundObject, findObject, type ObjectRow, objectColumns, plainAttributes, toInfo } from './catalog.ts';
import { explainDenied, type ObjectWrite } from './commit.ts';
import { capped, onePart } from './content.ts';
import type { ObjectInfo, ObjectKey, OpenedObject } from './domain.ts';
import type { Engine } from './engine.ts';
import { entityTooLarge, faultOf, noSuchKey } from './faults.ts';
import { sniffType } from './media-types.ts';
import { afterPrefix, checkBucketName, checkKey, makeKey } from './names.ts';
import { opened } from './objects.ts';
import { deleteRows } from './removal.ts';

/** A file on its way in through the native API. */
export interface FileUpload {
  bucket: string;
  /** Null: made from the file's name. */
  key: string | null;
  /** Called once the caller may write, so that nobody else's bytes are read. */
  open: () => Promise<IncomingFile>;
  cacheControl?: string | null | undefined;
  /** Of the whole request, to refuse early; null when not announced. */
  announcedBytes: number | null;
}
export interface IncomingFile {
  fileName: string;
  /** What the client says; the bytes win. */
  declaredType: string | null;
  body: Readable;
}

/** An object with its bytes; `contentId` stays the same as long as they do. */
export type OpenedFile = FoundObject & OpenedObject;

export interface FileQuery {
  bucket: string;
  prefix: string;
  /** Substring of the key; '' for all. */
  search: string;
  limit: number;
  offset: number;
}

/** Room for the framing of a form around its file. */
const framingBytes = 64 * 1024;

/** Objects for the native API and GraphQL: admins past row-level security, everybody else under it. */
export function createFiles({ engine, maxUploadBytes }: { engine: Engine; maxUploadBytes: () => Promise<number> }) {
  const { query, inRoleTx, store } = engine;
  return {
    openFile,
    findFile,
    checkUpload,
    uploadFile,
    listFiles,
    pageFiles,
    deleteFile,
    deleteFiles,
    copyFile,
    moveFile,
  };

  /** Public buckets need nobody. Errors: AUTH_* 401, FORBIDDEN, noSuchBucket, noSuchKey. */
  async function openFile(call: Call, object: ObjectKey): Promise<OpenedFile> {
    const found = await visible(call, object);
    return { ...found, ...opened(engine, found) };
  }

  /** Without its bytes. Errors: as openFile. */
  async function findFile(call: Call, object: ObjectKey): Promise<FoundObject> {
    return visible(call, object);
  }

  async function visible(call: Call, { bucket, key }: ObjectKey): Promise<FoundObject> {
    const found = await findObject(query, bucket, key).catch((error: unknown) => {
      if (faultOf(error)) return error as Error;
      throw error;
    });
    if (!(found instanceof Error) && found.isBucketPublic) return found;
    if (found instanceof Error && faultOf(found) === 'noSuchKey' && (await findBucketRules(query, bucket)).isPublic)
      throw found;
    requireViewer(call);
    if (!isAdmin(call)) return underPolicies(call, { bucket, key });
    if (found instanceof Error) throw found;
    return found;
  }

  /** One snapshot: the row that the policies let through is the one that is read. */
  async function underPolicies(call: Call, { bucket, key }: ObjectKey): Promise<FoundObject> {
    const work = inRoleTx(
      call,
      async (tx) => {
        const { rowCount } = await tx.caller('SELECT FROM storage.objects WHERE bucket = $1 AND key = $2', [
          bucket,
          key,
        ]);
        if (rowCount === 0) throw noSuchKey(key);
        return findObject(tx.room, bucket, key);
      },
      { snapshot: true },
    );
    return work.catch(explainDenied);
  }

  /** Whether the caller may create or replace this key, before a byte is read. Errors: as uploadFile. */
  async function checkUpload(
    call: Call,
    { bucket, key }: ObjectKey,
  ): Promise<{ rules: BucketRules; maxBytes: number }> {
    requireViewer(call);
    checkBucketName(bucket);
    checkKey(key);
    const rules = await findBucketRules(query, bucket);
    const maxBytes = Math.min(await maxUploadBytes(), rules.fileSizeLimitBytes ?? Number.MAX_SAFE_INTEGER);
    if (!isAdmin(call))
      await engine.probe(call, toWrite({ bucket, key }, { contentType: null, etag: '', sizeBytes: 0 }));
    return { rules, maxBytes };
  }

  /**
   * Creates or replaces. Errors: AUTH_* 401, STORAGE_INVALID_PARAMETER (name, key), noSuchBucket, accessDenied,
   * entityTooLarge, STORAGE_INVALID_FILE_TYPE.
   */
  async function uploadFile(call: Call, { bucket, key: wanted, open, announcedBytes, cacheControl }: FileUpload) {
    const early = await checkUpload(call, { bucket, key: wanted ?? makeKey('file', engine.now().getTime()) });
    if ((announcedBytes ?? 0) > early.maxBytes + framingBytes) throw entityTooLarge(early.maxBytes);
    const { fileName, declaredType, body } = await open();
    const key = wanted ?? checkKey(makeKey(fileName, engine.now().getTime()));
    const incoming = capped(body, early.maxBytes);
    const staged = await store.stage(incoming.body);
    const { md5Hex: etag, sizeBytes } = staged;
    return engine.orDiscard([staged.blob], async () => {
      const contentType = await sniffType(incoming.head(), declaredType);
      checkType(contentType, early.rules);
      const write = toWrite({ bucket, key }, { contentType, etag, sizeBytes, cacheControl: cacheControl ?? null });
      const content = { parts: [onePart(staged, null)], isParted: false, stagedAt: staged.stagedAt };
      return engine.commit(call, { write, content });
    });
  }

  /** In key order, what the caller may see; an unknown bucket is empty. Errors: AUTH_* 401, FORBIDDEN. */
  async function listFiles(call: Call, input: FileQuery): Promise<{ files: ObjectInfo[]; total: number }> {
    const where = `bucket = $1 AND key >= $2 AND key <= $3 AND ($4 = '' OR strpos(key, $4) > 0)`;
    const values = [input.bucket, input.prefix, afterPrefix(input.prefix), input.search];
    return asReader(call, async (run) => {
      const page = await run<ObjectRow>(
        `SELECT ${objectColumns} FROM storage.objects o WHERE ${where} ORDER BY o.key LIMIT $5 OFFSET $6`,
        [...values, input.limit, input.offset],
      );
      const count = await run<{ total: string }>(
        `SELECT count(*) AS total FROM storage.objects WHERE ${where}`,
        values,
      );
      return { files: page.rows.map(toInfo), total: Number(count.rows[0]?.total) };
    });
  }

  /** The next `limit` keys strictly after `after`, in UTF-8 byte order. Errors: as listFiles. */
  async function pageFiles(
    call: Call,
    { bucket, prefix, search, after, limit }: Omit<FileQuery, 'offset'> & { after: string },
  ): Promise<ObjectInfo[]> {
    return asReader(call, async (run) => {
      const { rows } = await run<ObjectRow>(
        `SELECT ${objectColumns} FROM storage.objects o WHERE bucket = $1 AND key >= $2 AND key <= $3 AND key > $4
           AND ($5 = '' OR strpos(key, $5) > 0) ORDER BY o.key LIMIT $6`,
        [bucket, prefix, afterPrefix(prefix), after, search, limit],
      );
      return rows.map(toInfo);
    });
  }

  async function asReader<T>(call: Call, work: (run: Engine['query']) => Promise<T>): Promise<T> {
    requireViewer(call);
    if (isAdmin(call)) return work(query);
    return inRoleTx(call, (tx) => work(tx.caller), { snapshot: true }).catch(explainDenied);
  }

  /** Errors: AUTH_* 401, FORBIDDEN, noSuchKey (missing or hidden). */
  async function deleteFile(call: Call, { bucket, key }: ObjectKey): Promise<void> {
    const [result] = await deleteFiles(call, { bucket, keys: [key] });
    if (result?.status !== 'deleted') throw noSuchKey(key);
  }

  /** One result per distinct key, in order. Errors: AUTH_* 401, FORBIDDEN, STORAGE_INVALID_PARAMETER (before any deletion). */
  async function deleteFiles(
    call: Call,
    { bucket, keys }: { bucket: string; keys: readonly string[] },
  ): Promise<{ key: string; status: 'deleted' | 'notFound' }[]> {
    requireViewer(call);
    checkBucketName(bucket);
    const objects = [...new Set(keys.map(checkKey))].map((key) => ({ key }));
    const results = await deleteRows(inRoleTx, call, { bucket, objects }).catch(explainDenied);
    return results.map(({ key, wasDeleted }) => ({ key, status: wasDeleted ? 'deleted' : 'notFound' }));
  }

  /** The bytes are shared, not moved. Errors: as openFile for the source and uploadFile for the target. */
  async function copyFile(call: Call, { from, to }: { from: ObjectKey; to: ObjectKey }): Promise<ObjectInfo> {
    requireViewer(call);
    const found = await visible(call, from);
    const { rules, maxBytes } = await checkUpload(call, to);
    if (found.info.sizeBytes > maxBytes && to.bucket !== from.bucket) throw entityTooLarge(maxBytes);
    checkType(found.info.contentType, rules);
    const order = { found, to, attributes: null, tags: null, sourceConditions: {}, conditions: {} };
    return engine.copy(call, { ...order, via: 'rest', accessKeyId: null });
  }

  /** Copies, then deletes the source; a source that may not be deleted leaves no copy behind. Errors: as copyFile and deleteFile. */
  async function moveFile(call: Call, { from, to }: { from: ObjectKey; to: ObjectKey }): Promise<ObjectInfo> {
    requireViewer(call);
    if (from.bucket === to.bucket && from.key === to.key) return (await visible(call, from)).info;
    await checkRemovable(call, from);
    const moved = await copyFile(call, { from, to });
    await deleteFile(call, from);
    return moved;
  }

  async function checkRemovable(call: Call, { bucket, key }: ObjectKey): Promise<void> {
    const text = 'DELETE FROM storage.objects WHERE bucket = $1 AND key = $2';
    const { rowCount } = await inRoleTx(call, (tx) => tx.caller(text, [bucket, key]), { rollback: true }).catch(
      explainDenied,
    );
    if (rowCount === 0) throw noSuchKey(key);
  }
}

/** A row as the native API writes it. */
export const toWrite = (
  object: ObjectKey,
  file: { contentType: string | null; etag: string; sizeBytes: number; cacheControl?: string | null },
): ObjectWrite => ({
  ...object,
  via: 'rest',
  accessKeyId: null,
  attributes: plainAttributes(file.contentType, file.cacheControl ?? null),
  tags: [],
  checksum: null,
  etag: file.etag,
  sizeBytes: file.sizeBytes,
  conditions: {},
});
