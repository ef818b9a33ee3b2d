import { Readable } from 'node:stream';
import { Upload } from 'tus-js-client';
import { expect, test } from 'vitest';
import { type TestApp, testApp } from '../app.ts';
import { md5 } from './domain.ts';
import { objectPath, withBucket } from './forms.ts';

const size = 3 * 1024 ** 2;
const bytes = Buffer.alloc(size, 'resumable ');
type User = Awaited<ReturnType<TestApp['as']>>;

async function started(app: TestApp, user: User, metadata: Record<string, string> = {}, length = size) {
  const base = await app.listen();
  const pairs = { bucket: 'b', key: 'dir/big.txt', contentType: 'text/plain', ...metadata };
  const encoded = Object.entries(pairs).map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`);
  const response = await fetch(`${base}/api/storage/upload/resumable`, {
    method: 'POST',
    headers: {
      ...user.headers,
      'tus-resumable': '1.0.0',
      'upload-length': String(length),
      'upload-metadata': encoded.join(','),
    },
  });
  return { response, url: response.headers.get('location') ?? '' };
}
const patch = (url: string, user: User, offset: number, body: BodyInit) =>
  fetch(url, {
    method: 'PATCH',
    headers: {
      ...user.headers,
      'tus-resumable': '1.0.0',
      'upload-offset': String(offset),
      'content-type': 'application/offset+octet-stream',
    },
    body,
  });
const offsetOf = async (url: string, user: User) => {
  const response = await fetch(url, { method: 'HEAD', headers: { ...user.headers, 'tus-resumable': '1.0.0' } });
  return response.status === 200 ? Number(response.headers.get('upload-offset')) : response.status;
};

test('tus-js-client uploads in pieces, and the object is whole', async () => {
  await using app = await testApp();
  await withBucket(app, 'b');
  const alice = await app.as('alice');
  const base = await app.listen();
  await new Promise<void>((resolve, reject) => {
    const upload = new Upload(Readable.from([bytes], { objectMode: false }), {
      endpoint: `${base}/api/storage/upload/resumable`,
      headers: alice.headers,
      uploadSize: size,
      chunkSize: 1024 ** 2,
      retryDelays: null,
      metadata: { bucketName: 'b', objectName: 'dir/big.txt', contentType: 'text/plain' },
      onSuccess: () => resolve(),
      onError: reject,
    });
    upload.start();
  });
  const got = await alice.get(objectPath('b', 'dir/big.txt'));
  expect(md5(got.rawPayload)).toBe(md5(bytes));
  expect(got.headers['content-type']).toBe('text/plain');
  expect(await app.sql('SELECT uploaded_by FROM storage.objects')).toEqual([{ uploaded_by: alice.id }]);
});

test('what arrived before the client was cut off counts, and the upload goes on from there', async () => {
  await using app = await testApp();
  await withBucket(app, 'b');
  const alice = await app.as('alice');
  const { response, url } = await started(app, alice);
  expect(response.status).toBe(201);
  expect((await patch(url, alice, 0, bytes.subarray(0, 1000))).status).toBe(204);
  const cut = new AbortController();
  const slow = new ReadableStream({
    start(controller) {
      controller.enqueue(bytes.subarray(1000, 200_000));
      setTimeout(() => cut.abort(), 300);
    },
  });
  const init = { body: slow, duplex: 'half', signal: cut.signal };
  const headers = {
    ...alice.headers,
    'tus-resumable': '1.0.0',
    'upload-offset': '1000',
    'content-type': 'application/offset+octet-stream',
  };
  await expect(fetch(url, { method: 'PATCH', headers, ...init } as RequestInit)).rejects.toThrow();
  await expect.poll(() => offsetOf(url, alice), { timeout: 10_000 }).toBeGreaterThan(1000);
  const offset = await offsetOf(url, alice);
  expect((await patch(url, alice, 0, bytes)).status).toBe(409);
  expect((await patch(url, alice, offset, bytes.subarray(offset))).status).toBe(204);
  expect(await offsetOf(url, alice)).toBe(size);
  expect(md5((await alice.get(objectPath('b', 'dir/big.txt'))).rawPayload)).toBe(md5(bytes));
});

test('an upload belongs to who began it, and can be given up', async () => {
  await using app = await testApp();
  await withBucket(app, 'b');
  const [alice, bob] = [await app.as('alice'), await app.as('bob')];
  const { url } = await started(app, alice);
  expect(await offsetOf(url, bob)).toBe(404);
  expect((await patch(url, bob, 0, 'x')).status).toBe(404);
  const drop = (user: User) => fetch(url, { method: 'DELETE', headers: { ...user.headers, 'tus-resumable': '1.0.0' } });
  expect((await drop(bob)).status).toBe(404);
  expect((await drop(alice)).status).toBe(204);
  expect(await offsetOf(url, alice)).toBe(404);
});

test('hopeless uploads are refused before they begin, in the envelope of the API', async () => {
  await using app = await testApp();
  const admin = await withBucket(app, 'b');
  const alice = await app.as('alice');
  await admin.put('/api/storage/config', { maxFileSizeMb: 1 });
  const tooLarge = await started(app, alice);
  expect(tooLarge.response.status).toBe(413);
  expect(JSON.parse(await tooLarge.response.text())).toMatchObject({
    error: 'STORAGE_INVALID_PARAMETER',
    statusCode: 413,
  });
  expect((await started(app, alice, { bucket: 'nowhere' }, 10)).response.status).toBe(404);
  expect((await started(app, alice, { key: '../x' }, 10)).response.status).toBe(400);
  expect((await started(app, { ...alice, headers: {} as User['headers'] }, {}, 10)).response.status).toBe(401);
  const bob = await app.as('bob');
  expect((await started(app, bob, {}, 0)).response.status).toBe(201);
  expect((await started(app, alice, {}, 10)).response.status).toBe(403);
});
