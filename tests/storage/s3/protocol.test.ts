import { once } from 'node:events';
import { connect } from 'node:net';
import * as s3 from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listen, rawRequest, send, xmlText } from './protocol.ts';

let server: Awaited<ReturnType<typeof listen>>;
const Bucket = 'wire';
const domain = 's3.example.test';

beforeAll(async () => {
  server = await listen({ settings: { domain } });
  await server.client.send(new s3.CreateBucketCommand({ Bucket }));
  await server.client.send(new s3.CreateBucketCommand({ Bucket: 'open-bucket', ACL: 'public-read' }));
  for (const bucket of [Bucket, 'open-bucket'])
    await server.client.send(
      new s3.PutObjectCommand({ Bucket: bucket, Key: 'k', Body: 'body', ContentType: 'text/html' }),
    );
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const signed = (method: string, path: string, more: { body?: string; headers?: Record<string, string> } = {}) =>
  rawRequest(server.root, { method, path, ...more });
const code = (answer: { text: string }) => xmlText(answer.text, 'Code');

test('an error says what, where and which request, in XML and in headers', async () => {
  const answer = await signed('GET', '/wire/missing');
  const requestId = answer.headers['x-amz-request-id'];
  expect(answer.status).toBe(404);
  expect(answer.headers['content-type']).toBe('application/xml');
  expect(answer.text).toBe(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message>` +
      `<Resource>/wire/missing</Resource><RequestId>${requestId}</RequestId><HostId>${requestId}</HostId></Error>`,
  );
  expect(Object.keys(answer.headers)).toEqual(expect.arrayContaining(['x-amz-id-2', 'date', 'server']));
});

test('an error to HEAD has no body and leaves the connection in order', async () => {
  const answer = await signed('HEAD', '/wire/missing');
  expect([answer.status, answer.bytes.length]).toEqual([404, 0]);
});

// Every sub-resource that S3 knows, at both levels: none may fall through to the plain operation.
const known =
  'accelerate acl analytics append attributes cors delete encryption intelligent-tiering inventory legal-hold lifecycle location logging metrics notification object-lock ownershipControls policy policyStatus publicAccessBlock renameObject replication requestPayment restore retention select session tagging torrent uploads versioning versions website'.split(
    ' ',
  );
const implemented: Record<string, string[]> = {
  'PUT /wire': ['versioning', 'cors', 'acl', 'tagging', 'lifecycle'],
  'PUT /wire/k': ['tagging', 'acl'],
  'DELETE /wire':
    'cors tagging lifecycle policy encryption replication website publicAccessBlock ownershipControls'.split(' '),
  'DELETE /wire/k': ['tagging'],
  'POST /wire/k': ['uploads'],
};

test.each(Object.keys(implemented))('%s with a foreign sub-resource is refused and changes nothing', async (line) => {
  const [method = '', path = ''] = line.split(' ');
  for (const name of known.filter((item) => !implemented[line]?.includes(item))) {
    const answer = await signed(method, `${path}?${name}`);
    expect([name, answer.status]).toEqual([name, expect.toSatisfy((status) => status === 501 || status === 405)]);
  }
  expect((await signed('GET', '/wire/k')).text).toBe('body');
});

test.each([
  ['policy', 404, 'NoSuchBucketPolicy'],
  ['lifecycle', 404, 'NoSuchLifecycleConfiguration'],
  ['encryption', 404, 'ServerSideEncryptionConfigurationNotFoundError'],
  ['object-lock', 404, 'ObjectLockConfigurationNotFoundError'],
  ['replication', 404, 'ReplicationConfigurationNotFoundError'],
  ['website', 404, 'NoSuchWebsiteConfiguration'],
  ['publicAccessBlock', 404, 'NoSuchPublicAccessBlockConfiguration'],
  ['cors', 404, 'NoSuchCORSConfiguration'],
  ['tagging', 404, 'NoSuchTagSet'],
  ['ownershipControls', 200, undefined],
  ['policyStatus', 200, undefined],
  ['requestPayment', 200, undefined],
  ['logging', 200, undefined],
  ['notification', 200, undefined],
  ['accelerate', 200, undefined],
  ['versioning', 200, undefined],
  ['acl', 200, undefined],
  ['inventory', 501, 'NotImplemented'],
  ['analytics', 501, 'NotImplemented'],
])('GET ?%s of a bucket answers %i %s', async (name, status, expected) => {
  for (const query of [name, `${name}=`]) {
    const answer = await signed('GET', `/wire?${query}`);
    expect([answer.status, code(answer)]).toEqual([status, expected]);
  }
});

test.each([
  ['GET', '/wire/k?versionId=abc', 404, 'NoSuchVersion'],
  ['GET', '/wire/k?versionId=null', 200, undefined],
  ['DELETE', '/wire/k?versionId=abc', 501, 'NotImplemented'],
  ['PUT', '/wire/k?partNumber=1', 400, 'InvalidArgument'],
  ['PUT', '/wire/k?uploadId=x', 400, 'InvalidArgument'],
  ['PUT', '/wire/k?uploadId=x&partNumber=0', 400, 'InvalidArgument'],
  ['PUT', '/wire/k?uploadId=x&partNumber=10001', 400, 'InvalidArgument'],
  ['PUT', '/wire/k?uploadId=x&partNumber=1', 404, 'NoSuchUpload'],
  ['POST', '/wire/k', 405, 'MethodNotAllowed'],
  ['PATCH', '/wire/k', 405, 'MethodNotAllowed'],
  ['PUT', '/', 405, 'MethodNotAllowed'],
  ['GET', '/wire?max-keys=-1', 400, 'InvalidArgument'],
  ['GET', '/wire?max-keys=x', 400, 'InvalidArgument'],
  ['GET', '/wire?encoding-type=base64', 400, 'InvalidArgument'],
  ['GET', '/wire?list-type=3', 400, 'InvalidArgument'],
  ['GET', '/wire?prefix=%00', 400, 'InvalidURI'],
  ['GET', '/wire/%ff', 400, 'InvalidURI'],
  ['GET', '/wire/a%00b', 400, 'InvalidURI'],
  ['GET', `/wire/${'x'.repeat(1025)}`, 400, 'KeyTooLongError'],
  ['GET', '/nowhere/k', 404, 'NoSuchBucket'],
  ['PUT', '/UPPER', 400, 'InvalidBucketName'],
  ['PUT', '/ab', 400, 'InvalidBucketName'],
  ['PUT', '/a..b', 400, 'InvalidBucketName'],
  ['PUT', '/a.-b', 400, 'InvalidBucketName'],
  ['PUT', '/192.168.1.1', 400, 'InvalidBucketName'],
  ['PUT', `/${'a'.repeat(64)}`, 400, 'InvalidBucketName'],
  ['PUT', '/wire', 409, 'BucketAlreadyOwnedByYou'],
  ['DELETE', '/wire', 409, 'BucketNotEmpty'],
  ['DELETE', '/nowhere', 404, 'NoSuchBucket'],
])('%s %s answers %i %s', async (method, path, status, expected) => {
  const answer = await signed(method, path);
  expect([answer.status, code(answer)]).toEqual([status, expected]);
});

test('a path that cannot be decoded is refused before anything else', async () => {
  expect(code(await send(server.root, { method: 'GET', target: '/wire/%zz' }))).toBe('InvalidURI');
});

test.each([
  ['x-amz-storage-class', 'GLACIER', 'InvalidStorageClass'],
  ['x-amz-server-side-encryption', 'aws:kms', 'NotImplemented'],
  ['x-amz-server-side-encryption-customer-algorithm', 'AES256', 'NotImplemented'],
  ['x-amz-object-lock-mode', 'GOVERNANCE', 'NotImplemented'],
  ['x-amz-acl', 'public-read', 'NotImplemented'],
  ['x-amz-acl', 'nonsense', 'InvalidArgument'],
  ['x-amz-meta-big', 'x'.repeat(2049), 'MetadataTooLarge'],
  ['x-amz-tagging', 'a=1&a=2', 'InvalidTag'],
  ['x-amz-tagging', 'aws:x=1', 'InvalidTag'],
  ['x-amz-expected-bucket-owner', 'someone', 'AccessDenied'],
  ['if-none-match', '*', 'PreconditionFailed'],
  ['content-md5', 'XUFAKrxLKna5cZ2REBfFkg==', 'BadDigest'],
  ['x-amz-copy-source', '/wire/', 'InvalidArgument'],
  ['x-amz-copy-source', '/wire/%zz', 'InvalidArgument'],
  ['x-amz-copy-source', '/wire/k?versionId=other', 'NoSuchVersion'],
])('a PUT with %s: %s is refused with %s and leaves the old object', async (name, value, expected) => {
  const answer = await signed('PUT', '/wire/k', { body: 'other', headers: { [name]: value } });
  expect(code(answer)).toBe(expected);
  expect((await signed('GET', '/wire/k')).text).toBe('body');
});

test('a body that is not what was hashed is refused and leaves the old object', async () => {
  const answer = await signed('PUT', '/wire/k', { body: 'other', headers: { 'x-amz-content-sha256': 'a'.repeat(64) } });
  expect(code(answer)).toBe('XAmzContentSHA256Mismatch');
  expect((await signed('GET', '/wire/k')).text).toBe('body');
});

test.each([
  ['no XML', 'nonsense'],
  ['a DTD', '<!DOCTYPE a [<!ENTITY x "y">]><Delete><Object><Key>&x;</Key></Object></Delete>'],
  ['no objects', '<Delete></Delete>'],
  ['an empty key', '<Delete><Object><Key></Key></Object></Delete>'],
  ['an unknown entity', '<Delete><Object><Key>&nbsp;</Key></Object></Delete>'],
  ['deep nesting', `<Delete>${'<a>'.repeat(50)}${'</a>'.repeat(50)}</Delete>`],
  ['a reserved name', '<Delete><__proto__><Key>k</Key></__proto__></Delete>'],
  ['another root', '<Remove><Object><Key>k</Key></Object></Remove>'],
])('a batch delete with %s is MalformedXML', async (_name, body) => {
  expect(code(await signed('POST', '/wire?delete', { body }))).toBe('MalformedXML');
});

test('what nobody may do: anonymous callers read public objects and nothing else', async () => {
  const nobody = (method: string, target: string) => send(server.root, { method, target });
  const open = await nobody('GET', '/open-bucket/k');
  expect([open.status, open.text]).toEqual([200, 'body']);
  expect(open.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'content-security-policy': 'sandbox' });
  expect((await nobody('HEAD', '/open-bucket/k')).status).toBe(200);
  for (const [method, target] of [
    ['GET', '/'],
    ['GET', '/open-bucket'],
    ['GET', '/open-bucket?acl'],
    ['GET', '/open-bucket/missing'],
    ['GET', '/open-bucket/k?tagging'],
    ['GET', '/wire/k'],
    ['PUT', '/open-bucket/new'],
    ['DELETE', '/open-bucket/k'],
    ['POST', '/open-bucket?delete'],
  ] as const)
    expect([target, (await nobody(method, target)).status]).toEqual([target, 403]);
  expect((await nobody('GET', '/open-bucket/k?response-content-type=text/x')).status).toBe(400);
});

test('other kinds of credential are told apart', async () => {
  const withHeader = (authorization: string) =>
    send(server.root, { method: 'GET', target: '/wire/k', headers: { authorization } });
  expect(code(await withHeader('AWS key:signature'))).toBe('InvalidRequest');
  expect(code(await withHeader('Bearer token'))).toBe('InvalidArgument');
  expect(code(await withHeader('AWS4-HMAC-SHA256 nonsense'))).toBe('AuthorizationHeaderMalformed');
});

test('a bucket in the host name and a bucket in the path are the same', async () => {
  const answer = await signed('GET', '/k', { headers: { host: `wire.${domain}` } });
  expect([answer.status, answer.text]).toEqual([200, 'body']);
  const dots = await signed('GET', '/../k', { headers: { host: `wire.${domain}` } });
  expect(code(dots)).toBe('NoSuchKey');
});

test('the same signature holds with and without the mount in its path', async () => {
  const client = server.clientFor(server.mounted);
  client.middlewareStack.add(
    (next) => async (args) => {
      const request = args.request as { path: string };
      request.path = `/storage/v1/s3${request.path}`;
      return next(args);
    },
    // After signing, as s3cmd does: the path is sent whole but signed without the mount.
    { step: 'finalizeRequest', priority: 'low' },
  );
  client.config.endpoint = async () => ({
    ...new URL(server.mounted),
    protocol: 'http:',
    hostname: '127.0.0.1',
    port: Number(new URL(server.mounted).port),
    path: '/',
  });
  const got = await client.send(new s3.GetObjectCommand({ Bucket, Key: 'k' }));
  expect(await got.Body?.transformToString()).toBe('body');
});

test('what is not under the mount goes on to the rest of the server', async () => {
  const front = server.mounted.replace('/storage/v1/s3', '');
  expect((await send(front, { method: 'GET', target: '/storage/v1/s3x' })).status).toBe(418);
  expect((await send(front, { method: 'GET', target: '/api/health' })).status).toBe(418);
  expect((await send(front, { method: 'GET', target: '/storage/v1/s3' })).status).toBe(403);
});

test('CORS rules are enforced on preflights and on answers, errors included', async () => {
  const CORSRules = [
    {
      AllowedMethods: ['PUT'],
      AllowedOrigins: ['https://*.example.com'],
      AllowedHeaders: ['x-amz-*'],
      ExposeHeaders: ['ETag'],
    },
  ];
  await server.client.send(new s3.PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
  const preflight = (headers: Record<string, string>) =>
    send(server.root, { method: 'OPTIONS', target: '/wire/k', headers });
  const asked = { origin: 'https://app.example.com', 'access-control-request-method': 'PUT' };
  const allowed = await preflight({ ...asked, 'access-control-request-headers': 'x-amz-date' });
  expect([
    allowed.status,
    allowed.headers['access-control-allow-origin'],
    allowed.headers['access-control-allow-headers'],
  ]).toEqual([200, 'https://app.example.com', 'x-amz-date']);
  expect((await preflight({ ...asked, 'access-control-request-headers': 'cookie' })).status).toBe(403);
  expect((await preflight({ ...asked, origin: 'https://example.org' })).status).toBe(403);
  expect((await preflight({ ...asked, 'access-control-request-method': 'GET' })).status).toBe(403);
  expect((await preflight({ origin: asked.origin })).status).toBe(400);
  const refused = await send(server.root, { method: 'PUT', target: '/wire/k', headers: { origin: asked.origin } });
  expect([
    refused.status,
    refused.headers['access-control-allow-origin'],
    refused.headers['access-control-expose-headers'],
  ]).toEqual([403, asked.origin, 'ETag']);
  await server.client.send(new s3.DeleteBucketCorsCommand({ Bucket }));
  const open = await preflight(asked);
  expect([open.status, open.headers['access-control-allow-origin']]).toEqual([200, '*']);
});

/** Raw bytes of what the server says first, and whether it then closes. */
async function talk(bytes: string, more?: (said: string, write: (text: string) => void) => void): Promise<string> {
  const socket = connect(server.rootPort, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(bytes);
  let said = '';
  socket.on('data', (chunk) => {
    said += chunk.toString();
    more?.(said, (text) => socket.write(text));
  });
  await once(socket, 'close');
  return said;
}

test('a hopeless upload is refused before its body is asked for', async () => {
  const said = await talk(
    'PUT /wire/k HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5000000000\r\n\r\n',
  );
  expect(said).toMatch(/^HTTP\/1\.1 403 /);
  expect(said).toMatch(/connection: close/i);
});

test('a client that waits for 100 Continue gets it when its upload is wanted, and the refusal when it is not', async () => {
  const ask = async (name: string) => {
    const command = new s3.PutObjectCommand({ Bucket: name, Key: 'waited-for' });
    const url = new URL(await getSignedUrl(server.clientFor(server.root), command));
    return `PUT ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\nexpect: 100-continue\r\nconnection: close\r\ncontent-length: 5\r\n\r\n`;
  };
  expect(await talk(await ask('nowhere'))).toMatch(/^HTTP\/1\.1 404 /);
  let isSent = false;
  const said = await talk(await ask(Bucket), (soFar, write) => {
    if (!isSent && soFar.includes('100 Continue')) write('hello');
    isSent = true;
  });
  expect(said.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200']);
});

test('a body that was sent too early does not spoil the next request of the connection', async () => {
  const refused = `PUT /wire/k HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n${'x'.repeat(100_000)}`;
  const said = await talk(`${refused}GET /open-bucket/k HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  expect(said.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 403', 'HTTP/1.1 200']);
});

test('the SDK uploads over a body of several mebibytes with 100-continue', async () => {
  const Body = Buffer.alloc(4 * 1024 ** 2, 'c');
  await server.client.send(new s3.PutObjectCommand({ Bucket, Key: 'continued', Body }));
  const head = await server.client.send(new s3.HeadObjectCommand({ Bucket, Key: 'continued' }));
  expect(head.ContentLength).toBe(Body.length);
});

test('a key of one bucket that only reads can do no more than that', async () => {
  const scoped = {
    accessKeyId: 'INSFSCOPEDSCOPEDSCOP',
    secretAccessKey: 'scoped-secret',
    scope: { buckets: ['mine'], isReadOnly: true },
    expiresAt: null,
  };
  await using own = await listen({ keys: [scoped] });
  for (const name of ['mine', 'other']) await own.client.send(new s3.CreateBucketCommand({ Bucket: name }));
  await own.client.send(new s3.PutObjectCommand({ Bucket: 'mine', Key: 'k', Body: 'body' }));
  const client = own.clientFor(own.root, scoped);
  expect((await client.send(new s3.ListBucketsCommand())).Buckets?.map(({ Name }) => Name)).toEqual(['mine']);
  expect((await client.send(new s3.GetObjectCommand({ Bucket: 'mine', Key: 'k' }))).ContentLength).toBe(4);
  const denied = [
    () => client.send(new s3.PutObjectCommand({ Bucket: 'mine', Key: 'k', Body: 'x' })),
    () => client.send(new s3.DeleteObjectCommand({ Bucket: 'mine', Key: 'k' })),
    () => client.send(new s3.ListObjectsV2Command({ Bucket: 'other' })),
    () => client.send(new s3.CreateBucketCommand({ Bucket: 'third' })),
  ];
  for (const attempt of denied) await expect(attempt()).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('the location is the signing region, and a wrong region is told the right one', async () => {
  const location = await signed('GET', '/wire?location');
  expect(xmlText(location.text, 'Error')).toBeUndefined();
  expect(location.text).toContain('>us-east-2</LocationConstraint>');
  const client = new s3.S3Client({
    region: 'eu-west-9',
    endpoint: server.root,
    forcePathStyle: true,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  await expect(client.send(new s3.HeadBucketCommand({ Bucket }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 400 },
  });
});
