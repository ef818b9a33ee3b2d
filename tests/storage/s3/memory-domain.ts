import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { joinChecksums, multipartEtag, type PartChecksum } from '../../../src/storage/checksums.ts';
import { readOutcome, writeOutcome } from '../../../src/storage/conditions.ts';
import type {
  AccessKey,
  Bucket,
  ListEntry,
  ObjectDomain,
  ObjectInfo,
  ObjectKey,
  PartInfo,
  S3Call,
  Tag,
  Upload,
  UploadInfo,
  UploadKey,
  WriteIntent,
} from '../../../src/storage/domain.ts';
import * as faults from '../../../src/storage/faults.ts';

interface StoredObject {
  info: ObjectInfo;
  bytes: Buffer;
  tags: readonly Tag[];
}
interface OpenUpload extends UploadInfo {
  input: Parameters<ObjectDomain['createUpload']>[1];
  parts: Map<number, { info: PartInfo; bytes: Buffer }>;
  done: ObjectInfo | null;
}

/** The storage room in memory, for tests that are about the protocol alone. */
export function memoryDomain(keys: readonly AccessKey[]): ObjectDomain {
  const buckets = new Map<string, Bucket>();
  const objects = new Map<string, Map<string, StoredObject>>();
  const uploads = new Map<string, OpenUpload>();

  const inScope = (call: S3Call, bucket: string) =>
    call.accessKey === null || (call.accessKey.scope.buckets?.includes(bucket) ?? true);

  function bucketOf(call: S3Call, name: string, isWrite = false): Bucket {
    if (!inScope(call, name) || (isWrite && (call.accessKey?.scope.isReadOnly ?? true))) throw faults.accessDenied();
    const bucket = buckets.get(name);
    if (!bucket) throw faults.noSuchBucket(name);
    return bucket;
  }
  const objectsOf = (name: string) => objects.get(name) ?? new Map<string, StoredObject>();

  function objectOf(call: S3Call, { bucket, key }: ObjectKey): StoredObject {
    const { isPublic } = bucketOf(call, bucket);
    const stored = objectsOf(bucket).get(key);
    if (call.accessKey === null && (!isPublic || !stored)) throw faults.accessDenied();
    if (!stored) throw faults.noSuchKey(key);
    return stored;
  }

  function checkConditions({ bucket, key }: ObjectKey, conditions: WriteIntent['conditions']): void {
    const outcome = writeOutcome(objectsOf(bucket).get(key)?.info ?? null, conditions);
    if (outcome === 'preconditionFailed') throw faults.preconditionFailed();
    if (outcome === 'noSuchKey') throw faults.noSuchKey(key);
  }

  function uploadOf({ bucket, key, uploadId }: UploadKey): OpenUpload {
    const upload = uploads.get(uploadId);
    if (!upload || upload.bucket !== bucket || upload.key !== key) throw faults.noSuchUpload();
    return upload;
  }
  function openUploadOf(target: UploadKey): OpenUpload {
    const upload = uploadOf(target);
    if (upload.done) throw faults.noSuchUpload();
    return upload;
  }

  function store(object: StoredObject): ObjectInfo {
    objectsOf(object.info.bucket).set(object.info.key, object);
    return object.info;
  }

  return {
    findAccessKey: async (_call, id) => keys.find((key) => key.accessKeyId === id) ?? null,
    listBuckets: async (call) =>
      [...buckets.values()].filter(({ name }) => inScope(call, name)).sort((a, b) => (a.name < b.name ? -1 : 1)),
    getBucket: async (call, bucket) => bucketOf(call, bucket),
    async createBucket(call, { bucket, isPublic }) {
      if (!inScope(call, bucket) || call.accessKey?.scope.isReadOnly) throw faults.accessDenied();
      if (buckets.has(bucket)) throw faults.bucketExists(bucket);
      const settings = { isPublic, corsRules: null, lifecycleRules: null, tags: null };
      const made = { name: bucket, createdAt: new Date(), ...settings };
      buckets.set(bucket, made);
      objects.set(bucket, new Map());
      return made;
    },
    async deleteBucket(call, bucket) {
      bucketOf(call, bucket, true);
      if (objectsOf(bucket).size > 0) throw faults.bucketNotEmpty(bucket);
      buckets.delete(bucket);
    },
    async updateBucketSettings(call, { bucket, ...settings }) {
      Object.assign(bucketOf(call, bucket, true), settings);
    },
    findCorsRules: async (_call, bucket) => buckets.get(bucket)?.corsRules ?? null,

    async openObject(call, target) {
      const { info, bytes, tags } = objectOf(call, target);
      return {
        info: { ...info, tagCount: tags.length },
        isBucketPublic: buckets.get(target.bucket)?.isPublic ?? false,
        read: async (range) => Readable.from([range ? bytes.subarray(range.start, range.end + 1) : bytes]),
      };
    },
    async checkWrite(call, { bucket, key, conditions }) {
      bucketOf(call, bucket, true);
      checkConditions({ bucket, key }, conditions);
    },
    async putObject(call, { bucket, key, attributes, tags, upload, conditions }) {
      bucketOf(call, bucket, true);
      checkConditions({ bucket, key }, conditions);
      const { bytes, md5Hex, checksum } = await receive(upload);
      bucketOf(call, bucket, true);
      checkConditions({ bucket, key }, conditions);
      const info = {
        ...attributes,
        bucket,
        key,
        sizeBytes: bytes.length,
        etag: md5Hex,
        lastModifiedAt: new Date(),
        tagCount: tags.length,
        checksum: checksum && { ...checksum, type: 'FULL_OBJECT' as const },
        parts: [],
      };
      return store({ info, bytes, tags });
    },
    async copyObject(call, { from, to, attributes, tags, sourceConditions, conditions }) {
      const source = objectOf(call, from);
      bucketOf(call, to.bucket, true);
      if (readOutcome(source.info, sourceConditions, new Date()) !== 'ok') throw faults.preconditionFailed();
      checkConditions(to, conditions);
      const info = { ...source.info, ...attributes, ...to, lastModifiedAt: new Date() };
      return store({ info, bytes: source.bytes, tags: tags ?? source.tags });
    },
    async deleteObject(call, { bucket, key, ifMatch }) {
      bucketOf(call, bucket, true);
      if (ifMatch !== undefined && objectsOf(bucket).has(key)) checkConditions({ bucket, key }, { ifMatch });
      objectsOf(bucket).delete(key);
    },
    async deleteObjects(call, { bucket, objects: wanted }) {
      bucketOf(call, bucket, true);
      for (const { key } of wanted) objectsOf(bucket).delete(key);
      return wanted.map(({ key }) => ({ key, error: null }));
    },
    async listObjects(call, { bucket, prefix, delimiter, after, limit }) {
      bucketOf(call, bucket);
      const sorted = [...objectsOf(bucket).values()].sort((a, b) => byteOrder(a.info.key, b.info.key));
      const entries: ListEntry[] = [];
      for (const { info } of sorted) {
        const { key: name, sizeBytes, etag, lastModifiedAt, checksum } = info;
        const rolled = rolledUp(name, prefix, delimiter);
        if (!name.startsWith(prefix) || byteOrder(name, after) <= 0 || rolled === after) continue;
        if (rolled !== null && entries.at(-1)?.name === rolled) continue;
        entries.push(
          rolled === null
            ? { kind: 'object', name, sizeBytes, etag, lastModifiedAt, checksum }
            : { kind: 'prefix', name: rolled },
        );
      }
      return { entries: entries.slice(0, limit), isTruncated: entries.length > limit };
    },
    getObjectTags: async (call, target) => objectOf(call, target).tags,
    async setObjectTags(call, { tags, ...target }) {
      bucketOf(call, target.bucket, true);
      objectOf(call, target).tags = tags;
    },

    async createUpload(call, input) {
      bucketOf(call, input.bucket, true);
      const { bucket, key, checksumAlgorithm, checksumType } = input;
      const uploadId = randomUUID();
      const info = { bucket, key, uploadId, initiatedAt: new Date(), checksumAlgorithm, checksumType };
      uploads.set(uploadId, { ...info, input, parts: new Map(), done: null });
      return info;
    },
    getUpload: async (_call, target) => openUploadOf(target),
    async putPart(_call, { partNumber, upload, ...target }) {
      const { bytes, md5Hex, checksum } = await receive(upload);
      const lastModifiedAt = new Date();
      const info = { partNumber, sizeBytes: bytes.length, etag: md5Hex, checksum, lastModifiedAt };
      openUploadOf(target).parts.set(partNumber, { info, bytes });
      return info;
    },
    async listParts(_call, { after, limit, ...target }) {
      const upload = openUploadOf(target);
      const rest = [...upload.parts.values()]
        .map(({ info }) => info)
        .filter(({ partNumber }) => partNumber > after)
        .sort((a, b) => a.partNumber - b.partNumber);
      return { upload, parts: rest.slice(0, limit), isTruncated: rest.length > limit };
    },
    async listUploads(call, { bucket, prefix, after, limit }) {
      bucketOf(call, bucket);
      const open = [...uploads.values()]
        .filter((upload) => upload.bucket === bucket && !upload.done && upload.key.startsWith(prefix))
        .filter((upload) => byteOrder(upload.key, after.key) > 0)
        .sort((a, b) => byteOrder(a.key, b.key));
      const entries = open.slice(0, limit).map((upload) => ({ kind: 'upload' as const, upload }));
      return { entries, isTruncated: open.length > limit };
    },
    async completeUpload(_call, { parts: wanted, expectedChecksum, expectedSizeBytes, conditions, ...target }) {
      const upload = uploadOf(target);
      if (upload.done) return upload.done;
      const parts = wanted.map(({ partNumber, etag, checksum }, at) => {
        const part = upload.parts.get(partNumber);
        const isSame = part && part.info.etag === etag && (!checksum || checksum.value === part.info.checksum?.value);
        if (!part || !isSame) throw faults.invalidPart(partNumber);
        if (part.bytes.length < 5 * 1024 ** 2 && at < wanted.length - 1) throw faults.entityTooSmall();
        return part;
      });
      checkConditions(target, conditions);
      const bytes = Buffer.concat(parts.map((part) => part.bytes));
      if (expectedSizeBytes !== null && expectedSizeBytes !== bytes.length)
        throw faults.sizeMismatch(expectedSizeBytes, bytes.length);
      const { checksumAlgorithm: algorithm, checksumType: type } = upload;
      const sums = parts.map(({ info }) => ({ value: info.checksum?.value ?? '', sizeBytes: info.sizeBytes }));
      const checksum = algorithm && type ? joinChecksums(algorithm, type, sums) : null;
      if (expectedChecksum && checksum && expectedChecksum.value !== checksum.value) throw faults.badDigest('checksum');
      const info = {
        ...upload.input.attributes,
        bucket: target.bucket,
        key: target.key,
        sizeBytes: bytes.length,
        etag: multipartEtag(parts.map((part) => part.info.etag)),
        lastModifiedAt: new Date(),
        tagCount: upload.input.tags.length,
        checksum,
        parts: parts.map((part) => part.info),
      };
      upload.done = store({ info, bytes, tags: upload.input.tags });
      return info;
    },
    async abortUpload(_call, target) {
      openUploadOf(target);
      uploads.delete(target.uploadId);
    },
  };
}

async function receive(upload: Upload): Promise<{ bytes: Buffer; md5Hex: string; checksum: PartChecksum | null }> {
  const chunks: Buffer[] = [];
  for await (const chunk of upload.body) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const hex = (algorithm: string) => createHash(algorithm).update(bytes).digest('hex');
  const md5Hex = hex('md5');
  return { bytes, md5Hex, checksum: upload.verify({ sizeBytes: bytes.length, md5Hex, sha256Hex: hex('sha256') }) };
}

const byteOrder = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

function rolledUp(key: string, prefix: string, delimiter: string): string | null {
  const at = delimiter === '' || !key.startsWith(prefix) ? -1 : key.indexOf(delimiter, prefix.length);
  return at < 0 ? null : key.slice(0, at + delimiter.length);
}
