import { expect, test } from 'vitest';
import { faultOf } from '../../src/storage/faults.ts';
import { type TestApp, testApp } from '../app.ts';
import { md5, s3Domain, uploadOf } from './domain.ts';

const fiveMiB = 5 * 1024 ** 2;
const faults = async (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    (error: unknown) => faultOf(error) ?? error,
  );

async function threeParts(app: TestApp, key = 'big') {
  const tools = await s3Domain(app);
  const upload = await tools.startUpload(key);
  const parts: { partNumber: number; etag: string; checksum: null }[] = [];
  for (const [index, letter] of ['A', 'B', 'C'].entries()) {
    const part = { ...upload, partNumber: index + 1, upload: uploadOf(Buffer.alloc(fiveMiB, letter)) };
    const { etag } = await tools.domain.putPart(tools.call, part);
    parts.push({ partNumber: index + 1, etag, checksum: null });
  }
  const complete = (listed = parts, conditions = {}) =>
    tools.domain.completeUpload(tools.call, {
      ...upload,
      ...{ parts: listed, conditions, expectedChecksum: null, expectedSizeBytes: null },
    });
  return { ...tools, upload, parts, complete };
}

test('parts join into one object with the ETag of ETags, readable across their borders and part by part', async () => {
  await using app = await testApp();
  const { domain, call, complete, get } = await threeParts(app);
  expect(await complete()).toMatchObject({
    etag: 'b2add96cc9702bbf4efb0ccdfc6b7747-3',
    sizeBytes: 3 * fiveMiB,
    tagCount: 1,
  });
  const object = await domain.openObject(call, { bucket: 'b', key: 'big' });
  expect(object.info.parts.map((part) => part.sizeBytes)).toEqual([fiveMiB, fiveMiB, fiveMiB]);
  const border = await (await object.read({ start: fiveMiB - 1, end: fiveMiB })).toArray();
  expect(Buffer.concat(border).toString()).toBe('AB');
  expect(md5((await get('big')).text)).toBe(md5('A'.repeat(fiveMiB) + 'B'.repeat(fiveMiB) + 'C'.repeat(fiveMiB)));
});

test('completing again gives the same answer, also when both come at once; then the upload is gone', async () => {
  await using app = await testApp();
  const { domain, call, complete, upload } = await threeParts(app);
  const answers = await Promise.all([complete(), complete()]);
  expect(answers.map((answer) => answer.etag)).toEqual([answers[0]?.etag, answers[0]?.etag]);
  expect((await complete()).etag).toBe(answers[0]?.etag);
  expect(await faults(domain.abortUpload(call, upload))).toBe('noSuchUpload');
  expect(await faults(domain.putPart(call, { ...upload, partNumber: 4, upload: uploadOf('x') }))).toBe('noSuchUpload');
});

test('of an abort and a complete at once one wins, and nothing half-made stays', async () => {
  await using app = await testApp();
  const { domain, call, complete, upload, get } = await threeParts(app);
  const [aborted, completed] = await Promise.all([faults(domain.abortUpload(call, upload)), faults(complete())]);
  expect([aborted, completed].filter((result) => result === 'ok')).toHaveLength(1);
  const swept = await app.rooms.storage.sweeper.sweep({ readerGraceMs: 0, orphanGraceMs: 0 });
  if (completed === 'ok') expect((await get('big')).sizeBytes).toBe(3 * fiveMiB);
  else expect(swept?.blobs).toBe(3);
});

test('wrong, small and foreign parts are refused, and the upload goes on', async () => {
  await using app = await testApp();
  const { domain, call, complete, parts, upload, startUpload } = await threeParts(app);
  const first = parts[0] as (typeof parts)[number];
  expect(await faults(complete([{ ...first, etag: md5('x') }]))).toBe('invalidPart');
  expect(await faults(complete([{ ...first, partNumber: 9 }]))).toBe('invalidPart');
  await domain.putPart(call, { ...upload, partNumber: 2, upload: uploadOf('small') });
  expect(
    await faults(complete([first, { partNumber: 2, etag: md5('small'), checksum: null }, parts[2] as typeof first])),
  ).toBe('entityTooSmall');
  expect(await faults(domain.getUpload(call, { ...upload, key: 'other' }))).toBe('noSuchUpload');
  expect(await faults(domain.getUpload(call, { ...upload, uploadId: 'x' }))).toBe('noSuchUpload');
  const foreign = await startUpload('other');
  expect(await faults(domain.getUpload(call, { ...foreign, key: 'big' }))).toBe('noSuchUpload');
  expect((await complete([first, parts[2] as typeof first])).sizeBytes).toBe(2 * fiveMiB);
  // The replaced part and the unlisted one go.
  expect(await app.rooms.storage.sweeper.sweep({ readerGraceMs: 0 })).toMatchObject({ blobs: 2 });
});

test('uploads are listed by key and time, rolled up, and paged by marker', async () => {
  await using app = await testApp();
  const { domain, call, startUpload } = await s3Domain(app);
  const ids = [];
  for (const key of ['a', 'a', 'dir/1', 'dir/2', 'z']) ids.push((await startUpload(key)).uploadId);
  const list = async (after: { key: string; uploadId: string | null }, limit = 10) => {
    const input = { bucket: 'b', prefix: '', delimiter: '/', after, limit };
    const { entries, isTruncated } = await domain.listUploads(call, input);
    return {
      isTruncated,
      names: entries.map((entry) => (entry.kind === 'prefix' ? entry.name : entry.upload.uploadId)),
    };
  };
  expect(await list({ key: '', uploadId: null })).toEqual({
    isTruncated: false,
    names: [ids[0], ids[1], 'dir/', ids[4]],
  });
  expect(await list({ key: 'a', uploadId: ids[0] as string }, 2)).toEqual({
    isTruncated: true,
    names: [ids[1], 'dir/'],
  });
  expect(await list({ key: 'dir/', uploadId: null })).toEqual({ isTruncated: false, names: [ids[4]] });
  expect(await list({ key: 'a', uploadId: null }, 1)).toEqual({ isTruncated: true, names: ['dir/'] });
});

test('an upload idle for a week is aborted', async () => {
  let now = new Date('2026-01-01T00:00:00Z');
  await using app = await testApp({ now: () => now });
  const { domain, call, upload } = await threeParts(app);
  now = new Date('2026-01-07T23:00:00Z');
  expect(await app.rooms.storage.sweeper.sweep()).toMatchObject({ uploads: 0 });
  now = new Date('2026-01-08T01:00:00Z');
  expect(await app.rooms.storage.sweeper.sweep()).toMatchObject({ uploads: 1 });
  expect(await faults(domain.getUpload(call, upload))).toBe('noSuchUpload');
});
