import type pg from 'pg';
import type { ObjectChecksum, PartChecksum } from './checksums.ts';
import type { ObjectAttributes, ObjectInfo } from './domain.ts';
import { noSuchBucket, noSuchKey } from './faults.ts';

/** Runs one statement: a pool's or a transaction's. */
export type Query = <Row extends pg.QueryResultRow>(
  text: string,
  values: readonly unknown[],
) => Promise<{ rows: Row[] }>;

/** One blob of an object's bytes. */
export interface ContentPart {
  partNumber: number;
  blob: string;
  sizeBytes: number;
  /** md5 in hex. */
  etag: string;
  checksum: PartChecksum | null;
  lastModifiedAt: Date;
}

/** An object and where its bytes are. */
export interface FoundObject {
  info: ObjectInfo;
  isBucketPublic: boolean;
  uploadedBy: string | null;
  uploadedVia: string;
  contentId: string;
  /** In order; together the object's bytes. */
  blobs: readonly ContentPart[];
}

export interface ObjectRow {
  bucket: string;
  key: string;
  size: string;
  mime_type: string | null;
  uploaded_at: Date;
  uploaded_by: string | null;
  uploaded_via: string;
  etag: string | null;
  cache_control: string | null;
  content_disposition: string | null;
  content_encoding: string | null;
  content_language: string | null;
  expires: string | null;
  metadata: Record<string, string>;
  checksum: ObjectChecksum | null;
}
/** As `json_build_array` of the six columns gives it. */
type PartRow = [number, string, number, string, PartChecksum | null, string];
interface FoundRow extends ObjectRow {
  is_public: boolean;
  content_id: string | null;
  is_parted: boolean;
  tag_count: number;
  parts: PartRow[] | null;
}

export const objectColumns = `o.bucket, o.key, o.size, o.mime_type, o.uploaded_at, o.uploaded_by, o.uploaded_via, o.etag,
  o.cache_control, o.content_disposition, o.content_encoding, o.content_language, o.expires, o.metadata, o.checksum`;

const findText = `SELECT ${objectColumns}, b.public AS is_public, c.id AS content_id, c.is_parted,
  (SELECT count(*)::int FROM storage.object_tags t WHERE t.bucket = o.bucket AND t.key = o.key) AS tag_count,
  (SELECT json_agg(json_build_array(p.part_number, p.blob, p.size, p.etag, p.checksum, p.created_at) ORDER BY p.part_number)
    FROM storage.content_parts p WHERE p.content_id = c.id) AS parts
  FROM storage.buckets b
  LEFT JOIN storage.objects o ON o.bucket = b.name AND o.key = $2
  LEFT JOIN storage.object_contents oc ON oc.bucket = o.bucket AND oc.key = o.key
  LEFT JOIN storage.contents c ON c.id = oc.content_id
  WHERE b.name = $1`;

/** Past all policies; the caller has decided. Errors: noSuchBucket, noSuchKey. */
export async function findObject(query: Query, bucket: string, key: string): Promise<FoundObject> {
  const { rows } = await query<FoundRow>(findText, [bucket, key]);
  const row = rows[0];
  if (!row) throw noSuchBucket(bucket);
  if (row.content_id === null) throw noSuchKey(key);
  const blobs = (row.parts ?? []).map(toPart);
  return {
    info: { ...toInfo(row), tagCount: row.tag_count, parts: row.is_parted ? blobs : [] },
    isBucketPublic: row.is_public,
    uploadedBy: row.uploaded_by,
    uploadedVia: row.uploaded_via,
    contentId: row.content_id,
    blobs,
  };
}

const toPart = ([partNumber, blob, sizeBytes, etag, checksum, createdAt]: PartRow): ContentPart => ({
  partNumber,
  blob,
  sizeBytes,
  etag,
  checksum,
  lastModifiedAt: new Date(createdAt),
});

/** Without tags and parts, which other tables hold. */
export const toInfo = (row: ObjectRow): ObjectInfo => ({
  bucket: row.bucket,
  key: row.key,
  sizeBytes: Number(row.size),
  etag: row.etag ?? '',
  lastModifiedAt: row.uploaded_at,
  contentType: row.mime_type,
  cacheControl: row.cache_control,
  contentDisposition: row.content_disposition,
  contentEncoding: row.content_encoding,
  contentLanguage: row.content_language,
  expires: row.expires,
  metadata: row.metadata,
  checksum: row.checksum,
  tagCount: 0,
  parts: [],
});

/** Those of an object that says nothing about itself but its type. */
export const plainAttributes = (contentType: string | null, cacheControl: string | null = null): ObjectAttributes => ({
  contentType,
  cacheControl,
  contentDisposition: null,
  contentEncoding: null,
  contentLanguage: null,
  expires: null,
  metadata: {},
});
