import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { testApp } from '../app.ts';
import { formOf, objectPath, put, withBucket } from './forms.ts';

test('buckets are made, listed, hidden and deleted by admins, each deed audited', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  const made = await admin.post('/api/storage/buckets', { bucketName: 'photos' });
  expect(made.statusCode).toBe(201);
  expect(made.json()).toMatchObject({ message: 'Bucket created successfully', bucketName: 'photos', isPublic: true });
  expect(made.json().nextActions).toMatch(/isPublic/);
  expect((await admin.post('/api/storage/buckets', { bucketName: 'photos' })).json()).toMatchObject({
    error: 'STORAGE_ALREADY_EXISTS',
    statusCode: 409,
  });
  expect((await admin.post('/api/storage/buckets', { bucketName: 'a b' })).json().error).toBe(
    'STORAGE_INVALID_PARAMETER',
  );
  expect((await admin.get('/api/storage/buckets')).json()).toEqual([
    { name: 'photos', public: true, createdAt: expect.stringMatching(/Z$/) },
  ]);
  const patched = await admin.patch('/api/storage/buckets/photos', { isPublic: false });
  expect(patched.json()).toMatchObject({ message: 'Bucket visibility updated', bucket: 'photos', isPublic: false });
  expect((await admin.delete('/api/storage/buckets/photos')).json().message).toBe('Bucket deleted successfully');
  expect((await admin.delete('/api/storage/buckets/photos')).statusCode).toBe(404);
  const actions = await app.sql<{ action: string }>('SELECT action FROM system.audit_entries ORDER BY id');
  expect(actions.map((row) => row.action)).toEqual(['CREATE_BUCKET', 'UPDATE_BUCKET', 'DELETE_BUCKET']);
  const bucketEvents = app.events.filter((name) => name.startsWith('storage.'));
  expect(bucketEvents).toEqual(['storage.bucket.changed', 'storage.bucket.changed', 'storage.bucket.changed']);
});

test('buckets are for admins', async () => {
  await using app = await testApp();
  expect((await app.nobody().get('/api/storage/buckets')).statusCode).toBe(401);
  const user = await app.as('ada');
  for (const response of [
    await user.get('/api/storage/buckets'),
    await user.post('/api/storage/buckets', { bucketName: 'x' }),
    await user.delete('/api/storage/buckets/x'),
    await user.get('/api/storage/config'),
    await user.get('/api/storage/s3/access-keys'),
  ])
    expect(response.json()).toMatchObject({ error: 'AUTH_UNAUTHORIZED', statusCode: 403 });
});

test('what is put comes back byte for byte, with its hash as ETag, under both spellings of the key', async () => {
  await using app = await testApp();
  const admin = await withBucket(app, 'photos');
  const bytes = Buffer.from('hello storage');
  const stored = await put(admin, 'photos', 'u1/cat pic.txt', { bytes, type: 'text/plain' });
  const etag = createHash('md5').update(bytes).digest('hex');
  expect(stored.statusCode).toBe(200);
  expect(stored.json()).toEqual({
    bucket: 'photos',
    key: 'u1/cat pic.txt',
    size: 13,
    mimeType: 'text/plain',
    uploadedAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
    etag,
    url: expect.stringContaining(`/api/storage/buckets/photos/objects/u1%2Fcat%20pic.txt?v=${etag}`),
  });
  for (const key of ['u1%2Fcat%20pic.txt', 'u1/cat%20pic.txt']) {
    const got = await admin.get(`/api/storage/buckets/photos/objects/${key}`);
    expect(got.rawPayload).toEqual(bytes);
    expect(got.headers).toMatchObject({
      'content-type': 'text/plain',
      'content-length': '13',
      etag: `"${etag}"`,
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
    });
  }
});

test('keys that look alike stay apart', async () => {
  await using app = await testApp();
  const admin = await withBucket(app, 'b');
  const keys = [
    'a',
    'a/',
    'a/b',
    'A',
    'a//b',
    '%2F',
    'v1..2.txt',
    'é',
    'e\u0301',
    'x/download-strategy',
    'x'.repeat(1000),
    'q?x=1',
    'h#1',
  ];
  for (const key of keys) expect((await put(admin, 'b', key, { bytes: key })).json().key).toBe(key);
  for (const key of keys) expect((await admin.get(objectPath('b', key))).body).toBe(key);
  const listed = (await admin.get('/api/storage/buckets/b/objects')).json();
  expect(listed.data.map((file: { key: string }) => file.key)).toEqual(
    [...keys].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))),
  );
});

