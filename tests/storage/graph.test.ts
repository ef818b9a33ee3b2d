import { expect, test } from 'vitest';
import { testApp } from '../app.ts';
import { graphql } from '../gql/index.ts';
import { s3Call } from './domain.ts';
import { put, withBucket } from './forms.ts';

const CreateBucket = graphql(`mutation CreateBucket($name: String!, $isPublic: Boolean, $types: [String!]) {
  createBucket(name: $name, isPublic: $isPublic, allowedMimeTypes: $types) { name isPublic allowedMimeTypes fileSizeLimitBytes } }`);
const BucketObjects = graphql(`query BucketObjects($name: String!, $first: Int, $after: String, $search: String) {
  bucket(name: $name) { isPublic objects(first: $first, after: $after, search: $search) {
    edges { node { key sizeBytes contentType etag } cursor } pageInfo { hasNextPage endCursor } } } }`);
const BucketUsage = graphql(`query BucketUsage { buckets { name usage { objectCount sizeBytes } } }`);
const CreateUpload = graphql(`mutation CreateUpload($bucket: String!, $key: String!, $type: String) {
  createUpload(bucket: $bucket, key: $key, contentType: $type) { method url key confirmRequired expiresAt } }`);
const CreateDownload =
  graphql(`mutation CreateDownload($bucket: String!, $key: String!, $seconds: Int, $download: String) {
  createDownload(bucket: $bucket, key: $key, expiresInSeconds: $seconds, download: $download) { url expiresAt } }`);
const MoveObject = graphql(`mutation MoveObject($bucket: String!, $key: String!, $toKey: String!) {
  moveObject(bucket: $bucket, key: $key, toKey: $toKey) { key sizeBytes } }`);
const CopyObject = graphql(`mutation CopyObject($bucket: String!, $key: String!, $toKey: String!) {
  copyObject(bucket: $bucket, key: $key, toKey: $toKey) { key sizeBytes } }`);
const DeleteObjects = graphql(`mutation DeleteObjects($keys: [String!]!) { deleteObjects(bucket: "b", keys: $keys) }`);
const CreateKey = graphql(`mutation CreateKey($buckets: [String!], $expiresAt: DateTime) {
  createS3AccessKey(description: "backup", buckets: $buckets, isReadOnly: true, expiresAt: $expiresAt) {
    id accessKeyId secretAccessKey buckets isReadOnly } }`);
const Keys = graphql(
  `query Keys { s3AccessKeys { accessKeyId secretAccessKey } s3Config { endpoint region available } }`,
);
const Revoke = graphql(`mutation Revoke($id: ID!) { revokeS3AccessKey(id: $id) }`);
const Policies = graphql(`query Policies { storagePolicies { name command roles using } }`);
const AddPolicy = graphql(`mutation AddPolicy($using: String!) {
  createStoragePolicy(name: "shared", command: SELECT, using: $using) { name using } }`);
const DropPolicy = graphql(`mutation DropPolicy { dropStoragePolicy(name: "shared") }`);

test('the graph makes buckets and pages through objects, as REST does, under the same rights', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  expect((await admin.gql(CreateBucket, { name: 'b', types: ['text/*'] })).data?.createBucket).toEqual({
    name: 'b',
    isPublic: false,
    allowedMimeTypes: ['text/*'],
    fileSizeLimitBytes: null,
  });
  const [alice, bob] = [await app.as('alice'), await app.as('bob')];
  expect((await alice.gql(CreateBucket, { name: 'c' })).errors?.[0]?.extensions).toMatchObject({ status: 403 });
  for (const key of ['a', 'b', 'c']) await put(alice, 'b', key, { bytes: key, type: 'text/plain' });
  await put(bob, 'b', 'of-bob', { bytes: 'x', type: 'text/plain' });
  const first = (await alice.gql(BucketObjects, { name: 'b', first: 2 })).data?.bucket?.objects;
  expect(first?.edges.map((edge) => edge.node.key)).toEqual(['a', 'b']);
  expect(first?.pageInfo.hasNextPage).toBe(true);
  const next = (await alice.gql(BucketObjects, { name: 'b', after: first?.pageInfo.endCursor ?? null })).data?.bucket;
  expect(next?.objects.edges.map((edge) => edge.node.key)).toEqual(['c']);
  expect(next?.objects.pageInfo.hasNextPage).toBe(false);
  expect((await admin.gql(BucketUsage)).data?.buckets).toEqual([
    { name: 'b', usage: { objectCount: 4, sizeBytes: 4 } },
  ]);
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex');
  expect((await put(alice, 'b', 'd', { bytes: png })).json().error).toBe('STORAGE_INVALID_FILE_TYPE');
  expect((await app.nobody().gql(BucketObjects, { name: 'b' })).errors?.[0]?.extensions).toMatchObject({ status: 401 });
});

