import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { SignatureChain } from '../../../src/storage/gateway/authenticate.ts';
import { createUpload } from '../../../src/storage/gateway/body.ts';
import { rawHeaders } from '../../../src/storage/gateway/headers.ts';
import { payloadForm } from '../../../src/storage/gateway/payload.ts';
import { signingKey } from '../../../src/storage/gateway/signing-key.ts';

const key = signingKey('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', '20130524', 'us-east-1');
const chain = (seed: string): SignatureChain => ({
  key,
  timestamp: '20130524T000000Z',
  scope: '20130524/us-east-1/s3/aws4_request',
  seed,
});
const data = Buffer.alloc(66_560, 'a');

const plainSeed = '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9';
const plainSignatures = [
  'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
  '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
  'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
];
const trailerSeed = '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e';
const trailerSignatures = [
  'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
  '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
  '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
];
const trailerLines =
  'x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n';

/** The body of the published examples: chunks of 64 KiB, 1 KiB and nothing. */
function framed(signatures: readonly string[], trailer: string): Buffer {
  const sizes = [65_536, 1_024, 0];
  const pieces = sizes.map((size, at) => {
    const head = `${size.toString(16)};chunk-signature=${signatures[at]}\r\n`;
    return Buffer.concat([Buffer.from(head), data.subarray(0, size), Buffer.from(size > 0 ? '\r\n' : '')]);
  });
  return Buffer.concat([...pieces, Buffer.from(`${trailer}\r\n`)]);
}

interface Sent {
  form: string;
  body: Buffer;
  seed?: string;
  headers?: Record<string, string>;
  /** Bytes of each piece the network delivers. */
  cut?: number;
}

async function receive({ form, body, seed = plainSeed, headers = {}, cut = 1000 }: Sent) {
  const pieces = Array.from({ length: Math.ceil(body.length / cut) }, (_, at) =>
    body.subarray(at * cut, (at + 1) * cut),
  );
  const upload = createUpload(
    {
      headers: rawHeaders(Object.entries(headers).flat()),
      payload: payloadForm(form),
      chain: chain(seed),
      open: () => Readable.from(pieces),
    },
    { maxBytes: 1_000_000 },
  );
  const received: Buffer[] = [];
  for await (const chunk of upload.body) received.push(chunk as Buffer);
  const bytes = Buffer.concat(received);
  const hex = (algorithm: string) => createHash(algorithm).update(bytes).digest('hex');
  const staged = { sizeBytes: bytes.length, md5Hex: hex('md5'), sha256Hex: hex('sha256') };
  return { bytes, checksum: upload.verify(staged) };
}

const signedForm = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
const signedTrailerForm = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER';
const unsignedForm = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
const decoded = { 'x-amz-decoded-content-length': '66560' };
const withTrailer = { ...decoded, 'x-amz-trailer': 'x-amz-checksum-crc32c' };

test.each([1, 7, 1000, 65_536, 1_000_000])('the published chunks decode when cut every %i bytes', async (cut) => {
  const { bytes } = await receive({ form: signedForm, body: framed(plainSignatures, ''), headers: decoded, cut });
  expect(bytes.equals(data)).toBe(true);
});

test('the published trailer holds, and its checksum is kept', async () => {
  const body = framed(trailerSignatures, trailerLines);
  const { bytes, checksum } = await receive({
    form: signedTrailerForm,
    body,
    seed: trailerSeed,
    headers: withTrailer,
  });
  expect(bytes.equals(data)).toBe(true);
  expect(checksum).toEqual({ algorithm: 'CRC32C', value: 'sOO8/Q==' });
});

test('an unsigned body with a trailer decodes, of known and of unknown length', async () => {
  const body = Buffer.from('5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n');
  const trailer = { 'x-amz-trailer': 'x-amz-checksum-crc32' };
  for (const headers of [trailer, { ...trailer, 'x-amz-decoded-content-length': '5' }]) {
    const { bytes, checksum } = await receive({ form: unsignedForm, body, headers });
    expect(bytes.toString()).toBe('hello');
    expect(checksum).toEqual({ algorithm: 'CRC32', value: 'NhCmhg==' });
  }
});

test('no trailer announced and none sent is fine', async () => {
  const { checksum } = await receive({ form: unsignedForm, body: Buffer.from('5\r\nhello\r\n0\r\n\r\n') });
  expect(checksum).toBeNull();
});

const flip = (body: Buffer, at: number) => {
  const copy = Buffer.from(body);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};
const sound = framed(plainSignatures, '');
const soundTrailer = framed(trailerSignatures, trailerLines);
const unsigned = (text: string, headers: Record<string, string> = {}): Sent => ({
  form: unsignedForm,
  body: Buffer.from(text),
  headers,
});
const crc = { 'x-amz-trailer': 'x-amz-checksum-crc32' };

