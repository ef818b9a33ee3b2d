import * as s3 from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listen, rawRequest, send } from './protocol.ts';

let server: Awaited<ReturnType<typeof listen>>;
const Bucket = 'hostile';

beforeAll(async () => {
  server = await listen();
  await server.client.send(new s3.CreateBucketCommand({ Bucket }));
});
afterAll(() => server[Symbol.asyncDispose]());

/** Anything a request line can carry. */
const pathText = fc.stringMatching(/^[!-"$-~]{0,40}$/);
const methods = fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'PATCH');
const isAnswer = (status: number) => status < 500 || status === 501;

test('no request line makes a fault, signed or not', async () => {
  await fc.assert(
    fc.asyncProperty(methods, pathText, pathText, async (method, path, query) => {
      const target = `/${path.replaceAll('?', '')}?${query}`;
      expect(isAnswer((await send(server.root, { method, target })).status)).toBe(true);
      // What cannot be decoded cannot be signed either.
      if (/%(?![0-9a-f]{2})|%[89a-f]/i.test(target)) return;
      expect(isAnswer((await rawRequest(server.root, { method, path: target })).status)).toBe(true);
    }),
    { numRuns: 150 },
  );
});

test('no key is taken for another one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 1, maxLength: 60, unit: 'binary' }), async (Key) => {
      fc.pre(!Key.includes('\0') && Key.isWellFormed());
      await server.client.send(new s3.PutObjectCommand({ Bucket, Key, Body: Key }));
      const page = await server.client.send(new s3.ListObjectsV2Command({ Bucket, Prefix: Key, EncodingType: 'url' }));
      expect(page.Contents?.map((item) => decodeURIComponent(item.Key ?? ''))).toContain(Key);
      const got = await server.client.send(new s3.GetObjectCommand({ Bucket, Key }));
      expect(await got.Body?.transformToString()).toBe(Key);
      await server.client.send(new s3.DeleteObjectCommand({ Bucket, Key }));
    }),
    { numRuns: 60 },
  );
  expect((await server.client.send(new s3.ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
});

test('no document makes a fault', async () => {
  const piece = fc.constantFrom(
    '<Delete>',
    '</Delete>',
    '<Object>',
    '</Object>',
    '<Key>',
    '</Key>',
    'k',
    '&lt;',
    '&#0;',
    '&#x110000;',
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
    '<?xml version="1.0"?>',
    '<a b="c"/>',
    '\u0001',
    '<__proto__>',
    '<constructor/>',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      const answer = await rawRequest(server.root, {
        method: 'POST',
        path: `/${Bucket}?delete`,
        body: pieces.join(''),
      });
      expect(isAnswer(answer.status)).toBe(true);
    }),
    { numRuns: 150 },
  );
});

test('a form cannot smuggle a header into the answers of its object', async () => {
  const form = await createPresignedPost(server.client, {
    Bucket,
    Key: 'smuggled',
    Conditions: [['starts-with', '$Content-Type', '']],
  });
  const data = new FormData();
  for (const [name, value] of Object.entries(form.fields)) data.set(name, value);
  data.set('Content-Type', 'text/plain\r\nset-cookie: a=b');
  data.set('file', new Blob(['x']));
  const answer = await fetch(form.url, { method: 'POST', body: data });
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('InvalidArgument')]);
});
