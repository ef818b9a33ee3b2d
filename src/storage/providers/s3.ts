import { createHash, randomUUID } from 'node:crypto';
import { pipeline, type Readable, Transform, type TransformCallback } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { BlobMissing, type BlobStore, type Measured, type Presigner, type S3StoreConfig } from '../provider.ts';

/** The store's least part; a body up to this size goes in one request. Two are in memory at once. */
const partBytes = 8 * 1024 ** 2;

/** Blobs as objects of any S3 bucket, under random names. A body that fails its check is deleted before anyone can name it. */
export async function createS3Store({
  provider,
  now,
}: {
  provider: S3StoreConfig;
  now: () => Date;
}): Promise<BlobStore> {
  const client = createClient(provider);
  const Bucket = provider.bucket;
  const keyOf = (blob: string) => provider.prefix + blob;

  async function stage(body: Readable, check?: (staged: Measured) => void) {
    const blob = randomUUID();
    const { measured, through } = measure(body, check);
    try {
      const params = { Bucket, Key: keyOf(blob), Body: through };
      await new Upload({ client, params, partSize: partBytes, queueSize: 2 }).done();
    } catch (error) {
      body.destroy();
      // The body's own fault tells more than what the client makes of a broken stream.
      throw through.errored ?? error;
    }
    return { ...measured(), blob, stagedAt: now() };
  }

  async function read(blob: string, range?: { start: number; end: number }): Promise<Readable> {
    const Range = range && `bytes=${range.start}-${range.end}`;
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: keyOf(blob), Range }));
      return Body as Readable;
    } catch (error) {
      throw isMissing(error) ? new BlobMissing(blob) : error;
    }
  }

  const head = (blob: string) =>
    client.send(new HeadObjectCommand({ Bucket, Key: keyOf(blob) })).catch((error: unknown) => {
      if (isMissing(error)) return null;
      throw error;
    });

  async function* list() {
    const pages = paginateListObjectsV2({ client }, { Bucket, Prefix: provider.prefix });
    for await (const { Contents = [] } of pages)
      for (const { Key, LastModified } of Contents)
        if (Key && LastModified) yield { blob: Key.slice(provider.prefix.length), storedAt: LastModified };
  }

  /** Parts of uploads that were never completed cost like whole ones. */
  async function clearStaging(before: Date): Promise<void> {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: provider.prefix }));
    for (const { Key, UploadId, Initiated } of Uploads)
      if (Initiated && Initiated < before)
        await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  }

  return {
    kind: 's3',
    stage,
    read,
    list,
    clearStaging,
    sizeOf: async (blob) => (await head(blob))?.ContentLength ?? null,
    async remove(blob) {
      await client.send(new DeleteObjectCommand({ Bucket, Key: keyOf(blob) }));
    },
    presigner: createPresigner({ client, Bucket, keyOf, head }),
  };
}

function createClient({ region, endpoint, credentials, isPathStyle }: S3StoreConfig): S3Client {
  return new S3Client({
    region,
    forcePathStyle: isPathStyle,
    // Stores other than AWS need not know the newer checksums; the bytes are hashed here anyway.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(endpoint ? { endpoint } : {}),
    ...(credentials
      ? { credentials: { accessKeyId: credentials.accessKeyId, secretAccessKey: credentials.secretAccessKey.reveal() } }
      : {}),
  });
}

/** Hashes a body on its way; `check` runs before the last byte is let through, so a bad body is never complete. */
function measure(body: Readable, check?: (staged: Measured) => void): { through: Transform; measured: () => Measured } {
  const md5 = createHash('md5');
  const sha256 = createHash('sha256');
  const staged: Measured = { sizeBytes: 0, md5Hex: '', sha256Hex: '' };
  const through = new Transform({
    highWaterMark: 256 * 1024,
    transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback) {
      md5.update(chunk);
      sha256.update(chunk);
      staged.sizeBytes += chunk.length;
      done(null, chunk);
    },
    flush(done: TransformCallback) {
      staged.md5Hex = md5.digest('hex');
      staged.sha256Hex = sha256.digest('hex');
      try {
        check?.(staged);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
  pipeline(body, through, () => undefined);
  return { through, measured: () => staged };
}

function createPresigner({
  client,
  Bucket,
  keyOf,
  head,
}: {
  client: S3Client;
  Bucket: string;
  keyOf: (blob: string) => string;
  head: (blob: string) => Promise<{ ContentLength?: number | undefined; ContentType?: string | undefined } | null>;
}): Presigner {
  return {
    read(blob, { expiresInSeconds, headers }) {
      const command = new GetObjectCommand({
        Bucket,
        Key: keyOf(blob),
        ResponseContentType: headers.contentType,
        ...(headers.contentDisposition ? { ResponseContentDisposition: headers.contentDisposition } : {}),
        ...(headers.cacheControl ? { ResponseCacheControl: headers.cacheControl } : {}),
      });
      return getSignedUrl(client, command, { expiresIn: expiresInSeconds });
    },
    async form({ contentType, maxBytes, expiresInSeconds }) {
      const blob = randomUUID();
      const { url, fields } = await createPresignedPost(client, {
        Bucket,
        Key: keyOf(blob),
        Expires: expiresInSeconds,
        Fields: { 'Content-Type': contentType },
        Conditions: [
          ['eq', '$Content-Type', contentType],
          ['content-length-range', 0, maxBytes],
        ],
      });
      return { blob, url, fields };
    },
    async posted(blob) {
      const found = await head(blob);
      return found && { sizeBytes: found.ContentLength ?? 0, contentType: found.ContentType ?? null };
    },
  };
}

const isMissing = (error: unknown): boolean =>
  error instanceof S3ServiceException && (error.name === 'NoSuchKey' || error.$metadata.httpStatusCode === 404);
