import type { Readable } from 'node:stream';
import type { Secret } from '../core/secret.ts';

/**
 * Where bytes are kept: immutable blobs under opaque names, never under keys. A blob is written once, read often,
 * removed once; which object it belongs to is the catalog's business.
 */
export interface BlobStore {
  readonly kind: 'disk' | 's3';
  /**
   * Stores a body whole or not at all; when it resolves the bytes survive a power cut. `check` runs after the last byte
   * and before the blob gets its name: when it throws, nothing stays. Errors: what the body or `check` throws.
   */
  stage(body: Readable, check?: (staged: Measured) => void): Promise<StagedBlob>;
  /** Inclusive bounds. The stream errors when the store fails and never ends early. Errors: BlobMissing. */
  read(blob: string, range?: { start: number; end: number }): Promise<Readable>;
  /** Null when there is no such blob. */
  sizeOf(blob: string): Promise<number | null>;
  /** A missing blob counts as removed. */
  remove(blob: string): Promise<void>;
  /** Every stored blob, unordered. */
  list(): AsyncIterable<{ blob: string; storedAt: Date }>;
  /** Clears what interrupted uploads left in the store itself and that is older than `before`. */
  clearStaging(before: Date): Promise<void>;
  /** Null: the store cannot be reached by clients. */
  presigner: Presigner | null;
}

export type BlobStoreConfig = { kind: 'disk'; dir: string } | ({ kind: 's3' } & S3StoreConfig);

export interface S3StoreConfig {
  bucket: string;
  region: string;
  endpoint: string | null;
  /** Null: as the AWS SDK finds them. */
  credentials: { accessKeyId: string; secretAccessKey: Secret } | null;
  isPathStyle: boolean;
  /** Put before every blob name; '' or ending in a slash. */
  prefix: string;
}

export interface Measured {
  sizeBytes: number;
  md5Hex: string;
  sha256Hex: string;
}

export interface StagedBlob extends Measured {
  blob: string;
  /** From here on the sweeper's clock for unreferenced blobs runs. */
  stagedAt: Date;
}

/** URLs that let a client talk to the store itself. */
export interface Presigner {
  /** GET and HEAD of one blob, answered with these headers. */
  read(blob: string, input: { expiresInSeconds: number; headers: ServeHeaders }): Promise<string>;
  /** A POST form for one new blob. */
  form(input: { contentType: string; maxBytes: number; expiresInSeconds: number }): Promise<PresignedForm>;
  /** What was posted, hashed by the store's own ETag; null when nothing came. */
  posted(blob: string): Promise<{ sizeBytes: number; contentType: string | null } | null>;
}
export interface ServeHeaders {
  contentType: string;
  contentDisposition: string | null;
  cacheControl: string | null;
}
export interface PresignedForm {
  blob: string;
  url: string;
  fields: Record<string, string>;
}

/** A blob that the catalog names is not in the store. */
export class BlobMissing extends Error {
  override readonly name = 'BlobMissing';
  constructor(blob: string) {
    super(`blob ${blob} is missing from the store`);
  }
}