test('bad keys, forms and names are refused with a reason', async () => {
  await using app = await testApp();
  const admin = await withBucket(app, 'b');
  for (const key of ['%2Fa', 'x%2F..', 'a%2F..%2Fb', '%00', 'a%ZZ', 'x'.repeat(1025), '']) {
    const { payload, headers } = formOf({ bytes: 'x' });
    const response = await admin.put(`/api/storage/buckets/b/objects/${key}`, payload, headers);
    expect([key, response.statusCode]).toEqual([key, 400]);
  }
  const refused = async (...parts: Parameters<typeof formOf>) => {
    const { payload, headers } = formOf(...parts);
    return (await admin.put(objectPath('b', 'k'), payload, headers)).json();
  };
  expect(await refused({ field: 'other', bytes: 'x' })).toMatchObject({
    error: 'STORAGE_INVALID_PARAMETER',
    statusCode: 400,
  });
  expect(await refused({ bytes: 'x' }, { bytes: 'y' })).toMatchObject({ error: 'STORAGE_INVALID_PARAMETER' });
  expect(await refused()).toMatchObject({ message: expect.stringMatching(/No file|malformed/) });
  expect((await admin.put(objectPath('b', 'k'), { not: 'a form' })).json().error).toBe('STORAGE_INVALID_PARAMETER');
  expect((await put(admin, 'nowhere', 'k', { bytes: 'x' })).json()).toMatchObject({
    error: 'STORAGE_NOT_FOUND',
    statusCode: 404,
  });
  expect((await admin.get('/api/storage/buckets/b/objects')).json().pagination.total).toBe(0);
});

test('ranges and conditions follow RFC 9110, on GET and HEAD alike', async () => {
  await using app = await testApp();
  const admin = await withBucket(app, 'b', true);
  await put(admin, 'b', 'k', { bytes: '0123456789', type: 'text/plain' });
  const get = (headers: Record<string, string>) => app.nobody().get(objectPath('b', 'k'), headers);
  const partial = await get({ range: 'bytes=2-4' });
  expect([partial.statusCode, partial.body, partial.headers['content-range']]).toEqual([206, '234', 'bytes 2-4/10']);
  expect((await get({ range: 'bytes=-3' })).body).toBe('789');
  expect((await get({ range: 'bytes=8-99' })).body).toBe('89');
  expect((await get({ range: 'bytes=1-2,4-5' })).statusCode).toBe(200);
  const past = await get({ range: 'bytes=10-' });
  expect([past.statusCode, past.headers['content-range']]).toEqual([416, 'bytes */10']);
  const etag = String((await get({})).headers.etag);
  expect((await get({ 'if-none-match': etag })).statusCode).toBe(304);
  expect((await get({ 'if-match': '"other"' })).statusCode).toBe(412);
  expect((await get({ range: 'bytes=0-0', 'if-range': '"other"' })).body).toBe('0123456789');
  const head = await app.nobody().request('HEAD', objectPath('b', 'k'));
  expect([head.statusCode, head.headers['content-length'], head.body]).toEqual([200, '10', '']);
});

test('a public bucket needs nobody and ignores a bad token; a private one hides even that it is there', async () => {
  await using app = await testApp();
  const admin = await withBucket(app, 'open', true);
  await withBucket(app, 'closed');
  await put(admin, 'open', 'k', { bytes: 'x' });
  await put(admin, 'closed', 'k', { bytes: 'x' });
  const bad = { authorization: 'Bearer not.a.token' };
  expect((await app.nobody().get(objectPath('open', 'k'))).statusCode).toBe(200);
  expect((await app.nobody().get(objectPath('open', 'k'), bad)).statusCode).toBe(200);
  expect((await app.nobody().get('/api/storage/buckets/open/objects', bad)).statusCode).toBe(401);
  expect((await app.nobody().get(objectPath('closed', 'k'))).statusCode).toBe(401);
  expect((await app.nobody().get(objectPath('nowhere', 'k'))).statusCode).toBe(401);
  expect((await (await app.anon()).get(objectPath('closed', 'k'))).json().error).toBe('FORBIDDEN');
  await admin.patch('/api/storage/buckets/open', { isPublic: false });
  expect((await app.nobody().get(objectPath('open', 'k'))).statusCode).toBe(401);
});

