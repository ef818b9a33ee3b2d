import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Call } from '../../../src/core/call.ts';
import type { AccessKey } from '../../../src/storage/domain.ts';
import {
  type Authenticator,
  type SignedRequest,
  verifyHeader,
  verifyQuery,
} from '../../../src/storage/gateway/authenticate.ts';
import { rawHeaders } from '../../../src/storage/gateway/headers.ts';
import { createSigningKeys, equalSignature, signingKey } from '../../../src/storage/gateway/signing-key.ts';
import { parseTarget } from '../../../src/storage/gateway/target.ts';

const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const accessKey: AccessKey = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: secret,
  scope: { buckets: null, isReadOnly: false },
  expiresAt: null,
};
const signedAt = new Date('2013-05-24T00:00:00Z');
const emptyHash = createHash('sha256').digest('hex');
const call = {} as Call;

const authenticator = (now = signedAt): Authenticator => ({
  findAccessKey: async (_call, id) => (id === accessKey.accessKeyId ? accessKey : null),
  signingKeys: createSigningKeys(),
  region: 'us-east-1',
  isRegionStrict: true,
  now: () => now,
  isDebug: false,
});

function request(method: string, url: string, headers: Record<string, string>): SignedRequest {
  const { rawPath, query } = parseTarget(url);
  const host = headers.host ?? '';
  return { method, rawPaths: [rawPath], hosts: [host], query, headers: rawHeaders(Object.entries(headers).flat()) };
}

const authorization = (signature: string, signedHeaders: string) =>
  `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=${signedHeaders},Signature=${signature}`;

/** A signed request; every header given is signed. */
function signed(method: string, url: string, signature: string, headers: Record<string, string>): SignedRequest {
  const all: Record<string, string> = {
    host: 'examplebucket.s3.amazonaws.com',
    'x-amz-date': '20130524T000000Z',
    'x-amz-content-sha256': emptyHash,
    ...headers,
  };
  const names = Object.keys(all).sort().join(';');
  return request(method, url, { ...all, authorization: authorization(signature, names) });
}

const vectors = [
  {
    name: 'GET with a range',
    signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    request: (signature: string) => signed('GET', '/test.txt', signature, { range: 'bytes=0-9' }),
  },
  {
    name: 'PUT of a key with a dollar sign',
    signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    request: (signature: string) =>
      signed('PUT', '/test$file.text', signature, {
        date: 'Fri, 24 May 2013 00:00:00 GMT',
        'x-amz-content-sha256': createHash('sha256').update('Welcome to Amazon S3.').digest('hex'),
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      }),
  },
  {
    name: 'GET of a sub-resource without a value',
    signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    request: (signature: string) => signed('GET', '/?lifecycle', signature, {}),
  },
  {
    name: 'GET with parameters',
    signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    request: (signature: string) => signed('GET', '/?max-keys=2&prefix=J', signature, {}),
  },
  {
    name: 'chunked PUT',
    signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
    request: (signature: string) =>
      signed('PUT', '/examplebucket/chunkObject.txt', signature, {
        host: 's3.amazonaws.com',
        'content-encoding': 'aws-chunked',
        'content-length': '66824',
        'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
        'x-amz-decoded-content-length': '66560',
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      }),
  },
  {
    name: 'chunked PUT with a trailer',
    signature: '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
    request: (signature: string) =>
      signed('PUT', '/examplebucket/chunkObject.txt', signature, {
        host: 's3.amazonaws.com',
        'content-encoding': 'aws-chunked',
        'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
        'x-amz-decoded-content-length': '66560',
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        'x-amz-trailer': 'x-amz-checksum-crc32c',
      }),
  },
];

test('the signing key of the published example is derived', () => {
  expect(signingKey(secret, '20130524', 'us-east-1').toString('hex')).toBe(
    'dbb893acc010964918f1fd433add87c70e8b0db6be30c1fbeafefa5ec6ba8378',
  );
});

test.each(vectors)('the published signature holds: $name', async (vector) => {
  const proof = await verifyHeader(authenticator(), call, vector.request(vector.signature));
  expect(proof.chain.seed).toBe(vector.signature);
});

test.each(vectors)('one flipped digit is refused: $name', async (vector) => {
  const flipped = (vector.signature.startsWith('0') ? '1' : '0') + vector.signature.slice(1);
  await expect(verifyHeader(authenticator(), call, vector.request(flipped))).rejects.toMatchObject({
    code: 'SignatureDoesNotMatch',
  });
});

const presigned = (change: Record<string, string> = {}) => {
  const parameters = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request',
    'X-Amz-Date': '20130524T000000Z',
    'X-Amz-Expires': '86400',
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Signature': 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    ...change,
  };
  const query = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return request('GET', `/test.txt?${query.join('&')}`, { host: 'examplebucket.s3.amazonaws.com' });
};

test('the published presigned URL holds until the second it expires, and not after', async () => {
  const at = (ms: number) => verifyQuery(authenticator(new Date(signedAt.getTime() + ms)), call, presigned());
  await expect(at(0)).resolves.toMatchObject({ accessKey });
  await expect(at(86_400_000)).resolves.toMatchObject({ accessKey });
  await expect(at(86_400_001)).rejects.toMatchObject({ code: 'AccessDenied', message: 'Request has expired' });
  await expect(at(-15 * 60_000 - 1)).rejects.toMatchObject({ code: 'AccessDenied' });
});