test('an upload ticket is good for its object alone, as whoever got it, and a download ticket for reading it', async () => {
  let now = new Date();
  await using app = await testApp({ now: () => now });
  await withBucket(app, 'b');
  const alice = await app.as('alice');
  const ticket = (await alice.gql(CreateUpload, { bucket: 'b', key: 'dir/a.txt', type: 'text/plain' })).data
    ?.createUpload;
  expect(ticket).toMatchObject({ method: 'PUT', key: 'dir/a.txt', confirmRequired: false });
  const url = ticket?.url ?? '';
  const send = (to: string, text: string) => app.nobody().put(to, Buffer.from(text), { 'content-type': 'text/plain' });
  expect((await send(url, 'by ticket')).json()).toMatchObject({ key: 'dir/a.txt', size: 9, mimeType: 'text/plain' });
  expect(await app.sql('SELECT uploaded_by FROM storage.objects')).toEqual([{ uploaded_by: alice.id }]);
  expect((await send(url.replace('a.txt', 'b.txt'), 'x')).statusCode).toBe(403);
  expect((await app.nobody().get(url)).statusCode).toBe(403);
  const input = { bucket: 'b', key: 'dir/a.txt', seconds: 60, download: 'naïve "x".txt' };
  const download = (await alice.gql(CreateDownload, input)).data?.createDownload?.url ?? '';
  const got = await app.nobody().get(download);
  expect(got.body).toBe('by ticket');
  expect(got.headers['content-disposition']).toBe(
    `attachment; filename="na_ve _x_.txt"; filename*=UTF-8''na%C3%AFve%20%22x%22.txt`,
  );
  expect((await app.nobody().request('HEAD', download)).statusCode).toBe(200);
  expect((await send(download, 'x')).statusCode).toBe(403);
  for (const forged of [download.slice(0, -2), `${download}A`, download.replace(/token=..../, 'token=aaaa')])
    expect((await app.nobody().get(forged)).statusCode).toBe(403);
  now = new Date(now.getTime() + 61_000);
  expect((await app.nobody().get(download)).json()).toMatchObject({
    error: 'STORAGE_PERMISSION_DENIED',
    message: expect.stringContaining('expired'),
  });
  now = new Date(now.getTime() + 3_600_000);
  expect((await send(url, 'late')).statusCode).toBe(403);
  const bob = await app.as('bob');
  expect((await bob.gql(CreateUpload, { bucket: 'b', key: 'dir/a.txt' })).errors?.[0]?.extensions).toMatchObject({
    status: 403,
  });
  expect((await bob.gql(CreateDownload, input)).errors?.[0]?.extensions).toMatchObject({ status: 404 });
});

test('objects move, copy and go by the graph, within the rights of the caller', async () => {
  await using app = await testApp();
  await withBucket(app, 'b');
  const [alice, bob] = [await app.as('alice'), await app.as('bob')];
  await put(alice, 'b', 'a', { bytes: 'hello' });
  expect((await alice.gql(CopyObject, { bucket: 'b', key: 'a', toKey: 'copy' })).data?.copyObject).toEqual({
    key: 'copy',
    sizeBytes: 5,
  });
  expect((await alice.gql(MoveObject, { bucket: 'b', key: 'a', toKey: 'moved' })).data?.moveObject).toEqual({
    key: 'moved',
    sizeBytes: 5,
  });
  expect(
    (await bob.gql(MoveObject, { bucket: 'b', key: 'moved', toKey: 'mine' })).errors?.[0]?.extensions,
  ).toMatchObject({ status: 404 });
  await put(bob, 'b', 'of-bob', { bytes: 'x' });
  expect(
    (await alice.gql(CopyObject, { bucket: 'b', key: 'copy', toKey: 'of-bob' })).errors?.[0]?.extensions,
  ).toMatchObject({ status: 403 });
  expect((await alice.gql(DeleteObjects, { keys: ['copy', 'of-bob', 'a'] })).data?.deleteObjects).toEqual(['copy']);
  await app.sql(`DROP POLICY storage_objects_owner_delete ON storage.objects`);
  expect(
    (await alice.gql(MoveObject, { bucket: 'b', key: 'moved', toKey: 'again' })).errors?.[0]?.extensions,
  ).toMatchObject({ status: 404 });
  const keys = await app.sql<{ key: string }>('SELECT key FROM storage.objects ORDER BY key');
  expect(keys.map((row) => row.key)).toEqual(['moved', 'of-bob']);
});

