import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import * as s3 from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serve } from './server.ts';

let server: Awaited<ReturnType<typeof serve>>;
const Bucket = 'whole-server';

beforeAll(async () => {
  server = await serve();
  await server.client.send(new s3.CreateBucketCommand({ Bucket }));
});
afterAll(() => server[Symbol.asyncDispose]());

const put = (Key: string, Body: string | Buffer, more: Partial<s3.PutObjectCommandInput> = {}) =>
  server.client.send(new s3.PutObjectCommand({ Bucket, Key, Body, ...more }));
const mebibytes = (count: number, letter: string) => Buffer.alloc(count * 1024 ** 2, letter);

test('an object of the gateway is an object of the native API, and the other way round', async () => {
  const admin = await server.app.admin();
  await put('from/s3', 'by s3', { ContentType: 'text/plain' });
  const native = await admin.get(`/api/storage/buckets/${Bucket}/objects/from%2Fs3`);
  expect([native.statusCode, native.body, native.headers['content-type']]).toEqual([200, 'by s3', 'text/plain']);

  const form = new FormData();
  form.set('file', new Blob(['by rest'], { type: 'text/plain' }), 'x.txt');
  const url = `${server.mounted.replace('/storage/v1/s3', '')}/api/storage/buckets/${Bucket}/objects/from%2Frest`;
  expect((await fetch(url, { method: 'PUT', body: form, headers: admin.headers })).status).toBe(200);
  const got = await server.client.send(new s3.GetObjectCommand({ Bucket, Key: 'from/rest' }));
  expect(await got.Body?.transformToString()).toBe('by rest');
  const rows = await server.app.sql('SELECT key, uploaded_via FROM storage.objects WHERE key LIKE $1 ORDER BY key', [
    'from/%',
  ]);
  expect(rows).toEqual([
    { key: 'from/rest', uploaded_via: 'rest' },
    { key: 'from/s3', uploaded_via: 's3' },
  ]);
});

test('a revoked key stops at once, and so do the URLs it has signed', async () => {
  const admin = await server.app.admin();
  await put('revocable', 'body');
  const created = (await admin.post('/api/storage/s3/access-keys', { description: 'short-lived' })).json();
  const client = server.clientFor(server.root, created);
  const url = await getSignedUrl(client, new s3.GetObjectCommand({ Bucket, Key: 'revocable' }));
  expect((await fetch(url)).status).toBe(200);
  await admin.delete(`/api/storage/s3/access-keys/${created.id}`);
  expect((await fetch(url)).status).toBe(403);
  await expect(client.send(new s3.ListBucketsCommand())).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });
});

