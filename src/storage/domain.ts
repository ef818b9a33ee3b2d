import type { Readable } from 'node:stream';
import type { Call } from '../core/call.ts';
import type { ChecksumAlgorithm, ChecksumType, ObjectChecksum, PartChecksum } from './checksums.ts';
import type { ReadConditions, WriteConditions } from './conditions.ts';

/**
 * What the S3 gateway asks of the storage room. The room decides everything (who may, what exists, what commits);
 * the gateway only translates. Refusals are thrown with the makers of `faults.ts`, never as bare errors.
 */
export interface ObjectDomain extends BucketVerbs, ObjectVerbs, MultipartVerbs {
  /** Secret included, for checking a signature. Null when unknown, revoked or expired. Cached by the room, but a revoked key stops in seconds. */
  findAccessKey(call: Call, accessKeyId: string): Promise<AccessKey | null>;
}

/** A Call whose S3 credential was proven. Without a key (anonymous) only objects of public buckets can be read. */
export interface S3Call extends Call {
  /** `viewer` is then a project_admin of kind `apiKey` whose id is the access key id; the room still enforces `scope`. */
  accessKey: AccessKey | null;
}

export interface AccessKey {
  accessKeyId: string;
  /** 40 characters. */
  secretAccessKey: string;
  scope: {
    /** Null: every bucket. */
    buckets: readonly string[] | null;
    isReadOnly: boolean;
  };
  expiresAt: Date | null;
}

export interface BucketVerbs {
  /** Those the key may see, sorted by name in byte order. */
  listBuckets(call: S3Call): Promise<Bucket[]>;
  /** Errors: noSuchBucket, accessDenied. */
  getBucket(call: S3Call, bucket: string): Promise<Bucket>;
  /** The gateway has checked the name by S3's rules. Errors: bucketExists, accessDenied. */
  createBucket(call: S3Call, input: { bucket: string; isPublic: boolean }): Promise<Bucket>;
  /** Aborts open uploads with it. Errors: noSuchBucket, bucketNotEmpty, accessDenied. */
  deleteBucket(call: S3Call, bucket: string): Promise<void>;
  /** Changes only the fields that are present; null clears one. Errors: noSuchBucket, accessDenied. */
  updateBucketSettings(call: S3Call, input: { bucket: string } & Partial<BucketSettings>): Promise<void>;
  /** For browsers' preflights, which carry no credential. Null: no rules stored (or no such bucket). */
  findCorsRules(call: Call, bucket: string): Promise<readonly CorsRule[] | null>;
}

export interface BucketSettings {
  isPublic: boolean;
  /** Null: none stored. */
  corsRules: readonly CorsRule[] | null;
  lifecycleRules: readonly LifecycleRule[] | null;
  /** In key order. Null: none stored. */
  tags: readonly Tag[] | null;
}

export interface Bucket extends BucketSettings {
  name: string;
  createdAt: Date;
}

export interface Tag {
  key: string;
  value: string;
}

/** At most one `*` in an origin or a header. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html */
export interface CorsRule {
  id?: string | undefined;
  allowedMethods: readonly string[];
  allowedOrigins: readonly string[];
  allowedHeaders: readonly string[];
  exposeHeaders: readonly string[];
  maxAgeSeconds?: number | undefined;
}

/** Carried out by the room's sweeper. https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html */
export interface LifecycleRule {
  id: string;
  isEnabled: boolean;
  /** Objects must match all that is given; '' and [] match everything. */
  prefix: string;
  tags: readonly Tag[];
  minSizeBytes?: number | undefined;
  maxSizeBytes?: number | undefined;
  expireAfterDays?: number | undefined;
  /** Midnight UTC. */
  expireAt?: Date | undefined;
  abortIncompleteAfterDays?: number | undefined;
}

/** What a writer says about an object besides its bytes; header values verbatim. */
export interface ObjectAttributes {
  contentType: string | null;
  cacheControl: string | null;
  contentDisposition: string | null;
  contentEncoding: string | null;
  contentLanguage: string | null;
  expires: string | null;
  /** Lower-case names without `x-amz-meta-`. */
  metadata: Readonly<Record<string, string>>;
}

