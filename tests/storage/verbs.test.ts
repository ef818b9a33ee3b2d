import { expect, test } from 'vitest';
import { faultOf } from '../../src/storage/faults.ts';
import { testApp } from '../app.ts';
import { putInput, s3Call, s3Domain, uploadOf } from './domain.ts';

const faults = async (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    (error: unknown) => faultOf(error) ?? error,
  );

test('of many writers of a new key exactly one wins If-None-Match', async () => {
  await using app = await testApp();
  const { put, get } = await s3Domain(app);
  const results = await Promise.all(
    Array.from({ length: 8 }, (_, n) => faults(put('k', `writer ${n}`, { ifNoneMatch: '*' }))),
  );
  expect(results.filter((result) => result === 'ok')).toHaveLength(1);
  expect(results.filter((result) => result === 'preconditionFailed')).toHaveLength(7);
  expect((await get('k')).text).toBe(`writer ${results.indexOf('ok')}`);
});

test('If-Match decides on the object that is there when the write commits', async () => {
  await using app = await testApp();
  const { put, get } = await s3Domain(app);
  expect(await faults(put('k', 'x', { ifMatch: '*' }))).toBe('noSuchKey');
  const { etag } = await put('k', 'one');
  const results = await Promise.all([1, 2, 3].map((n) => faults(put('k', `two ${n}`, { ifMatch: `"${etag}"` }))));
  expect([...results].sort()).toEqual(['ok', 'preconditionFailed', 'preconditionFailed']);
  expect((await get('k')).text).toBe(`two ${results.indexOf('ok') + 1}`);
});

test('a put that fails its verification leaves the object that was there', async () => {
  await using app = await testApp();
  const { domain, call, put, get } = await s3Domain(app);
  await put('k', 'good');
  const upload = {
    ...uploadOf('bad'),
    verify: () => {
      throw new Error('hash differs');
    },
  };
  await expect(domain.putObject(call, { ...putInput('b', 'k', ''), upload })).rejects.toThrow('hash differs');
  expect((await get('k')).text).toBe('good');
  expect(await app.rooms.storage.sweeper.sweep({ orphanGraceMs: 0 })).toMatchObject({ orphans: 0 });
});

test('a reader keeps the old bytes while the key is overwritten, deleted and swept', async () => {
  await using app = await testApp();
  const { domain, call, put, get } = await s3Domain(app);
  await put('k', 'old');
  const old = await domain.openObject(call, { bucket: 'b', key: 'k' });
  const body = await old.read();
  await put('k', 'new');
  await app.rooms.storage.sweeper.sweep({ readerGraceMs: 0 });
  expect(Buffer.concat(await body.toArray()).toString()).toBe('old');
  expect((await get('k')).text).toBe('new');
});

test('copies share bytes and outlive their source; copying onto itself changes attributes only', async () => {
  await using app = await testApp();
  const { domain, call, put, get } = await s3Domain(app);
  await put('k', 'bytes');
  const copy = (to: string, contentType: string | null) =>
    domain.copyObject(call, {
      from: { bucket: 'b', key: 'k' },
      to: { bucket: 'b', key: to },
      attributes: contentType === null ? null : { ...putInput('b', 'k', '').attributes, contentType },
      ...{ tags: null, sourceConditions: {}, conditions: {} },
    });
  expect(await copy('copy', null)).toMatchObject({ key: 'copy', contentType: 'text/plain', sizeBytes: 5 });
  expect(await copy('k', 'image/png')).toMatchObject({ key: 'k', contentType: 'image/png' });
  await domain.deleteObject(call, { bucket: 'b', key: 'k' });
  await app.rooms.storage.sweeper.sweep({ readerGraceMs: 0, orphanGraceMs: 0 });
  expect((await get('copy')).text).toBe('bytes');
  await domain.deleteObject(call, { bucket: 'b', key: 'copy' });
  expect(await app.rooms.storage.sweeper.sweep({ readerGraceMs: 0 })).toMatchObject({ contents: 1, blobs: 1 });
});

test('keys reach only what their scope says; without one only objects of public buckets are read', async () => {
  await using app = await testApp();
  const { domain, call, put } = await s3Domain(app);
  await put('k', 'x');
  await domain.createBucket(call, { bucket: 'open', isPublic: true });
  await domain.putObject(call, putInput('open', 'k', 'x'));
  const other = s3Call(app, { buckets: ['open'], isReadOnly: false });
  const reader = s3Call(app, { buckets: null, isReadOnly: true });
  const nobody = s3Call(app, null);
  const at = { bucket: 'b', key: 'k' };
  expect((await domain.listBuckets(other)).map((bucket) => bucket.name)).toEqual(['open']);
  expect(await faults(domain.openObject(other, at))).toBe('accessDenied');
  expect(
    await faults(
      domain.copyObject(other, {
        from: at,
        to: { bucket: 'open', key: 'stolen' },
        attributes: null,
        tags: null,
        sourceConditions: {},
        conditions: {},
      }),
    ),
  ).toBe('accessDenied');
  expect(await faults(domain.openObject(reader, at))).toBe('ok');
  expect(await faults(domain.putObject(reader, putInput('b', 'k', 'y')))).toBe('accessDenied');
  expect(await faults(domain.deleteObject(reader, at))).toBe('accessDenied');
  expect(await faults(domain.openObject(nobody, at))).toBe('accessDenied');
  expect(await faults(domain.openObject(nobody, { bucket: 'b', key: 'nope' }))).toBe('accessDenied');
  expect(await faults(domain.openObject(nobody, { bucket: 'open', key: 'k' }))).toBe('ok');
  expect(
    await faults(domain.listObjects(nobody, { bucket: 'open', prefix: '', delimiter: '', after: '', limit: 1 })),
  ).toBe('accessDenied');
});