test('a file over the limit is refused with a readable 413 and leaves nothing', async () => {
  await using app = await testApp();
  const admin = await withBucket(app, 'b');
  await admin.put('/api/storage/config', { maxFileSizeMb: 1 });
  const big = Buffer.alloc(1024 ** 2 + 1);
  const response = await put(admin, 'b', 'k', { bytes: big });
  expect(response.json()).toMatchObject({ error: 'STORAGE_INVALID_PARAMETER', statusCode: 413 });
  expect(response.json().message).toContain('1 MB');
  expect((await put(admin, 'b', 'k', { bytes: Buffer.alloc(3 * 1024 ** 2) })).statusCode).toBe(413);
  expect((await put(admin, 'b', 'k', { bytes: big.subarray(1) })).statusCode).toBe(200);
  expect((await admin.get('/api/storage/buckets/b/objects')).json().pagination.total).toBe(1);
});

test('the bytes decide the type, and active types are never shown inline', async () => {
  await using app = await testApp();
  const admin = await withBucket(app, 'b', true);
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex');
  const typeOf = async (part: { bytes: Buffer | string; type: string }) =>
    (await put(admin, 'b', 'k', part)).json().mimeType;
  expect(await typeOf({ bytes: png, type: 'text/html' })).toBe('image/png');
  expect(await typeOf({ bytes: 'hello <SCRIPT>alert(1)</script>', type: 'text/plain' })).toBe(
    'application/octet-stream',
  );
  expect(await typeOf({ bytes: '<svg onload=alert(1)>', type: 'image/svg+xml' })).toBe('application/octet-stream');
  expect(await typeOf({ bytes: 'a,b', type: 'text/csv' })).toBe('text/csv');
  expect(await typeOf({ bytes: 'body{}', type: 'text/html' })).toBe('application/octet-stream');
  await app.sql(`UPDATE storage.objects SET mime_type = 'image/svg+xml; x=y'`);
  const legacy = await app.nobody().get(objectPath('b', 'k'));
  expect(legacy.headers).toMatchObject({
    'content-disposition': 'attachment',
    'x-content-type-options': 'nosniff',
    'content-security-policy': expect.stringContaining('sandbox'),
  });
});

test('lists page by limit and offset, search literally, and never answer null types', async () => {
  await using app = await testApp();
  const admin = await withBucket(app, 'b');
  for (const key of ['a%1', 'a_1', 'ab1', 'b1']) await put(admin, 'b', key, { bytes: key });
  await app.sql('UPDATE storage.objects SET mime_type = NULL');
  const list = async (query: string) => (await admin.get(`/api/storage/buckets/b/objects?${query}`)).json();
  const keysOf = (answer: { data: { key: string }[] }) => answer.data.map((file) => file.key);
  expect(keysOf(await list('prefix=a%25'))).toEqual(['a%1']);
  expect(keysOf(await list('search=_'))).toEqual(['a_1']);
  expect(await list('limit=0')).toMatchObject({ pagination: { offset: 0, limit: 100, total: 4 } });
  expect((await list('limit=-5')).pagination.limit).toBe(1);
  expect(keysOf(await list('limit=2&offset=1'))).toEqual(['a_1', 'ab1']);
  expect('mimeType' in (await list('')).data[0]).toBe(false);
  expect((await admin.get('/api/storage/buckets/nowhere/objects')).json().pagination.total).toBe(0);
});

test('deleting answers per key, and bytes go once readers had their time', async () => {
  await using app = await testApp();
  const admin = await withBucket(app, 'b');
  for (const key of ['a', 'b', 'c']) await put(admin, 'b', key, { bytes: key });
  expect((await admin.delete(objectPath('b', 'a'))).json()).toEqual({ message: 'Object deleted successfully' });
  expect((await admin.delete(objectPath('b', 'a'))).statusCode).toBe(404);
  const batch = await admin.delete('/api/storage/buckets/b/objects', { keys: ['b', 'nope', 'b'] });
  expect(batch.json()).toEqual({
    results: [
      { key: 'b', status: 'deleted' },
      { key: 'nope', status: 'notFound' },
    ],
  });
  expect((await admin.delete('/api/storage/buckets/b/objects', { keys: ['c', '/x'] })).statusCode).toBe(400);
  expect((await admin.get(objectPath('b', 'c'))).statusCode).toBe(200);
  expect(await app.rooms.storage.sweeper.sweep({ orphanGraceMs: 3_600_000 })).toMatchObject({ contents: 2, blobs: 0 });
  expect(await app.rooms.storage.sweeper.sweep({ readerGraceMs: 0 })).toMatchObject({ blobs: 2, orphans: 0 });
  expect((await admin.get(objectPath('b', 'c'))).body).toBe('c');
});