export interface ObjectInfo extends ObjectAttributes {
  bucket: string;
  key: string;
  sizeBytes: number;
  /** Without quotes: md5 in hex, or `md5-of-md5s-N` for multipart objects. */
  etag: string;
  lastModifiedAt: Date;
  tagCount: number;
  checksum: ObjectChecksum | null;
  /** In part order; empty for objects put in one piece. */
  parts: readonly PartInfo[];
}

export interface PartInfo {
  partNumber: number;
  sizeBytes: number;
  /** md5 in hex. */
  etag: string;
  checksum: PartChecksum | null;
  lastModifiedAt: Date;
}

/** One resolved object; stays readable though the key is overwritten or deleted meanwhile. */
export interface OpenedObject {
  info: ObjectInfo;
  isBucketPublic: boolean;
  /** Inclusive bounds, within the object. Without a range the whole. The stream errors when the backend fails, never ends early. */
  read(range?: { start: number; end: number }): Promise<Readable>;
}

export interface ObjectKey {
  bucket: string;
  /** 1…1024 UTF-8 bytes, any text without NUL. */
  key: string;
}

/** A body on its way in. */
export interface Upload {
  /** Errors (destroys) with a fault when its signature, length or framing is wrong; then nothing is stored. */
  body: Readable;
  /** Null when only the end of the stream tells. */
  sizeBytes: number | null;
  /**
   * Called once, after the last byte and before anything commits. Throws when a promise about the body is broken
   * (hash, checksum, length); what it returns is stored with the object.
   */
  verify(staged: { sizeBytes: number; md5Hex: string; sha256Hex: string }): PartChecksum | null;
}

export interface ObjectVerbs {
  /** Errors: noSuchBucket, noSuchKey, accessDenied (anonymous: also for whatever is not a public object). */
  openObject(call: S3Call, object: ObjectKey): Promise<OpenedObject>;
  /**
   * Refuses a hopeless write before its body is read: bucket, key scope, bucket's limits, conditions as of now.
   * Errors: noSuchBucket, noSuchKey, accessDenied, preconditionFailed, entityTooLarge.
   */
  checkWrite(call: S3Call, input: ObjectKey & WriteIntent): Promise<void>;
  /** Checks as checkWrite before it reads a byte of the body; then stages, verifies, commits. Replaces attributes and tags whole. Errors: as checkWrite, and what `upload` throws. */
  putObject(call: S3Call, input: ObjectKey & PutInput): Promise<ObjectInfo>;
  /** Errors: noSuchBucket, noSuchKey, accessDenied, preconditionFailed (either side), entityTooLarge. */
  copyObject(call: S3Call, input: CopyInput): Promise<ObjectInfo>;
  /** Missing keys are fine. Errors: noSuchBucket, accessDenied, preconditionFailed. */
  deleteObject(call: S3Call, input: ObjectKey & DeleteConditions): Promise<void>;
  /** One result per input, in order; a fault in one never stops the others. Errors: noSuchBucket, accessDenied. */
  deleteObjects(
    call: S3Call,
    input: { bucket: string; objects: readonly ({ key: string } & DeleteConditions)[] },
  ): Promise<readonly { key: string; error: Error | null }[]>;
  listObjects(call: S3Call, input: ListInput): Promise<ListPage>;
  /** In key order. Errors: noSuchBucket, noSuchKey, accessDenied. */
  getObjectTags(call: S3Call, object: ObjectKey): Promise<readonly Tag[]>;
  /** Replaces them all; [] removes them. Errors: noSuchBucket, noSuchKey, accessDenied. */
  setObjectTags(call: S3Call, input: ObjectKey & { tags: readonly Tag[] }): Promise<void>;
}

export interface WriteIntent {
  /** Null when not known yet. */
  sizeBytes: number | null;
  contentType?: string | null;
  conditions: WriteConditions;
}

export interface PutInput {
  attributes: ObjectAttributes;
  tags: readonly Tag[];
  upload: Upload;
  /** Decided again inside the committing transaction. */
  conditions: WriteConditions;
}

export interface CopyInput {
  from: ObjectKey;
  to: ObjectKey;
  /** Null: those of the source. */
  attributes: ObjectAttributes | null;
  tags: readonly Tag[] | null;
  sourceConditions: ReadConditions;
  conditions: WriteConditions;
}

