import { type Call, requireViewer } from '../core/call.ts';
import { appError } from '../core/errors.ts';
import { type FoundObject, findObject } from './catalog.ts';
import type { ObjectInfo, ObjectKey } from './domain.ts';
import type { Engine } from './engine.ts';
import { entityTooLarge, noSuchKey } from './faults.ts';
import { type createFiles, type OpenedFile, toWrite } from './files.ts';
import { isUnsafeType, octetStream, safeType } from './media-types.ts';
import type { UploadRow } from './multipart.ts';
import { settleUpload } from './multipart-complete.ts';
import { opened } from './objects.ts';
import type { PresignedForm } from './provider.ts';
import type { createSignedUrls } from './signed-urls.ts';

/** How a client gets bytes in: through this server (`direct`), or by a form posted to the store and then confirmed. */
export type UploadStrategy =
  | { method: 'direct'; key: string; maxBytes: number }
  | { method: 'presigned'; key: string; form: PresignedForm; expiresAt: Date };
/** How a client gets bytes out. `token` is for a URL of this server, `url` one of the store. */
export type DownloadStrategy =
  | { method: 'direct'; object: ObjectInfo }
  | { method: 'signed'; object: ObjectInfo; token: string; expiresAt: Date }
  | { method: 'presigned'; object: ObjectInfo; url: string; expiresAt: Date };

export interface DownloadInput extends ObjectKey {
  /** Clamped to 1…604800; null means the default. */
  expiresInSeconds: number | null;
  /** File name to save as. */
  download?: string | undefined;
}

const formSeconds = 3600;
const weekSeconds = 604_800;
const hourSeconds = 3600;