test.each([
  [{ 'X-Amz-Expires': '0' }, 'AccessDenied'],
  [{ 'X-Amz-Expires': '604801' }, 'AccessDenied'],
  [{ 'X-Amz-Expires': '-1' }, 'AccessDenied'],
  [{ 'X-Amz-Expires': 'soon' }, 'AuthorizationQueryParametersError'],
  [{ 'X-Amz-Date': '2013-05-24' }, 'AuthorizationQueryParametersError'],
  [{ 'X-Amz-Credential': 'AKIAIOSFODNN7EXAMPLE' }, 'AuthorizationQueryParametersError'],
  [{ 'X-Amz-Signature': 'abc' }, 'AuthorizationQueryParametersError'],
  [{ 'X-Amz-Signature': 'ab'.repeat(33) }, 'AuthorizationQueryParametersError'],
  [{ 'X-Amz-Expires': '86401' }, 'SignatureDoesNotMatch'],
  [{ 'X-Amz-Credential': 'NOBODY/20130524/us-east-1/s3/aws4_request' }, 'InvalidAccessKeyId'],
])('a presigned URL changed by %j is refused with %s', async (change, code) => {
  await expect(verifyQuery(authenticator(), call, presigned(change))).rejects.toMatchObject({ code });
});

const sound = vectors[0]?.signature ?? '';
const get = (headers: Record<string, string>, without: string[] = []) => {
  const base: Record<string, string> = {
    host: 'examplebucket.s3.amazonaws.com',
    range: 'bytes=0-9',
    'x-amz-content-sha256': emptyHash,
    'x-amz-date': '20130524T000000Z',
    authorization: authorization(sound, 'host;range;x-amz-content-sha256;x-amz-date'),
    ...headers,
  };
  for (const name of without) delete base[name];
  return request('GET', '/test.txt', base);
};

test.each([
  ['an unsigned x-amz header', get({ 'x-amz-meta-sneaked': '1' }), 'AccessDenied'],
  ['an unsigned copy source', get({ 'x-amz-copy-source': '/other/key' }), 'AccessDenied'],
  ['a changed signed header', get({ range: 'bytes=0-99' }), 'SignatureDoesNotMatch'],
  ['a signed header that is missing', get({}, ['range']), 'SignatureDoesNotMatch'],
  ['no payload hash', get({}, ['x-amz-content-sha256']), 'InvalidRequest'],
  ['a payload hash of no known form', get({ 'x-amz-content-sha256': 'STREAMING-WHATEVER' }), 'InvalidArgument'],
  ['an ECDSA payload', get({ 'x-amz-content-sha256': 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD' }), 'NotImplemented'],
  ['no date', get({}, ['x-amz-date']), 'AccessDenied'],
  [
    'a signature of the wrong length',
    get({ authorization: authorization('abcd', 'host;range') }),
    'AuthorizationHeaderMalformed',
  ],
  [
    'a host that is not signed',
    get({ authorization: authorization(sound, 'range;x-amz-content-sha256;x-amz-date') }),
    'AccessDenied',
  ],
  [
    'signed headers out of order',
    get({ authorization: authorization(sound, 'range;host;x-amz-content-sha256;x-amz-date') }),
    'AuthorizationHeaderMalformed',
  ],
  [
    'another day in the credential',
    get({ authorization: authorization(sound, 'host').replace('20130524', '20130523') }),
    'AuthorizationHeaderMalformed',
  ],
  [
    'another service',
    get({ authorization: authorization(sound, 'host').replace('/s3/', '/ec2/') }),
    'AuthorizationHeaderMalformed',
  ],
])('%s is refused', async (_name, bad, code) => {
  await expect(verifyHeader(authenticator(), call, bad)).rejects.toMatchObject({ code });
});

test('a clock may be fifteen minutes off, and not a second more; the answer says how far', async () => {
  const at = (ms: number) => verifyHeader(authenticator(new Date(signedAt.getTime() + ms)), call, get({}));
  await expect(at(900_000)).resolves.toBeDefined();
  await expect(at(-900_000)).resolves.toBeDefined();
  await expect(at(901_000)).rejects.toMatchObject({
    code: 'RequestTimeTooSkewed',
    details: { RequestTime: '20130524T000000Z', MaxAllowedSkewMilliseconds: '900000' },
  });
});

test('a wrong region is answered with the right one', async () => {
  const bad = get({ authorization: authorization(sound, 'host').replace('us-east-1', 'eu-west-9') });
  await expect(verifyHeader(authenticator(), call, bad)).rejects.toMatchObject({
    code: 'AuthorizationHeaderMalformed',
    details: { Region: 'us-east-1' },
    headers: { 'x-amz-bucket-region': 'us-east-1' },
  });
});

test('a key that has expired is unknown', async () => {
  const auth = { ...authenticator(), findAccessKey: async () => ({ ...accessKey, expiresAt: signedAt }) };
  await expect(verifyHeader(auth, call, get({}))).rejects.toMatchObject({ code: 'InvalidAccessKeyId' });
});

test('only a signature of full length can be equal', () => {
  expect(equalSignature(sound, sound)).toBe(true);
  expect(equalSignature(sound, sound.toUpperCase())).toBe(true);
  expect(equalSignature(sound, sound.slice(1))).toBe(false);
  expect(equalSignature(sound, `${sound}00`)).toBe(false);
  expect(equalSignature(sound, '')).toBe(false);
});
