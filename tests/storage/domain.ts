import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { AccessKey, ObjectAttributes, S3Call, Upload } from '../../src/storage/domain.ts';
import type { TestApp } from '../app.ts';

const attributes: ObjectAttributes = {
  contentType: 'text/plain',
  cacheControl: null,
  contentDisposition: null,
  contentEncoding: null,
  contentLanguage: null,
  expires: null,
  metadata: { mtime: '1' },
};

/** The call of a proven S3 key; null is anonymous. */
export function s3Call(app: TestApp, scope: AccessKey['scope'] | null = { buckets: null, isReadOnly: false }): S3Call {
  const key = { accessKeyId: 'INSFTEST', secretAccessKey: 's', expiresAt: null };
  return {
    viewer: scope && { kind: 'apiKey', id: key.accessKeyId, role: 'project_admin', claims: { role: 'project_admin' } },
    accessKey: scope && { ...key, scope },
    credentialError: null,
    signal: new AbortController().signal,
    log: app.log,
    requestId: 'test',
    ip: '127.0.0.1',
  };
}

export const uploadOf = (bytes: string | Buffer): Upload => ({
  body: Readable.from([Buffer.from(bytes)], { objectMode: false }),
  sizeBytes: Buffer.byteLength(bytes),
  verify: () => null,
});
export const putInput = (bucket: string, key: string, bytes: string | Buffer, conditions = {}) => ({
  ...{ bucket, key, attributes, tags: [], conditions },
  upload: uploadOf(bytes),
});
export const md5 = (bytes: string | Buffer) => createHash('md5').update(bytes).digest('hex');

/** The verbs of the gateway with a bucket `b`, and a way to read back. */
export async function s3Domain(app: TestApp) {
  const domain = app.rooms.storage.objectDomain;
  const call = s3Call(app);
  await domain.createBucket(call, { bucket: 'b', isPublic: false });
  const get = async (key: string) => {
    const object = await domain.openObject(call, { bucket: 'b', key });
    return { ...object.info, text: await text(await object.read()) };
  };
  const put = (key: string, bytes: string | Buffer, conditions = {}) =>
    domain.putObject(call, putInput('b', key, bytes, conditions));
  const startUpload = async (key: string) => {
    const upload = await domain.createUpload(call, {
      ...{ bucket: 'b', key, attributes, tags: [{ key: 't', value: 'v' }] },
      ...{ checksumAlgorithm: null, checksumType: null },
    });
    return { bucket: 'b', key, uploadId: upload.uploadId };
  };
  return { domain, call, get, put, startUpload };
}
export { attributes };