test.each<[string, Sent, string]>([
  ['a flipped data bit', { form: signedForm, body: flip(sound, 500), headers: decoded }, 'SignatureDoesNotMatch'],
  [
    'a bit of the last signature',
    { form: signedForm, body: flip(sound, sound.length - 5), headers: decoded },
    'SignatureDoesNotMatch',
  ],
  ['another seed', { form: signedForm, body: sound, headers: decoded, seed: trailerSeed }, 'SignatureDoesNotMatch'],
  [
    'a short signature',
    { form: signedForm, body: framed(['ab', 'ab', 'ab'], ''), headers: decoded },
    'SignatureDoesNotMatch',
  ],
  ['chunks without signatures', { form: signedForm, body: Buffer.from('1\r\na\r\n0\r\n\r\n') }, 'IncompleteBody'],
  ['an early end', { form: signedForm, body: sound.subarray(0, 40_000), headers: decoded }, 'IncompleteBody'],
  [
    'a missing last chunk',
    { form: signedForm, body: sound.subarray(0, sound.length - 89), headers: decoded },
    'IncompleteBody',
  ],
  [
    'data after the end',
    { form: signedForm, body: Buffer.concat([sound, Buffer.from('x')]), headers: decoded },
    'IncompleteBody',
  ],
  [
    'fewer bytes than declared',
    { form: signedForm, body: sound, headers: { 'x-amz-decoded-content-length': '66561' } },
    'IncompleteBody',
  ],
  [
    'more bytes than declared',
    { form: signedForm, body: sound, headers: { 'x-amz-decoded-content-length': '66559' } },
    'IncompleteBody',
  ],
  [
    'a changed trailer',
    {
      form: signedTrailerForm,
      body: Buffer.from(soundTrailer.toString('latin1').replace('sOO8/Q==', 'sOO8/R=='), 'latin1'),
      headers: withTrailer,
      seed: trailerSeed,
    },
    'SignatureDoesNotMatch',
  ],
  [
    'a trailer without its signature',
    {
      form: signedTrailerForm,
      body: framed(trailerSignatures, 'x-amz-checksum-crc32c:sOO8/Q==\r\n'),
      headers: withTrailer,
      seed: trailerSeed,
    },
    'SignatureDoesNotMatch',
  ],
  [
    'a stripped trailer',
    { form: signedTrailerForm, body: framed(trailerSignatures, ''), headers: withTrailer, seed: trailerSeed },
    'MalformedTrailerError',
  ],
  ['an undeclared trailer', unsigned('0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n'), 'MalformedTrailerError'],
  ['a declared trailer that never comes', unsigned('0\r\n\r\n', crc), 'MalformedTrailerError'],
  ['a wrong checksum', unsigned('5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n', crc), 'BadDigest'],
  ['a trailer that is no checksum', unsigned('0\r\n\r\n', { 'x-amz-trailer': 'x-amz-meta-a' }), 'InvalidRequest'],
  ['a negative size', unsigned('-5\r\nhello\r\n0\r\n\r\n'), 'IncompleteBody'],
  ['a size that is no number', unsigned('zz\r\nhello\r\n0\r\n\r\n'), 'IncompleteBody'],
  ['an endless size', unsigned(`${'f'.repeat(20)}\r\nhello`), 'IncompleteBody'],
  ['an endless header line', unsigned(`5;${'x'.repeat(10_000)}`), 'IncompleteBody'],
  ['an endless trailer', unsigned(`0\r\n${'x-a:b\r\n'.repeat(10_000)}`), 'IncompleteBody'],
  ['a chunk longer than its size', unsigned('2\r\nhello\r\n0\r\n\r\n'), 'IncompleteBody'],
  ['a body over the cap', unsigned(`f4241\r\n${'x'.repeat(1_000_001)}\r\n0\r\n\r\n`), 'EntityTooLarge'],
  ['a declared size over the cap', unsigned('', { 'x-amz-decoded-content-length': '1000001' }), 'EntityTooLarge'],
  ['a declared size that is negative', unsigned('', { 'x-amz-decoded-content-length': '-1' }), 'InvalidArgument'],
])('%s is refused', async (_name, sent, code) => {
  await expect(receive(sent)).rejects.toMatchObject({ code });
});

const plain = (headers: Record<string, string>, body = 'hello', form = 'UNSIGNED-PAYLOAD'): Sent => ({
  form,
  body: Buffer.from(body),
  headers: { 'content-length': String(body.length), ...headers },
});
const sha = (text: string) => createHash('sha256').update(text).digest('hex');

test.each<[string, Sent, string]>([
  ['a payload hash of other bytes', plain({}, 'hello', sha('other')), 'XAmzContentSHA256Mismatch'],
  ['no length at all', { form: 'UNSIGNED-PAYLOAD', body: Buffer.from('a') }, 'MissingContentLength'],
  ['an MD5 that is none', plain({ 'content-md5': 'abc' }), 'InvalidDigest'],
  ['an empty MD5', plain({ 'content-md5': '' }), 'InvalidDigest'],
  ['the MD5 of other bytes', plain({ 'content-md5': 'rL0Y20zC+Fzt72VPzMSk2A==' }), 'BadDigest'],
  ['a checksum of other bytes', plain({ 'x-amz-checksum-crc32': 'AAAAAA==' }), 'BadDigest'],
  ['a checksum of the wrong length', plain({ 'x-amz-checksum-sha256': 'AAAAAA==' }), 'BadDigest'],
  [
    'two checksums',
    plain({ 'x-amz-checksum-crc32': 'NhCmhg==', 'x-amz-checksum-sha1': `${'A'.repeat(27)}=` }),
    'InvalidRequest',
  ],
])('a plain body with %s is refused', async (_name, sent, code) => {
  await expect(receive(sent)).rejects.toMatchObject({ code });
});

test('a plain body that keeps every promise is taken', async () => {
  const headers = { 'content-md5': 'XUFAKrxLKna5cZ2REBfFkg==', 'x-amz-checksum-crc32': 'NhCmhg==' };
  const { checksum } = await receive(plain(headers, 'hello', sha('hello')));
  expect(checksum).toEqual({ algorithm: 'CRC32', value: 'NhCmhg==' });
});
