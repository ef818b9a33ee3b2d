import { createClient } from '@insforge/sdk';
import { expect, test } from 'vitest';
import { testApp } from '../app.ts';
import { put, withBucket } from './forms.ts';

test("the SDK's storage module uploads, lists, signs, downloads and removes", async () => {
  await using app = await testApp();
  await withBucket(app, 'b');
  const alice = await app.as('alice');
  const baseUrl = await app.listen();
  const bucket = createClient({ baseUrl, anonKey: alice.accessToken }).storage.from('b');
  const blob = new Blob(['hello'], { type: 'text/plain' });

  const uploaded = await bucket.upload('dir/näme 1.txt', blob);
  expect(uploaded.error).toBeNull();
  expect(uploaded.data).toMatchObject({ bucket: 'b', key: 'dir/näme 1.txt', size: 5, mimeType: 'text/plain' });
  const auto = await bucket.uploadAuto(blob);
  expect(auto.data?.key).toMatch(/^file-\d+-[a-z0-9]{6}/);

  const got = await bucket.download('dir/näme 1.txt');
  expect(await got.data?.text()).toBe('hello');
  const missing = await bucket.download('nope');
  expect(missing.data).toBeNull();
  expect(missing.error).toMatchObject({ statusCode: 404 });

  const signed = await bucket.createSignedUrl('dir/näme 1.txt', 60);
  const url = signed.data?.signedUrl ?? '';
  expect(await (await fetch(url)).text()).toBe('hello');

  const listed = await bucket.list({ prefix: 'dir/' });
  expect(listed.data).toMatchObject({ data: [{ key: 'dir/näme 1.txt' }], pagination: { total: 1 } });
  expect((await bucket.remove('dir/näme 1.txt')).error).toBeNull();
  const rest = await bucket.remove([auto.data?.key ?? '', 'nope']);
  expect(rest.data).toMatchObject({ results: [{ status: 'deleted' }, { status: 'notFound' }] });
});

test('metadata tells admins of buckets, their objects and the total', async () => {
  await using app = await testApp();
  const admin = await withBucket(app, 'b', true);
  await put(admin, 'b', 'k', { bytes: Buffer.alloc(1024) });
  const expected = {
    buckets: [{ name: 'b', public: true, createdAt: expect.any(String), objectCount: 1 }],
    totalSizeInGB: 1024 / 1024 ** 3,
  };
  expect((await admin.get('/api/metadata/storage')).json()).toEqual(expected);
  expect((await admin.get('/api/metadata')).json().storage).toEqual(expected);
  expect((await (await app.as('ada')).get('/api/metadata/storage')).statusCode).toBe(403);
});
