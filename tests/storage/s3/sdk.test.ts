import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import * as s3 from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serve, serveOnS3 } from './server.ts';

describe.each(['disk', 's3'] as const)('with bytes on %s', (backend) => {
  let server: Awaited<ReturnType<typeof serve>>;
  const bucket = 'sdk-bucket';

  beforeAll(async () => {
    server = backend === 'disk' ? await serve() : await serveOnS3();
    await server.client.send(new s3.CreateBucketCommand({ Bucket: bucket }));
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const body = async (response: s3.GetObjectCommandOutput) => response.Body?.transformToString();
  const mebibytes = (count: number, letter: string) => Buffer.alloc(count * 1024 ** 2, letter);

  test('what the SDK puts it gets back, with type, metadata and the checksum it sent', async () => {
    const put = await server.client.send(
      new s3.PutObjectCommand({
        Bucket: bucket,
        Key: 'a/b c+d%2F?ü.txt',
        Body: 'hello',
        ContentType: 'text/plain',
        CacheControl: 'max-age=60',
        Metadata: { author: 'ada', empty: '' },
        Tagging: 'a=1&b',
      }),
    );
    expect(put).toMatchObject({
      ETag: '"5d41402abc4b2a76b9719d911017c592"',
      ChecksumCRC32: 'NhCmhg==',
      ChecksumType: 'FULL_OBJECT',
    });
    const got = await server.client.send(new s3.GetObjectCommand({ Bucket: bucket, Key: 'a/b c+d%2F?ü.txt' }));
    expect(got).toMatchObject({
      ContentType: 'text/plain',
      CacheControl: 'max-age=60',
      ContentLength: 5,
      Metadata: { author: 'ada', empty: '' },
      TagCount: 2,
      ChecksumCRC32: 'NhCmhg==',
    });
    expect(await body(got)).toBe('hello');
  });

  test.each(['a//b/../c', './x', 'a/', ' ', '?x', '..', 'a%2fb', '+', 'ключ/鍵/🔑', 'quote\'"<&>'])(
    'the key %j is an object of its own',
    async (Key) => {
      await server.client.send(new s3.PutObjectCommand({ Bucket: bucket, Key, Body: `body of ${Key}` }));
      expect(await body(await server.client.send(new s3.GetObjectCommand({ Bucket: bucket, Key })))).toBe(
        `body of ${Key}`,
      );
      const list = await server.client.send(new s3.ListObjectsV2Command({ Bucket: bucket, Prefix: Key }));
      expect(list.Contents?.map((item) => item.Key)).toContain(Key);
      await server.client.send(new s3.DeleteObjectCommand({ Bucket: bucket, Key }));
      await expect(server.client.send(new s3.HeadObjectCommand({ Bucket: bucket, Key }))).rejects.toMatchObject({
        name: 'NotFound',
      });
    },
  );

  test.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    'a stream of unknown length goes up with %s in the trailer',
    async (ChecksumAlgorithm) => {
      const Key = `stream-${ChecksumAlgorithm}`;
      const client = server.client;
      const upload = new Upload({
        client,
        params: { Bucket: bucket, Key, Body: Readable.from(['some ', 'bytes']), ChecksumAlgorithm },
      });
      await upload.done();
      const got = await client.send(new s3.GetObjectCommand({ Bucket: bucket, Key, ChecksumMode: 'ENABLED' }));
      expect(await body(got)).toBe('some bytes');
      expect(got[`Checksum${ChecksumAlgorithm}`]).toBeDefined();
    },
  );

  test('a stream with a length is sent in chunks and its trailer is verified', async () => {
    const bytes = mebibytes(1, 'z');
    const put = new s3.PutObjectCommand({
      Bucket: bucket,
      Key: 'chunked',
      Body: Readable.from([bytes]),
      ContentLength: bytes.length,
    });
    expect(await server.client.send(put)).toMatchObject({ ChecksumType: 'FULL_OBJECT' });
    const head = await server.client.send(new s3.HeadObjectCommand({ Bucket: bucket, Key: 'chunked' }));
    expect(head).toMatchObject({ ContentLength: bytes.length });
    expect(head.ContentEncoding).toBeUndefined();
  });

  test('lib-storage uploads in parts whose ETag and checksums are those of the published example', async () => {
    const Body = Buffer.concat(['A', 'B', 'C'].map((letter) => mebibytes(5, letter)));
    const upload = new Upload({ client: server.client, params: { Bucket: bucket, Key: 'parts', Body } });
    expect(await upload.done()).toMatchObject({
      ETag: '"b2add96cc9702bbf4efb0ccdfc6b7747-3"',
      ChecksumCRC32: 'Z+ry2Q==-3',
    });
    const part = await server.client.send(new s3.GetObjectCommand({ Bucket: bucket, Key: 'parts', PartNumber: 2 }));
    expect(part).toMatchObject({
      PartsCount: 3,
      ContentLength: 5 * 1024 ** 2,
      ContentRange: 'bytes 5242880-10485759/15728640',
    });
    expect((await body(part))?.slice(0, 3)).toBe('BBB');
    const attributes = await server.client.send(
      new s3.GetObjectAttributesCommand({
        Bucket: bucket,
        Key: 'parts',
        ObjectAttributes: ['ETag', 'ObjectParts', 'ObjectSize', 'Checksum'],
      }),
    );
    expect(attributes).toMatchObject({
      ETag: 'b2add96cc9702bbf4efb0ccdfc6b7747-3',
      ObjectSize: 15_728_640,
      ObjectParts: { TotalPartsCount: 3, Parts: [{ PartNumber: 1, ChecksumCRC32: 'JRTCyQ==' }, {}, {}] },
    });
  });

  test('a full-object CRC32 joins the parts without reading them again', async () => {
    const target = { Bucket: bucket, Key: 'full-crc' };
    const created = await server.client.send(
      new s3.CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' }),
    );
    const Parts = await Promise.all(
      ['A', 'B', 'C'].map(async (letter, at) => {
        const PartNumber = at + 1;
        const input = { ...target, UploadId: created.UploadId, PartNumber, Body: mebibytes(5, letter) };
        const { ETag, ChecksumCRC32 } = await server.client.send(new s3.UploadPartCommand(input));
        return { ETag, ChecksumCRC32, PartNumber };
      }),
    );
    const complete = { ...target, UploadId: created.UploadId, MultipartUpload: { Parts } };
    const wrong = new s3.CompleteMultipartUploadCommand({ ...complete, ChecksumCRC32: 'AAAAAA==' });
    await expect(server.client.send(wrong)).rejects.toMatchObject({ name: 'BadDigest' });
    const expected = {
      ETag: '"b2add96cc9702bbf4efb0ccdfc6b7747-3"',
      ChecksumCRC32: 'WgDhBQ==',
      ChecksumType: 'FULL_OBJECT',
    };
    const command = () =>
      new s3.CompleteMultipartUploadCommand({ ...complete, ChecksumCRC32: 'WgDhBQ==', MpuObjectSize: 15_728_640 });
    expect(await server.client.send(command())).toMatchObject(expected);
    expect(await server.client.send(command())).toMatchObject(expected);
  });

  test('parts are listed, copied, replaced and aborted', async () => {
    const target = { Bucket: bucket, Key: 'copied-parts' };
    await server.client.send(new s3.PutObjectCommand({ Bucket: bucket, Key: 'source', Body: mebibytes(6, 's') }));
    const { UploadId } = await server.client.send(new s3.CreateMultipartUploadCommand(target));
    const copy = await server.client.send(
      new s3.UploadPartCopyCommand({
        ...target,
        UploadId,
        PartNumber: 1,
        CopySource: `${bucket}/source`,
        CopySourceRange: 'bytes=0-5242879',
      }),
    );
    const last = await server.client.send(
      new s3.UploadPartCommand({ ...target, UploadId, PartNumber: 7, Body: 'tail' }),
    );
    const list = await server.client.send(new s3.ListPartsCommand({ ...target, UploadId, MaxParts: 1 }));
    expect(list).toMatchObject({
      IsTruncated: true,
      NextPartNumberMarker: '1',
      Parts: [{ PartNumber: 1, Size: 5_242_880 }],
    });
    const uploads = await server.client.send(new s3.ListMultipartUploadsCommand({ Bucket: bucket }));
    expect(uploads.Uploads).toMatchObject([{ Key: 'copied-parts', UploadId }]);
    const disordered = {
      Parts: [
        { PartNumber: 7, ETag: last.ETag },
        { PartNumber: 1, ETag: copy.CopyPartResult?.ETag },
      ],
    };
    await expect(
      server.client.send(new s3.CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: disordered })),
    ).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    const done = await server.client.send(
      new s3.CompleteMultipartUploadCommand({
        ...target,
        UploadId,
        MultipartUpload: { Parts: disordered.Parts.toReversed() },
      }),
    );
    expect(done.ETag).toMatch(/-2"$/);

    const second = await server.client.send(new s3.CreateMultipartUploadCommand(target));
    const abort = () =>
      server.client.send(new s3.AbortMultipartUploadCommand({ ...target, UploadId: second.UploadId }));
    await abort();
    await expect(abort()).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });

  test('ranges, conditions and overrides answer as S3 does', async () => {
    const target = { Bucket: bucket, Key: 'ranged' };
    const { ETag } = await server.client.send(new s3.PutObjectCommand({ ...target, Body: '0123456789' }));
    const get = (more: Partial<s3.GetObjectCommandInput>) =>
      server.client.send(new s3.GetObjectCommand({ ...target, ...more }));
    const ranged = await get({ Range: 'bytes=2-4' });
    expect(ranged).toMatchObject({
      ContentRange: 'bytes 2-4/10',
      ContentLength: 3,
      $metadata: { httpStatusCode: 206 },
    });
    expect(ranged.ChecksumCRC32).toBeUndefined();
    expect(await body(ranged)).toBe('234');
    expect(await body(await get({ Range: 'bytes=-3' }))).toBe('789');
    expect(await body(await get({ Range: 'bytes=8-100' }))).toBe('89');
    expect(await body(await get({ Range: 'bytes=1-2,4-5' }))).toBe('0123456789');
    await expect(get({ Range: 'bytes=10-' })).rejects.toMatchObject({ name: 'InvalidRange' });
    await expect(get({ IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    await expect(get({ IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    const { LastModified } = await server.client.send(new s3.HeadObjectCommand(target));
    await expect(get({ IfModifiedSince: LastModified })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    expect(
      await get({ ResponseContentType: 'text/x-own', ResponseContentDisposition: 'attachment; filename="ü.txt"' }),
    ).toMatchObject({
      ContentType: 'text/x-own',
    });
  });

  test('a conditional put creates once and replaces only what it saw', async () => {
    const target = { Bucket: bucket, Key: 'conditional' };
    const put = (more: Partial<s3.PutObjectCommandInput>) =>
      server.client.send(new s3.PutObjectCommand({ ...target, Body: 'v', ...more }));
    await expect(put({ IfMatch: '"any"' })).rejects.toMatchObject({ name: 'NoSuchKey' });
    const { ETag } = await put({ IfNoneMatch: '*' });
    await expect(put({ IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(put({ IfMatch: '"stale"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(put({ IfMatch: ETag })).resolves.toBeDefined();
  });

  test('copies keep or replace metadata, and refuse to do nothing', async () => {
    const CopySource = `/${bucket}/${encodeURIComponent('from ü?')}`;
    await server.client.send(
      new s3.PutObjectCommand({
        Bucket: bucket,
        Key: 'from ü?',
        Body: 'x',
        ContentType: 'text/a',
        Metadata: { m: '1' },
      }),
    );
    const copy = (more: Partial<s3.CopyObjectCommandInput>) =>
      server.client.send(new s3.CopyObjectCommand({ Bucket: bucket, Key: 'to', CopySource, ...more }));
    const head = () => server.client.send(new s3.HeadObjectCommand({ Bucket: bucket, Key: 'to' }));
    expect((await copy({})).CopyObjectResult?.ETag).toBe('"9dd4e461268c8034f5c8564e155c67a6"');
    expect(await head()).toMatchObject({ ContentType: 'text/a', Metadata: { m: '1' } });
    await copy({ MetadataDirective: 'REPLACE', ContentType: 'text/b', Metadata: { n: '2' } });
    expect(await head()).toMatchObject({ ContentType: 'text/b', Metadata: { n: '2' } });
    await expect(copy({ Key: 'from ü?' })).rejects.toMatchObject({ name: 'InvalidRequest' });
    await expect(copy({ CopySource: `${bucket}/missing` })).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(copy({ CopySource: 'no-such-bucket/missing' })).rejects.toMatchObject({ name: 'NoSuchBucket' });
    await expect(copy({ CopySource: 'nothing' })).rejects.toMatchObject({ name: 'InvalidArgument' });
    await expect(copy({ CopySourceIfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
  });

  test('a thousand awkward keys are deleted at once, spaces and all', async () => {
    const Bucket = 'delete-many';
    await server.client.send(new s3.CreateBucketCommand({ Bucket }));
    const keys = [' a ', 'a', 'true', '007', '<&>"\'', 'a\r\nb', 'x'.repeat(1024)];
    for (const Key of keys) await server.client.send(new s3.PutObjectCommand({ Bucket, Key, Body: Key }));
    const Objects = keys.filter((key) => key !== 'a').map((Key) => ({ Key }));
    const deleted = await server.client.send(
      new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects: [...Objects, { Key: 'missing' }] } }),
    );
    expect(deleted.Deleted?.map((item) => item.Key)).toEqual([...Objects.map((item) => item.Key), 'missing']);
    const left = await server.client.send(new s3.ListObjectsV2Command({ Bucket }));
    expect(left.Contents?.map((item) => item.Key)).toEqual(['a']);
    const many = Array.from({ length: 1001 }, (_, at) => ({ Key: `${at}` }));
    await expect(
      server.client.send(new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects: many } })),
    ).rejects.toMatchObject({
      name: 'MalformedXML',
    });
  });

  test('pages of both listings join to the whole, prefixes once', async () => {
    const Bucket = 'listing';
    await server.client.send(new s3.CreateBucketCommand({ Bucket }));
    const keys = ['a', 'boo/1', 'boo/2', 'boo/3', 'c', 'd/e/f', 'd/g', 'é', '🔑'];
    for (const Key of keys) await server.client.send(new s3.PutObjectCommand({ Bucket, Key, Body: 'x' }));
    const seen: (string | undefined)[] = [];
    for await (const page of s3.paginateListObjectsV2(
      { client: server.client, pageSize: 1 },
      { Bucket, Delimiter: '/' },
    ))
      seen.push(
        ...(page.Contents ?? []).map((item) => item.Key),
        ...(page.CommonPrefixes ?? []).map((item) => item.Prefix),
      );
    expect(seen).toEqual(['a', 'boo/', 'c', 'd/', 'é', '🔑']);

    const first = await server.client.send(
      new s3.ListObjectsCommand({ Bucket, MaxKeys: 2, Delimiter: '/', EncodingType: 'url' }),
    );
    expect(first).toMatchObject({ IsTruncated: true, NextMarker: 'boo/', Marker: '' });
    const second = await server.client.send(new s3.ListObjectsCommand({ Bucket, Marker: 'boo/', Delimiter: '/' }));
    expect(second.Contents?.map((item) => item.Key)).toEqual(['c', 'é', '🔑']);
    const none = await server.client.send(new s3.ListObjectsV2Command({ Bucket, MaxKeys: 0 }));
    expect(none).toMatchObject({ IsTruncated: false, KeyCount: 0 });
    const forged = new s3.ListObjectsV2Command({ Bucket, ContinuationToken: 'Zm9yZ2Vk' });
    await expect(server.client.send(forged)).rejects.toMatchObject({ name: 'InvalidArgument' });
    const versions = await server.client.send(new s3.ListObjectVersionsCommand({ Bucket, MaxKeys: 3 }));
    expect(versions).toMatchObject({ IsTruncated: true, NextKeyMarker: 'boo/2', NextVersionIdMarker: 'null' });
  });

  test('tags, CORS and lifecycle rules are stored and read back', async () => {
    const Key = 'tagged';
    await server.client.send(new s3.PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }));
    const TagSet = [
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: ' <2> ' },
    ];
    await server.client.send(
      new s3.PutObjectTaggingCommand({ Bucket: bucket, Key, Tagging: { TagSet: TagSet.toReversed() } }),
    );
    expect((await server.client.send(new s3.GetObjectTaggingCommand({ Bucket: bucket, Key }))).TagSet).toEqual(TagSet);
    await server.client.send(new s3.DeleteObjectTaggingCommand({ Bucket: bucket, Key }));
    expect((await server.client.send(new s3.GetObjectTaggingCommand({ Bucket: bucket, Key }))).TagSet).toEqual([]);

    const CORSRules = [
      { AllowedMethods: ['GET'], AllowedOrigins: ['https://*.example.com'], AllowedHeaders: ['*'], MaxAgeSeconds: 5 },
    ];
    await expect(server.client.send(new s3.GetBucketCorsCommand({ Bucket: bucket }))).rejects.toMatchObject({
      name: 'NoSuchCORSConfiguration',
    });
    await server.client.send(new s3.PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules } }));
    expect((await server.client.send(new s3.GetBucketCorsCommand({ Bucket: bucket }))).CORSRules).toEqual(CORSRules);
    await server.client.send(new s3.DeleteBucketCorsCommand({ Bucket: bucket }));

    const Rules: s3.LifecycleRule[] = [
      {
        ID: 'old',
        Status: 'Enabled',
        Filter: { And: { Prefix: 'tmp/', Tags: [{ Key: 'k', Value: 'v' }] } },
        Expiration: { Days: 3 },
      },
      {
        ID: 'parts',
        Status: 'Enabled',
        Filter: { Prefix: '' },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      },
    ];
    await server.client.send(
      new s3.PutBucketLifecycleConfigurationCommand({ Bucket: bucket, LifecycleConfiguration: { Rules } }),
    );
    const read = await server.client.send(new s3.GetBucketLifecycleConfigurationCommand({ Bucket: bucket }));
    expect(read.Rules).toEqual(Rules);
    const transition = [
      {
        ID: 't',
        Status: 'Enabled' as const,
        Filter: { Prefix: '' },
        Transitions: [{ Days: 1, StorageClass: 'GLACIER' as const }],
      },
    ];
    await expect(
      server.client.send(
        new s3.PutBucketLifecycleConfigurationCommand({
          Bucket: bucket,
          LifecycleConfiguration: { Rules: transition },
        }),
      ),
    ).rejects.toMatchObject({ name: 'NotImplemented' });
  });

  test('a presigned URL puts and gets without the SDK', async () => {
    const put = await getSignedUrl(
      server.client,
      new s3.PutObjectCommand({ Bucket: bucket, Key: 'signed', Metadata: { a: 'b' } }),
      { expiresIn: 60 },
    );
    expect((await fetch(put, { method: 'PUT', body: 'by url' })).status).toBe(200);
    const get = await getSignedUrl(server.client, new s3.GetObjectCommand({ Bucket: bucket, Key: 'signed' }), {
      expiresIn: 60,
    });
    const got = await fetch(get, { headers: { authorization: 'Bearer unrelated' } });
    expect([await got.text(), got.headers.get('x-amz-meta-a')]).toEqual(['by url', 'b']);
    expect((await fetch(get, { method: 'HEAD' })).status).toBe(403);
    expect(
      (await fetch(put, { method: 'PUT', body: 'x', headers: { 'x-amz-copy-source': '/other/key' } })).status,
    ).toBe(403);
  });

  test('a presigned form uploads within its policy only', async () => {
    const form = await createPresignedPost(server.client, {
      Bucket: bucket,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is S3's
      Key: 'forms/${filename}',
      Conditions: [
        ['content-length-range', 2, 10],
        ['starts-with', '$Content-Type', 'text/'],
      ],
      Fields: { 'Content-Type': 'text/plain', success_action_status: '201' },
      Expires: 60,
    });
    const post = (bytes: string, change: Record<string, string> = {}) => {
      const data = new FormData();
      for (const [name, value] of Object.entries({ ...form.fields, ...change })) data.set(name, value);
      data.set('file', new Blob([bytes]), 'n.txt');
      return fetch(form.url, { method: 'POST', body: data });
    };
    const created = await post('a form');
    expect(created.status).toBe(201);
    expect(await created.text()).toContain('<Key>forms/n.txt</Key>');
    const got = await server.client.send(new s3.GetObjectCommand({ Bucket: bucket, Key: 'forms/n.txt' }));
    expect([await body(got), got.ContentType]).toEqual(['a form', 'text/plain']);
    const codes = await Promise.all(
      [
        post('x'),
        post('far too long'),
        post('ok', { 'Content-Type': 'image/png' }),
        post('ok', { 'x-amz-meta-extra': '1' }),
        post('ok', { key: 'elsewhere' }),
        post('ok', { 'X-Amz-Signature': '0'.repeat(64) }),
      ].map(async (response) => /<Code>(\w+)/.exec(await (await response).text())?.[1]),
    );
    expect(codes).toEqual([
      'EntityTooSmall',
      'EntityTooLarge',
      'AccessDenied',
      'AccessDenied',
      'AccessDenied',
      'SignatureDoesNotMatch',
    ]);
  });

  test('minio-js works at the root: buckets, objects, multipart, listings, batch delete', async () => {
    const minio = server.minio();
    await minio.makeBucket('minio-bucket', 'us-east-2');
    expect(await minio.bucketExists('minio-bucket')).toBe(true);
    expect(await minio.bucketExists('minio-nothing')).toBe(false);
    await minio.putObject('minio-bucket', 'small', 'small body', undefined, { 'x-amz-meta-k': 'v' });
    const bytes = mebibytes(70, 'm');
    await minio.putObject('minio-bucket', 'dir/large', Readable.from([bytes]), bytes.length);
    expect((await buffer(await minio.getObject('minio-bucket', 'dir/large'))).equals(bytes)).toBe(true);
    expect(await minio.statObject('minio-bucket', 'small')).toMatchObject({ size: 10, metaData: { k: 'v' } });
    const listed = await minio.listObjectsV2('minio-bucket', '', false).toArray();
    expect(listed.map((item) => item.name ?? item.prefix)).toEqual(['small', 'dir/']);
    await minio.removeObjects('minio-bucket', ['small', 'dir/large']);
    await minio.removeBucket('minio-bucket');
    expect((await minio.listBuckets()).map((item) => item.name)).not.toContain('minio-bucket');
  });

  test('an unknown key and a wrong secret are refused', async () => {
    const unknown = server.clientFor(server.root, { accessKeyId: 'NOBODY', secretAccessKey: 'x' });
    await expect(unknown.send(new s3.ListBucketsCommand())).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });
    const wrong = server.clientFor(server.root, { accessKeyId: server.accessKey.accessKeyId, secretAccessKey: 'x' });
    await expect(wrong.send(new s3.ListBucketsCommand())).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
  });
});
