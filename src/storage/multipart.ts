import { checkType, findBucketRules, requireScope } from './access.ts';
import type { Query } from './catalog.ts';
import type { ChecksumAlgorithm, ChecksumType, PartChecksum } from './checksums.ts';
import { stageUpload } from './content.ts';
import type { MultipartVerbs, ObjectAttributes, ObjectInfo, PartInfo, Tag, UploadInfo, UploadKey } from './domain.ts';
import type { Engine } from './engine.ts';
import { noSuchUpload } from './faults.ts';
import { createCompletion } from './multipart-complete.ts';
import { listUploadPage } from './multipart-listing.ts';

/** An upload as it is stored. */
export interface UploadRow {
  id: string;
  bucket: string;
  key: string;
  attributes: ObjectAttributes;
  tags: readonly Tag[];
  checksum_algorithm: ChecksumAlgorithm | null;
  checksum_type: ChecksumType | null;
  initiated_at: Date;
  completed_at: Date | null;
  result: (Omit<ObjectInfo, 'lastModifiedAt'> & { lastModifiedAt: string }) | null;
}
export interface PartRow {
  part_number: number;
  blob: string;
  size: string;
  etag: string;
  checksum: PartChecksum | null;
  created_at: Date;
}

/** Multipart uploads of S3 callers. Each part is a blob; completing names them in order and moves no byte. */
export function createMultipartVerbs(engine: Engine): MultipartVerbs {
  const { query, store, now } = engine;

  const createUpload: MultipartVerbs['createUpload'] = async (call, input) => {
    const { bucket, key, attributes, tags, checksumAlgorithm, checksumType } = input;
    requireScope(call, bucket, 'write');
    checkType(attributes.contentType, await findBucketRules(query, bucket));
    const { rows } = await query<UploadRow>(
      `INSERT INTO storage.uploads (bucket, key, kind, subject, attributes, tags, checksum_algorithm, checksum_type,
         initiated_at, touched_at) VALUES ($1, $2, 's3', $3, $4, $5, $6, $7, $8, $8) RETURNING *`,
      [
        bucket,
        key,
        call.accessKey?.accessKeyId,
        JSON.stringify(attributes),
        JSON.stringify(tags),
        checksumAlgorithm,
        checksumType,
        now(),
      ],
    );
    return toUpload(rows[0] as UploadRow);
  };

  const getUpload: MultipartVerbs['getUpload'] = async (call, upload) => {
    requireScope(call, upload.bucket, 'read');
    return toUpload(await findUpload(query, upload));
  };

  const putPart: MultipartVerbs['putPart'] = async (call, { partNumber, upload, ...id }) => {
    requireScope(call, id.bucket, 'write');
    await findUpload(query, id);
    const { fileSizeLimitBytes } = await findBucketRules(query, id.bucket);
    const { staged, checksum } = await stageUpload(store, upload, fileSizeLimitBytes ?? engine.maxObjectBytes);
    return engine.orDiscard([staged.blob], async () => {
      const { rows } = await query<PartRow>(addPart, [
        id.uploadId,
        partNumber,
        staged.blob,
        staged.sizeBytes,
        staged.md5Hex,
        checksum && JSON.stringify(checksum),
        now(),
      ]);
      if (!rows[0]) throw noSuchUpload();
      return toPart(rows[0]);
    });
  };

  const listParts: MultipartVerbs['listParts'] = async (call, { after, limit, ...id }) => {
    requireScope(call, id.bucket, 'read');
    const upload = toUpload(await findUpload(query, id));
    const { rows } = await query<PartRow>(
      `SELECT * FROM storage.upload_parts WHERE upload_id = $1 AND part_number > $2 ORDER BY part_number LIMIT $3`,
      [id.uploadId, after, limit + 1],
    );
    return { upload, parts: rows.slice(0, limit).map(toPart), isTruncated: rows.length > limit };
  };

  const listUploads: MultipartVerbs['listUploads'] = async (call, input) => {
    requireScope(call, input.bucket, 'read');
    await findBucketRules(query, input.bucket);
    return listUploadPage(query, input);
  };

  const abortUpload: MultipartVerbs['abortUpload'] = async (call, upload) => {
    requireScope(call, upload.bucket, 'write');
    await findUpload(query, upload);
    const { rows } = await query('DELETE FROM storage.uploads WHERE id = $1 AND completed_at IS NULL RETURNING id', [
      upload.uploadId,
    ]);
    if (rows.length === 0) throw noSuchUpload();
  };

  const { completeUpload } = createCompletion(engine);
  return { createUpload, getUpload, putPart, listParts, listUploads, completeUpload, abortUpload };
}

/** The lock on the upload orders this against complete and abort; a completed one takes no parts. */
const addPart = `WITH upload AS (
    UPDATE storage.uploads SET touched_at = $7 WHERE id = $1 AND completed_at IS NULL RETURNING id)
  INSERT INTO storage.upload_parts (upload_id, part_number, blob, size, etag, checksum, created_at)
  SELECT id, $2, $3, $4, $5, $6::jsonb, $7 FROM upload
  ON CONFLICT (upload_id, part_number) DO UPDATE SET blob = excluded.blob, size = excluded.size, etag = excluded.etag,
    checksum = excluded.checksum, created_at = excluded.created_at
  RETURNING *`;

const isUploadId = (text: string) => /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(text);

/** Open uploads only, unless completed ones are asked for. Errors: noSuchUpload. */
export async function findUpload(
  query: Query,
  { uploadId, bucket, key }: UploadKey,
  { isCompletedToo = false, kind = 's3' }: { isCompletedToo?: boolean; kind?: 's3' | 'tus' | 'form' } = {},
): Promise<UploadRow> {
  if (!isUploadId(uploadId)) throw noSuchUpload();
  const { rows } = await query<UploadRow>(
    'SELECT * FROM storage.uploads WHERE id = $1 AND bucket = $2 AND key = $3 AND kind = $4',
    [uploadId, bucket, key, kind],
  );
  const row = rows[0];
  if (!row || (row.completed_at && !isCompletedToo)) throw noSuchUpload();
  return row;
}

export const toUpload = (row: UploadRow): UploadInfo => ({
  uploadId: row.id,
  bucket: row.bucket,
  key: row.key,
  initiatedAt: row.initiated_at,
  checksumAlgorithm: row.checksum_algorithm,
  checksumType: row.checksum_type,
});

export const toPart = (row: PartRow): PartInfo => ({
  partNumber: row.part_number,
  sizeBytes: Number(row.size),
  etag: row.etag,
  checksum: row.checksum,
  lastModifiedAt: row.created_at,
});
