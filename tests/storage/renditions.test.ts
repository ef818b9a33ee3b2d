import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { testApp } from '../app.ts';
import { objectPath, put, withBucket } from './forms.ts';

const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#336699' }, limitInputPixels: false });

test('an image comes in the size and form that is asked for, made once', async () => {
  await using app = await testApp();
  const admin = await withBucket(app, 'b', true);
  const bytes = await picture(400, 200)
    .withExif({ IFD0: { Copyright: 'secret place' } })
    .jpeg()
    .toBuffer();
  await put(admin, 'b', 'cat.jpg', { bytes });
  const get = (query: string, headers = {}) => app.nobody().get(`${objectPath('b', 'cat.jpg')}?${query}`, headers);
  const small = await get('width=100&format=webp&quality=60');
  expect(small.headers).toMatchObject({ 'content-type': 'image/webp', 'x-content-type-options': 'nosniff' });
  expect(await sharp(small.rawPayload).metadata()).toMatchObject({ width: 100, height: 50, format: 'webp' });
  const upright = await sharp((await get('height=50')).rawPayload).metadata();
  expect(upright).toMatchObject({ width: 100, height: 50, format: 'jpeg' });
  expect(upright.exif).toBeUndefined();
  expect(await sharp((await get('width=4000')).rawPayload).metadata()).toMatchObject({ width: 400 });
  await Promise.all(Array.from({ length: 5 }, () => get('width=100&format=webp&quality=60')));
  expect(await readdir(join(app.config.dataDir, 'renditions'))).toHaveLength(3);
  const etag = String(small.headers.etag);
  expect((await get('width=100&format=webp&quality=60', { 'if-none-match': etag })).statusCode).toBe(304);
  await put(admin, 'b', 'cat.jpg', { bytes: await picture(40, 40).png().toBuffer() });
  expect(await sharp((await get('width=20')).rawPayload).metadata()).toMatchObject({ width: 20, format: 'png' });
});

test('a rendition needs the same rights as the image', async () => {
  await using app = await testApp();
  await withBucket(app, 'b');
  const [alice, bob] = [await app.as('alice'), await app.as('bob')];
  await put(alice, 'b', 'cat.png', { bytes: await picture(40, 40).png().toBuffer() });
  const url = `${objectPath('b', 'cat.png')}?width=10`;
  expect((await alice.get(url)).statusCode).toBe(200);
  expect((await bob.get(url)).statusCode).toBe(404);
  expect((await app.nobody().get(url)).statusCode).toBe(401);
});

test('bombs, broken images, other files and silly sizes are refused', async () => {
  await using app = await testApp();
  const admin = await withBucket(app, 'b');
  const bomb = await picture(9000, 9000).png({ compressionLevel: 9 }).toBuffer();
  expect(bomb.length).toBeLessThan(1024 ** 2);
  const whole = await picture(400, 400).png().toBuffer();
  await put(admin, 'b', 'bomb', { bytes: bomb });
  await put(admin, 'b', 'broken', { bytes: whole.subarray(0, 200) });
  await put(admin, 'b', 'text', { bytes: 'hello', type: 'image/png' });
  await put(admin, 'b', 'good', { bytes: whole });
  const get = async (key: string, query: string) => (await admin.get(`${objectPath('b', key)}?${query}`)).json();
  expect(await get('bomb', 'width=10')).toMatchObject({
    error: 'STORAGE_INVALID_PARAMETER',
    message: expect.stringContaining('too many pixels'),
  });
  expect(await get('broken', 'width=10')).toMatchObject({ statusCode: 400 });
  expect(await get('text', 'width=10')).toMatchObject({ statusCode: 400 });
  for (const query of ['width=0', 'width=-1', 'width=99999', 'width=x', 'format=svg', 'quality=101'])
    expect(await get('good', query)).toMatchObject({ error: 'STORAGE_INVALID_PARAMETER', statusCode: 400 });
  expect(await readdir(join(app.config.dataDir, 'renditions'))).toEqual([]);
});