/** Decides how bytes travel; the permission is proven when the strategy is made. */
export function createStrategies(deps: {
  engine: Engine;
  files: ReturnType<typeof createFiles>;
  signedUrls: ReturnType<typeof createSignedUrls>;
  isPresigning: boolean;
}) {
  const { engine, files, signedUrls } = deps;
  const { query, store, now } = engine;
  const presigner = deps.isPresigning ? store.presigner : null;
  const inSeconds = (seconds: number) => new Date(now().getTime() + seconds * 1000);
  return { planUpload, signUpload, confirmUpload, planDownload, openSigned, redirectTo };

  /** Errors: as uploadFile. */
  async function planUpload(
    call: Call,
    { sizeBytes, contentType, ...object }: ObjectKey & { sizeBytes: number | null; contentType: string | null },
  ): Promise<UploadStrategy> {
    const { maxBytes } = await files.checkUpload(call, object);
    if (!presigner) return { method: 'direct', key: object.key, maxBytes };
    if (sizeBytes !== null && sizeBytes > maxBytes) throw entityTooLarge(maxBytes);
    const type = safeType(contentType);
    const limit = Math.min(sizeBytes ?? maxBytes, maxBytes);
    const form = await presigner.form({ contentType: type, maxBytes: limit, expiresInSeconds: formSeconds });
    await query(
      `INSERT INTO storage.uploads (id, bucket, key, kind, subject, attributes, size, initiated_at, touched_at)
       VALUES (gen_random_uuid(), $1, $2, 'form', $3, $4, $5, $6, $6)`,
      [
        object.bucket,
        object.key,
        requireViewer(call).id,
        JSON.stringify({ contentType: type, blob: form.blob }),
        limit,
        now(),
      ],
    );
    return { method: 'presigned', key: object.key, form, expiresAt: inSeconds(formSeconds) };
  }

  /** A token with which anyone may put this one object as the caller, for an hour. Errors: as uploadFile. */
  async function signUpload(call: Call, object: ObjectKey & { contentType: string | null }) {
    const { maxBytes } = await files.checkUpload(call, object);
    const { kind, id, role, claims } = requireViewer(call);
    const expiresAt = inSeconds(formSeconds);
    const { bucket, key } = object;
    const contentType = object.contentType ?? undefined;
    const token = signedUrls.sign({
      method: 'PUT',
      bucket,
      key,
      expiresAt,
      contentType,
      viewer: { kind, id, role, claims },
    });
    return { token, expiresAt, maxBytes };
  }

  /**
   * Makes what was posted to the store an object. Bound to the strategy that was issued to this caller for this key;
   * doing it again answers the same. Errors: as uploadFile, noSuchKey (nothing was posted).
   */
  async function confirmUpload(call: Call, object: ObjectKey): Promise<ObjectInfo> {
    const { maxBytes } = await files.checkUpload(call, object);
    const { rows } = await query<UploadRow & { attributes: { blob: string; contentType: string } }>(
      `SELECT * FROM storage.uploads WHERE bucket = $1 AND key = $2 AND kind = 'form' AND subject = $3 AND initiated_at > $4
       ORDER BY initiated_at DESC LIMIT 1`,
      [object.bucket, object.key, requireViewer(call).id, inSeconds(-formSeconds - hourSeconds)],
    );
    const upload = rows[0];
    // On a store that clients cannot reach, the upload itself made the object.
    if (!upload || !presigner) return (await files.findFile(call, object)).info;
    if (upload.result) return { ...upload.result, lastModifiedAt: new Date(upload.result.lastModifiedAt) };
    const posted = await presigner.posted(upload.attributes.blob);
    if (!posted) throw noSuchKey(object.key);
    if (posted.sizeBytes > maxBytes) throw entityTooLarge(maxBytes);
    if (posted.contentType !== null && posted.contentType !== upload.attributes.contentType) throw typeDiffers();
    return settleForm(call, object, upload);
  }

  /** The form could be posted again within its hour, so the object gets bytes of its own. */
  async function settleForm(
    call: Call,
    object: ObjectKey,
    upload: UploadRow & { attributes: { blob: string; contentType: string } },
  ) {
    const { blob, contentType } = upload.attributes;
    const staged = await store.stage(await store.read(blob));
    const { md5Hex: etag, sizeBytes, stagedAt } = staged;
    const part = { partNumber: 1, blob: staged.blob, sizeBytes, etag, checksum: null, lastModifiedAt: stagedAt };
    const write = toWrite(object, { contentType, etag, sizeBytes });
    const result = {
      ...write.attributes,
      ...object,
      sizeBytes,
      etag,
      checksum: null,
      lastModifiedAt: now(),
      tagCount: 0,
      parts: [],
    };
    return engine.orDiscard([staged.blob], async () => {
      const info = await engine.commit(call, {
        write,
        content: { parts: [part], isParted: false, stagedAt },
        before: (tx) => settleUpload(tx, upload.id, [], result, now()),
      });
      await store.remove(blob);
      return info;
    });
  }

  /** Errors: as openFile. */
  async function planDownload(
    call: Call,
    { expiresInSeconds, download, ...object }: DownloadInput,
  ): Promise<DownloadStrategy> {
    const found = await files.findFile(call, object);
    const seconds = found.isBucketPublic ? weekSeconds : clampSeconds(expiresInSeconds);
    const expiresAt = inSeconds(seconds);
    const direct = await presign(found, download, seconds);
    if (direct !== null) return { method: 'presigned', object: found.info, url: direct, expiresAt };
    if (found.isBucketPublic || expiresInSeconds === null) return { method: 'direct', object: found.info };
    const token = signedUrls.sign({ method: 'GET', ...object, expiresAt, download });
    return { method: 'signed', object: found.info, token, expiresAt };
  }

  /** What the bearer of a signed URL may read: the permission was proven when it was made. Errors: accessDenied, noSuchKey. */
  async function openSigned(
    token: string,
    object: ObjectKey,
  ): Promise<{ file: OpenedFile; download: string | undefined }> {
    const grant = signedUrls.check(token, { method: 'GET', ...object });
    const found = await findObject(query, object.bucket, object.key);
    return { file: { ...found, ...opened(engine, found) }, download: grant.download };
  }

  /** Where to send a download; null when its bytes come from this server. */
  function redirectTo(found: FoundObject, download: string | undefined): Promise<string | null> {
    return presign(found, download, found.isBucketPublic ? weekSeconds : hourSeconds);
  }

  async function presign({ info, blobs }: FoundObject, download: string | undefined, expiresInSeconds: number) {
    const [only, ...rest] = blobs;
    if (!presigner || !only || rest.length > 0) return null;
    const contentType = info.contentType ?? octetStream;
    const headers = { contentType, contentDisposition: dispositionOf(info, download), cacheControl: info.cacheControl };
    return presigner.read(only.blob, { expiresInSeconds, headers });
  }
}

/** Default an hour; whole seconds from 1 to a week. */
export const clampSeconds = (seconds: number | null): number =>
  seconds === null ? hourSeconds : Math.min(Math.max(Math.floor(seconds), 1), weekSeconds);

/** Saved, never run: active types are attachments; a given name is the file's (RFC 6266). Null serves inline. */
export function dispositionOf(
  { contentType, contentDisposition }: Pick<ObjectInfo, 'contentType' | 'contentDisposition'>,
  download: string | undefined,
): string | null {
  if (download !== undefined && download !== '') {
    const plain = download.replace(/[^\x20-\x7e]|["\\%]/g, '_');
    return `attachment; filename="${plain}"; filename*=UTF-8''${encodeRfc5987(download)}`;
  }
  if (download === '' || isUnsafeType(contentType ?? octetStream)) return 'attachment';
  return contentDisposition;
}

const encodeRfc5987 = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const typeDiffers = () =>
  appError({
    code: 'STORAGE_INVALID_FILE_TYPE',
    status: 400,
    message: 'The type of what was uploaded is not the one that was announced',
    nextActions: 'Ask for a new upload strategy with the right contentType.',
  });