test('listing rolls up prefixes once over all pages, in byte order', async () => {
  await using app = await testApp();
  const { domain, call, put } = await s3Domain(app);
  const keys = ['a', 'a/1', 'a/2', 'a/b/3', 'b//x', 'b/', 'c', 'd-1', 'd-2', 'Z', 'é/x', '\u{1F600}', '\uFFFD'];
  for (const key of keys) await put(key, key);
  const walk = async (prefix: string, delimiter: string, limit: number) => {
    const names: string[] = [];
    for (let after = '', more = true; more; ) {
      const page = await domain.listObjects(call, { bucket: 'b', prefix, delimiter, after, limit });
      names.push(...page.entries.map((entry) => `${entry.kind === 'prefix' ? '+' : ''}${entry.name}`));
      more = page.isTruncated;
      after = page.entries.at(-1)?.name ?? '';
    }
    return names;
  };
  for (const limit of [1, 2, 3, 1000]) {
    expect(await walk('', '/', limit)).toEqual([
      'Z',
      'a',
      '+a/',
      '+b/',
      'c',
      'd-1',
      'd-2',
      '+é/',
      '\uFFFD',
      '\u{1F600}',
    ]);
    expect(await walk('a/', '/', limit)).toEqual(['a/1', 'a/2', '+a/b/']);
    expect(await walk('b/', '/', limit)).toEqual(['b/', '+b//']);
    expect(await walk('', '-', limit)).toContain('+d-');
  }
  expect(await walk('', '', 4)).toEqual([...keys].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y))));
});

test('conditional deletes spare what changed, and one fault does not stop the others', async () => {
  await using app = await testApp();
  const { domain, call, put, get } = await s3Domain(app);
  const { etag } = await put('a', 'one');
  await put('b', 'two');
  const results = await domain.deleteObjects(call, {
    bucket: 'b',
    objects: [{ key: 'a', ifMatch: '"other"' }, { key: 'b' }, { key: 'gone', ifMatch: etag }],
  });
  expect(results.map(({ key, error }) => [key, error && faultOf(error)])).toEqual([
    ['a', 'preconditionFailed'],
    ['b', null],
    ['gone', null],
  ]);
  await domain.deleteObject(call, { bucket: 'b', key: 'a', ifMatch: etag });
  await expect(get('a')).rejects.toThrow('not found');
});

test('a bucket with objects cannot be deleted, and one that goes takes its open uploads along', async () => {
  await using app = await testApp();
  const { domain, call, put, startUpload } = await s3Domain(app);
  await put('k', 'x');
  const upload = await startUpload('big');
  await domain.putPart(call, { ...upload, partNumber: 1, upload: uploadOf('part') });
  expect(await faults(domain.deleteBucket(call, 'b'))).toBe('bucketNotEmpty');
  await domain.deleteObject(call, { bucket: 'b', key: 'k' });
  await domain.deleteBucket(call, 'b');
  expect(await faults(domain.getUpload(call, upload))).toBe('noSuchUpload');
  expect(await faults(put('k', 'y'))).toBe('noSuchBucket');
  expect(await app.rooms.storage.sweeper.sweep({ readerGraceMs: 0 })).toMatchObject({ blobs: 2 });
});

test('lifecycle rules expire what matches, at midnight', async () => {
  let now = new Date('2026-01-01T12:00:00Z');
  await using app = await testApp({ now: () => now });
  const { domain, call, put, startUpload } = await s3Domain(app);
  await put('tmp/a', 'x');
  await put('keep', 'x');
  await startUpload('tmp/upload');
  const rule = { id: 'r', isEnabled: true, prefix: 'tmp/', tags: [], expireAfterDays: 1, abortIncompleteAfterDays: 1 };
  await domain.updateBucketSettings(call, { bucket: 'b', lifecycleRules: [rule] });
  now = new Date('2026-01-02T23:59:00Z');
  expect(await app.rooms.storage.sweeper.sweep()).toMatchObject({ expired: 0, uploads: 0 });
  now = new Date('2026-01-03T00:01:00Z');
  expect(await app.rooms.storage.sweeper.sweep()).toMatchObject({ expired: 1, uploads: 1 });
  const page = await domain.listObjects(call, { bucket: 'b', prefix: '', delimiter: '', after: '', limit: 10 });
  expect(page.entries.map((entry) => entry.name)).toEqual(['keep']);
});
