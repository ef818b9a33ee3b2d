import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { BlobMissing, type BlobStore, type S3StoreConfig } from '../../src/storage/provider.ts';
import { createDiskStore } from '../../src/storage/providers/disk.ts';
import { createS3Store } from '../../src/storage/providers/s3.ts';
import { testApp } from '../app.ts';
import { md5 } from './domain.ts';
import { formOf, objectPath, put, withBucket } from './forms.ts';

type Opened = { store: BlobStore } & AsyncDisposable;
const now = () => new Date();

async function onDisk(): Promise<Opened> {
  const dir = await mkdtemp(join(tmpdir(), 'pleiad-blobs-'));
  const store = await createDiskStore({ dir, now });
  return { store, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

/** The S3 that the adapter talks to over a socket is another Pleiad's gateway. */
async function otherServer() {
  const app = await testApp();
  const base = await app.listen();
  const admin = await withBucket(app, 'blobs');
  const key = (await admin.post('/api/storage/s3/access-keys')).json();
  const environment = {
    S3_BUCKET: 'blobs',
    S3_ENDPOINT_URL: `${base}/storage/v1/s3`,
    S3_ACCESS_KEY_ID: key.accessKeyId,
    S3_SECRET_ACCESS_KEY: key.secretAccessKey,
    S3_PREFIX: 'project',
  };
  const provider: S3StoreConfig = {
    ...{
      bucket: 'blobs',
      region: 'us-east-2',
      endpoint: environment.S3_ENDPOINT_URL,
      isPathStyle: true,
      prefix: 'project/',
    },
    credentials: { accessKeyId: key.accessKeyId, secretAccessKey: new Secret(key.secretAccessKey) },
  };
  return { app, environment, provider, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}
async function onS3(): Promise<Opened> {
  const { provider, app } = await otherServer();
  const store = await createS3Store({ provider, now });
  return { store, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

async function listed(store: BlobStore) {
  const found = [];
  for await (const entry of store.list()) found.push(entry);
  return found;
}

describe.each([
  ['disk', onDisk],
  ['s3', onS3],
])('the blob store on %s', (_kind, open) => {
  test('keeps bytes whole, whatever their size, and reads ranges of them', async () => {
    await using opened = await open();
    const { store } = opened;
    for (const size of [0, 1, 100_000, 17 * 1024 ** 2]) {
      const bytes = Buffer.alloc(size, 'pleiad');
      const chunks = [bytes.subarray(0, size / 3), bytes.subarray(size / 3)];
      const staged = await store.stage(Readable.from(chunks, { objectMode: false }));
      expect(staged).toMatchObject({ sizeBytes: size, md5Hex: md5(bytes) });
      expect(await store.sizeOf(staged.blob)).toBe(size);
      expect(md5(await buffer(await store.read(staged.blob)))).toBe(md5(bytes));
      if (size > 10)
        expect((await buffer(await store.read(staged.blob, { start: 6, end: 11 }))).toString()).toBe('pleiad');
    }
  });

  test('stores nothing of a body that breaks or fails its check', async () => {
    await using opened = await open();
    const { store } = opened;
    const broken = Readable.from(
      (async function* () {
        yield Buffer.alloc(9 * 1024 ** 2);
        throw new Error('client left');
      })(),
      { objectMode: false },
    );
    await expect(store.stage(broken)).rejects.toThrow('client left');
    const refuse = () => {
      throw new Error('hash differs');
    };
    for (const size of [10, 9 * 1024 ** 2])
      await expect(store.stage(Readable.from([Buffer.alloc(size)], { objectMode: false }), refuse)).rejects.toThrow(
        'hash differs',
      );
    expect(await listed(store)).toEqual([]);
  });

  test('lists what it has, forgets what is removed, and says so when a blob is missing', async () => {
    await using opened = await open();
    const { store } = opened;
    const { blob } = await store.stage(Readable.from([Buffer.from('x')], { objectMode: false }));
    const [only] = await listed(store);
    expect(only?.blob).toBe(blob);
    expect(Math.abs((only?.storedAt.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    await store.remove(blob);
    await store.remove(blob);
    await expect(store.read(blob)).rejects.toBeInstanceOf(BlobMissing);
    expect(await store.sizeOf(blob)).toBeNull();
    await store.clearStaging(new Date(Date.now() + 60_000));
  });
});

test('on S3 clients get a form for the store itself, confirm it once or twice, and are redirected to read', async () => {
  await using other = await otherServer();
  await using app = await testApp({ env: other.environment });
  const admin = await withBucket(app, 'b');
  const alice = await app.as('alice');
  const strategy = { filename: 'dir/a.txt', contentType: 'text/plain', size: 5 };
  const plan = (await alice.post('/api/storage/buckets/b/upload-strategy', strategy)).json();
  expect(plan).toMatchObject({ method: 'presigned', key: 'dir/a.txt', confirmRequired: true });
  expect(plan.confirmUrl).toBe('/api/storage/buckets/b/objects/dir%2Fa.txt/confirm-upload');
  expect((await alice.post(plan.confirmUrl, { size: 5 })).statusCode).toBe(404);
  const form = new FormData();
  for (const [name, value] of Object.entries(plan.fields)) form.append(name, String(value));
  form.append('file', new Blob(['hello'], { type: 'text/plain' }));
  expect((await fetch(plan.uploadUrl, { method: 'POST', body: form })).status).toBeLessThan(300);
  const bob = await app.as('bob');
  expect((await bob.post(plan.confirmUrl, { size: 5 })).statusCode).toBe(404);
  const first = await alice.post(plan.confirmUrl, { size: 1, contentType: 'text/html' });
  expect(first.json()).toMatchObject({ key: 'dir/a.txt', size: 5, mimeType: 'text/plain', etag: md5('hello') });
  expect((await alice.post(plan.confirmUrl, { size: 5 })).json()).toMatchObject({ size: 5, etag: md5('hello') });
  // The form is still good, but the object has bytes of its own by now.
  const again = new FormData();
  for (const [name, value] of Object.entries(plan.fields)) again.append(name, String(value));
  again.append('file', new Blob(['other'], { type: 'text/plain' }));
  await fetch(plan.uploadUrl, { method: 'POST', body: again });
  const read = await alice.get(objectPath('b', 'dir/a.txt'));
  expect(read.statusCode).toBe(302);
  expect(await (await fetch(String(read.headers.location))).text()).toBe('hello');
  const direct = await put(admin, 'b', 'direct', { bytes: 'through the server' });
  expect(direct.json()).toMatchObject({ size: 18, etag: md5('through the server') });
  const link = (await alice.get('/api/storage/buckets/b/download-strategy/objects/dir%2Fa.txt?expiresIn=60')).json();
  expect(link).toMatchObject({ method: 'presigned', expiresAt: expect.any(String) });
  expect(await (await fetch(link.url)).text()).toBe('hello');
});

test('in proxy mode bytes come through the server, in parts joined as one', async () => {
  await using other = await otherServer();
  await using app = await testApp({ env: { ...other.environment, S3_USE_PRESIGNED_URLS: 'false' } });
  const admin = await withBucket(app, 'b', true);
  const plan = await admin.post('/api/storage/buckets/b/upload-strategy', { filename: 'k' });
  expect(plan.json()).toMatchObject({ method: 'direct', confirmRequired: false });
  const { payload, headers } = formOf({ bytes: '0123456789' });
  await admin.put(objectPath('b', 'k'), payload, headers);
  const got = await app.nobody().get(objectPath('b', 'k'), { range: 'bytes=2-3' });
  expect([got.statusCode, got.body]).toEqual([206, '23']);
});