/** A missing key satisfies all of them. */
export interface DeleteConditions {
  /** As in `If-Match`. */
  ifMatch?: string | undefined;
  ifMatchSizeBytes?: number | undefined;
  ifMatchLastModifiedAt?: Date | undefined;
}

export interface ListInput {
  bucket: string;
  /** Literal; '' for all. */
  prefix: string;
  /** Any string; '' for none. A key whose rest after the prefix holds it rolls up through its first occurrence. */
  delimiter: string;
  /**
   * Entries strictly after this name, in UTF-8 byte order (`collate "C"`); '' from the start.
   * When it is itself a rolled-up prefix, every key under it is skipped.
   */
  after: string;
  /** 1…1000, objects and prefixes counted together. */
  limit: number;
}

export interface ListPage {
  /** Objects and prefixes interleaved in byte order; each prefix once over the whole listing. */
  entries: readonly ListEntry[];
  /** True only when another entry really follows; the name of the last entry is then the next `after`. */
  isTruncated: boolean;
}
export type ListEntry =
  | { kind: 'prefix'; name: string }
  | {
      kind: 'object';
      name: string;
      sizeBytes: number;
      etag: string;
      lastModifiedAt: Date;
      checksum: ObjectChecksum | null;
    };

export interface UploadKey extends ObjectKey {
  /** Opaque, URL-safe, bound to bucket and key. */
  uploadId: string;
}

export interface UploadInfo extends UploadKey {
  initiatedAt: Date;
  checksumAlgorithm: ChecksumAlgorithm | null;
  checksumType: ChecksumType | null;
}

export interface MultipartVerbs {
  /** Errors: noSuchBucket, accessDenied. */
  createUpload(
    call: S3Call,
    input: ObjectKey & {
      attributes: ObjectAttributes;
      tags: readonly Tag[];
      checksumAlgorithm: ChecksumAlgorithm | null;
      checksumType: ChecksumType | null;
    },
  ): Promise<UploadInfo>;
  /** Open uploads only. Errors: noSuchUpload (also for another bucket's or key's), accessDenied. */
  getUpload(call: S3Call, upload: UploadKey): Promise<UploadInfo>;
  /** Replaces a part of the same number when it finishes. Errors: noSuchUpload, accessDenied, and what `upload` throws. */
  putPart(call: S3Call, input: UploadKey & { partNumber: number; upload: Upload }): Promise<PartInfo>;
  /** Parts numbered above `after`, ascending. Errors: noSuchUpload, accessDenied. */
  listParts(
    call: S3Call,
    input: UploadKey & { after: number; limit: number },
  ): Promise<{ upload: UploadInfo; parts: readonly PartInfo[]; isTruncated: boolean }>;
  /**
   * By key, then initiation, then id; `after.uploadId` null means: after every upload of that key. Prefix entries as in listObjects.
   * Errors: noSuchBucket, accessDenied.
   */
  listUploads(
    call: S3Call,
    input: {
      bucket: string;
      prefix: string;
      delimiter: string;
      after: { key: string; uploadId: string | null };
      limit: number;
    },
  ): Promise<{ entries: readonly UploadEntry[]; isTruncated: boolean }>;
  /**
   * Joins the listed parts (ascending, checked by the gateway) and drops the rest. The same id completed again, for a day
   * at least, gives the same answer. Errors: noSuchUpload, invalidPart, entityTooSmall (a part but the last under 5 MiB),
   * badDigest (final checksum), sizeMismatch, preconditionFailed, noSuchKey (If-Match), accessDenied.
   */
  completeUpload(call: S3Call, input: UploadKey & CompleteInput): Promise<ObjectInfo>;
  /** Errors: noSuchUpload, accessDenied. */
  abortUpload(call: S3Call, upload: UploadKey): Promise<void>;
}

export type UploadEntry = { kind: 'prefix'; name: string } | { kind: 'upload'; upload: UploadInfo };

export interface CompleteInput {
  parts: readonly { partNumber: number; etag: string; checksum: PartChecksum | null }[];
  /** What the client says the whole comes to; base64, `-N` suffix for composites. */
  expectedChecksum: PartChecksum | null;
  expectedSizeBytes: number | null;
  conditions: WriteConditions;
}