test('an access key shows its secret once, works within its scope and stops when revoked or over', async () => {
  let now = new Date();
  await using app = await testApp({ now: () => now });
  const admin = await app.admin();
  const expiresAt = new Date(now.getTime() + 60_000).toISOString();
  const key = (await admin.gql(CreateKey, { buckets: ['b'], expiresAt })).data?.createS3AccessKey;
  expect(key?.accessKeyId).toMatch(/^INSF[A-Z0-9]{16}$/);
  expect(key?.secretAccessKey).toHaveLength(40);
  const keys = (await admin.gql(Keys)).data;
  expect(keys?.s3AccessKeys).toEqual([{ accessKeyId: key?.accessKeyId, secretAccessKey: null }]);
  expect(keys?.s3Config).toEqual({ endpoint: '/storage/v1/s3', region: 'us-east-2', available: true });
  const { objectDomain: domain } = app.rooms.storage;
  const call = s3Call(app);
  const find = () => domain.findAccessKey(call, key?.accessKeyId ?? '');
  expect(await find()).toMatchObject({
    secretAccessKey: key?.secretAccessKey,
    scope: { buckets: ['b'], isReadOnly: true },
  });
  now = new Date(now.getTime() + 61_000);
  expect(await find()).toBeNull();
  now = new Date(now.getTime() - 61_000);
  expect(await find()).not.toBeNull();
  expect((await admin.gql(Revoke, { id: key?.id ?? '' })).data?.revokeS3AccessKey).toBe(true);
  expect(await find()).toBeNull();
  expect((await admin.gql(Revoke, { id: key?.id ?? '' })).errors?.[0]?.extensions).toMatchObject({
    code: 'S3_ACCESS_KEY_NOT_FOUND',
  });
  const stored = await app.sql('SELECT * FROM storage.s3_access_keys');
  expect(JSON.stringify(stored)).not.toContain(key?.secretAccessKey);
});

test('key management is limited per address before a credential is looked at, and there are never more than 50', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  await app.sql(`INSERT INTO storage.s3_access_keys (access_key_id, secret_access_key_encrypted)
    SELECT 'INSF' || n, 'x' FROM generate_series(1, 49) AS n`);
  const results = await Promise.all(Array.from({ length: 3 }, () => admin.post('/api/storage/s3/access-keys')));
  expect(results.map((result) => result.statusCode).sort()).toEqual([201, 400, 400]);
  for (let n = 0; n < 17; n += 1) await app.nobody().get('/api/storage/s3/access-keys');
  const limited = await app.nobody().get('/api/storage/s3/access-keys');
  expect(limited.json()).toMatchObject({ error: 'TOO_MANY_REQUESTS', statusCode: 429 });
  expect(limited.headers['ratelimit-limit']).toBe('20');
});

test('policies are made and dropped by the graph and decide at once', async () => {
  await using app = await testApp();
  const admin = await withBucket(app, 'b');
  const [alice, bob] = [await app.as('alice'), await app.as('bob')];
  await put(alice, 'b', 'k', { bytes: 'x' });
  expect((await admin.gql(Policies)).data?.storagePolicies?.map((policy) => policy.name)).toEqual(
    ['delete', 'insert', 'select', 'update'].map((verb) => `storage_objects_owner_${verb}`),
  );
  expect((await admin.gql(AddPolicy, { using: `bucket = 'b'` })).data?.createStoragePolicy?.name).toBe('shared');
  expect((await bob.gql(BucketObjects, { name: 'b' })).data?.bucket?.objects.edges).toHaveLength(1);
  expect((await admin.gql(AddPolicy, { using: 'true' })).errors?.[0]?.extensions).toMatchObject({ status: 409 });
  expect((await admin.gql(DropPolicy)).data?.dropStoragePolicy).toBe(true);
  expect((await bob.gql(BucketObjects, { name: 'b' })).data?.bucket?.objects.edges).toHaveLength(0);
  for (const using of ['no_such_column', 'true); DROP TABLE storage.objects; --', 'true) WITH CHECK (true'])
    expect((await admin.gql(AddPolicy, { using })).errors?.[0]?.extensions).toMatchObject({ status: 400 });
  expect((await bob.gql(AddPolicy, { using: 'true' })).errors?.[0]?.extensions).toMatchObject({ status: 403 });
});

test('a subscriber hears of what it may see, and of nothing else', async () => {
  await using app = await testApp();
  await withBucket(app, 'b');
  await withBucket(app, 'other');
  const [alice, bob] = [await app.as('alice'), await app.as('bob')];
  const gone = new AbortController();
  const identity = await app.identify(alice.headers);
  const call = { ...identity, signal: gone.signal, log: app.log, requestId: 'r', ip: '' };
  const heard: string[] = [];
  const listening = (async () => {
    for await (const { change, key, object } of app.rooms.storage.streamChanges(call, 'b')) {
      heard.push(`${change} ${key} ${object?.sizeBytes ?? '-'}`);
      if (change === 'delete') return;
    }
  })();
  await put(bob, 'b', 'of-bob', { bytes: 'secret' });
  await put(alice, 'other', 'elsewhere', { bytes: 'x' });
  await put(alice, 'b', 'mine', { bytes: 'abc' });
  await bob.delete('/api/storage/buckets/b/objects/of-bob');
  await expect.poll(() => heard).toEqual(['put mine 3']);
  await alice.delete('/api/storage/buckets/b/objects/mine');
  await listening;
  gone.abort();
  expect(heard).toEqual(['put mine 3', 'delete mine -']);
});