test('a key of one bucket that only reads sees and does no more', async () => {
  const admin = await server.app.admin();
  await put('scoped', 'body');
  await server.client.send(new s3.CreateBucketCommand({ Bucket: 'another' }));
  const created = (await admin.post('/api/storage/s3/access-keys', { buckets: [Bucket], isReadOnly: true })).json();
  const client = server.clientFor(server.mounted, created);
  expect((await client.send(new s3.ListBucketsCommand())).Buckets?.map(({ Name }) => Name)).toEqual([Bucket]);
  expect((await client.send(new s3.HeadObjectCommand({ Bucket, Key: 'scoped' }))).ContentLength).toBe(4);
  const { UploadId } = await server.client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key: 'scoped' }));
  const attempts: (() => Promise<unknown>)[] = [
    () => client.send(new s3.PutObjectCommand({ Bucket, Key: 'scoped', Body: 'x' })),
    () => client.send(new s3.CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/scoped` })),
    () => client.send(new s3.DeleteObjectCommand({ Bucket, Key: 'scoped' })),
    () => client.send(new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'scoped' }] } })),
    () => client.send(new s3.PutObjectTaggingCommand({ Bucket, Key: 'scoped', Tagging: { TagSet: [] } })),
    () => client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key: 'scoped' })),
    () => client.send(new s3.UploadPartCommand({ Bucket, Key: 'scoped', UploadId, PartNumber: 1, Body: 'x' })),
    () => client.send(new s3.AbortMultipartUploadCommand({ Bucket, Key: 'scoped', UploadId })),
    () =>
      client.send(
        new s3.PutBucketCorsCommand({
          Bucket,
          CORSConfiguration: { CORSRules: [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'] }] },
        }),
      ),
    () => client.send(new s3.DeleteBucketCommand({ Bucket })),
    () => client.send(new s3.CreateBucketCommand({ Bucket: 'third-bucket' })),
    () => client.send(new s3.ListObjectsV2Command({ Bucket: 'another' })),
    () => client.send(new s3.GetObjectCommand({ Bucket: 'another', Key: 'k' })),
  ];
  for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('of many writers that each want to be the first exactly one is', async () => {
  const results = await Promise.allSettled(
    Array.from({ length: 12 }, (_, at) => put('first', `writer ${at}`, { IfNoneMatch: '*' })),
  );
  const names = results.map((result) => (result.status === 'fulfilled' ? 'stored' : result.reason.name));
  expect(names.filter((name) => name === 'stored')).toHaveLength(1);
  expect(new Set(names)).toEqual(
    new Set(['stored', expect.stringMatching(/PreconditionFailed|ConditionalRequestConflict/)]),
  );
});

async function openUpload(Key: string) {
  const { UploadId } = await server.client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key }));
  const parts = await Promise.all(
    [mebibytes(5, 'a'), Buffer.from('tail')].map(async (Body, at) => {
      const PartNumber = at + 1;
      const { ETag } = await server.client.send(new s3.UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
      return { ETag, PartNumber };
    }),
  );
  const complete = (Parts = parts) =>
    server.client.send(new s3.CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
  const abort = () => server.client.send(new s3.AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  return { UploadId, parts, complete, abort };
}

test('two completes racing give one object and one answer', async () => {
  const upload = await openUpload('raced');
  const answers = await Promise.all([upload.complete(), upload.complete(), upload.complete()]);
  expect(new Set(answers.map(({ ETag }) => ETag)).size).toBe(1);
  const head = await server.client.send(new s3.HeadObjectCommand({ Bucket, Key: 'raced' }));
  expect(head).toMatchObject({ ContentLength: 5 * 1024 ** 2 + 4, ETag: answers[0]?.ETag });
});

test('an abort racing a complete leaves the whole object or none', async () => {
  const upload = await openUpload('aborted');
  const [complete, abort] = await Promise.allSettled([upload.complete(), upload.abort()]);
  const exists = await server.client.send(new s3.HeadObjectCommand({ Bucket, Key: 'aborted' })).then(
    ({ ContentLength }) => ContentLength,
    () => null,
  );
  expect([complete.status, abort.status].filter((status) => status === 'fulfilled')).toHaveLength(1);
  expect(exists).toBe(complete.status === 'fulfilled' ? 5 * 1024 ** 2 + 4 : null);
});

test('a complete with a wrong, a foreign or a small part is refused and can be repeated rightly', async () => {
  const upload = await openUpload('parts');
  const [first, tail] = upload.parts;
  if (!first || !tail) throw new Error('two parts were made');
  const name = (parts: typeof upload.parts) =>
    upload.complete(parts).then(
      () => 'done',
      (error: Error) => error.name,
    );
  expect(await name([{ ...first, ETag: '"0"' }, tail])).toBe('InvalidPart');
  expect(await name([first, { ...tail, PartNumber: 9 }])).toBe('InvalidPart');
  const small = await server.client.send(
    new s3.UploadPartCommand({ Bucket, Key: 'parts', UploadId: upload.UploadId, PartNumber: 3, Body: 'z' }),
  );
  expect(await name([first, tail, { PartNumber: 3, ETag: small.ETag }])).toBe('EntityTooSmall');
  expect(await name([first, tail])).toBe('done');
});

test('an upload id opens nothing but its own key', async () => {
  const { UploadId } = await openUpload('own');
  const foreign = new s3.UploadPartCommand({ Bucket, Key: 'other', UploadId, PartNumber: 1, Body: 'x' });
  await expect(server.client.send(foreign)).rejects.toMatchObject({ name: 'NoSuchUpload' });
  const list = new s3.ListPartsCommand({ Bucket: 'another', Key: 'own', UploadId });
  await expect(server.client.send(list)).rejects.toMatchObject({ name: 'NoSuchUpload' });
});

test('a reader keeps the bytes it began with when the key is overwritten and deleted', async () => {
  const old = mebibytes(8, 'o');
  await put('kept', old);
  const reading = await server.client.send(new s3.GetObjectCommand({ Bucket, Key: 'kept' }));
  await put('kept', 'new');
  await server.client.send(new s3.DeleteObjectCommand({ Bucket, Key: 'kept' }));
  expect(Buffer.from((await reading.Body?.transformToByteArray()) ?? []).equals(old)).toBe(true);
});

test('a client that leaves mid-upload leaves no object and no bytes behind', async () => {
  const storageDir = join(server.app.config.dataDir, 'storage');
  const files = async () =>
    (await readdir(storageDir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;
  const before = await files();
  const url = new URL(
    await getSignedUrl(server.clientFor(server.root), new s3.PutObjectCommand({ Bucket, Key: 'left' })),
  );
  const socket = connect(server.rootPort, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`PUT ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-length: 99999999\r\n\r\n`);
  socket.write(mebibytes(2, 'l'));
  await expect.poll(files).toBe(before + 1);
  socket.destroy();
  await expect.poll(files).toBe(before);
  await expect(server.client.send(new s3.HeadObjectCommand({ Bucket, Key: 'left' }))).rejects.toMatchObject({
    name: 'NotFound',
  });
});

test('anyone reads an object of a public bucket, nobody lists it', async () => {
  const base = `${server.root}/open-to-all`;
  await server.client.send(new s3.CreateBucketCommand({ Bucket: 'open-to-all', ACL: 'public-read' }));
  await server.client.send(new s3.PutObjectCommand({ Bucket: 'open-to-all', Key: 'k', Body: 'hello' }));
  expect(await (await fetch(`${base}/k`)).text()).toBe('hello');
  expect((await fetch(base)).status).toBe(403);
  expect((await fetch(`${base}/missing`)).status).toBe(404);
  await server.client.send(new s3.PutBucketAclCommand({ Bucket: 'open-to-all', ACL: 'private' }));
  expect((await fetch(`${base}/k`)).status).toBe(403);
});

test('a bucket goes only when it is empty, and takes its open uploads along', async () => {
  const own = 'short-lived';
  await server.client.send(new s3.CreateBucketCommand({ Bucket: own }));
  await server.client.send(new s3.PutObjectCommand({ Bucket: own, Key: 'k', Body: 'x' }));
  const { UploadId } = await server.client.send(new s3.CreateMultipartUploadCommand({ Bucket: own, Key: 'open' }));
  const remove = () => server.client.send(new s3.DeleteBucketCommand({ Bucket: own }));
  await expect(remove()).rejects.toMatchObject({ name: 'BucketNotEmpty' });
  await server.client.send(new s3.DeleteObjectCommand({ Bucket: own, Key: 'k' }));
  await remove();
  const late = new s3.UploadPartCommand({ Bucket: own, Key: 'open', UploadId, PartNumber: 1, Body: 'x' });
  await expect(server.client.send(late)).rejects.toMatchObject({
    name: expect.stringMatching(/NoSuchUpload|NoSuchBucket/),
  });
});

test('uploads are listed by key and then by age, page by page, and rolled up', async () => {
  const own = 'many-uploads';
  await server.client.send(new s3.CreateBucketCommand({ Bucket: own }));
  const make = async (Key: string) =>
    (await server.client.send(new s3.CreateMultipartUploadCommand({ Bucket: own, Key }))).UploadId;
  const made = [
    ['a', await make('a')],
    ['a', await make('a')],
    ['b/1', await make('b/1')],
    ['b/2', await make('b/2')],
    ['c', await make('c')],
  ];
  const seen: unknown[] = [];
  let marker: Partial<s3.ListMultipartUploadsCommandInput> = {};
  for (;;) {
    const page = await server.client.send(
      new s3.ListMultipartUploadsCommand({ Bucket: own, MaxUploads: 1, ...marker }),
    );
    seen.push(...(page.Uploads ?? []).map(({ Key, UploadId }) => [Key, UploadId]));
    if (!page.IsTruncated) break;
    marker = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
  }
  expect(seen).toEqual(made);
  const rolled = await server.client.send(new s3.ListMultipartUploadsCommand({ Bucket: own, Delimiter: '/' }));
  expect(rolled.CommonPrefixes).toEqual([{ Prefix: 'b/' }]);
  expect(rolled.Uploads?.map(({ Key }) => Key)).toEqual(['a', 'a', 'c']);
});
