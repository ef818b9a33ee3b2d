import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  type ChecksumAlgorithm,
  type Checksummer,
  checksumAlgorithms,
  checksumLength,
  createChecksummer,
  type PartChecksum,
} from '../checksums.ts';
import type { Upload } from '../domain.ts';
import type { SignatureChain } from './authenticate.ts';
import { decodeChunked } from './aws-chunked.ts';
import { s3Error } from './errors.ts';
import type { RawHeaders } from './headers.ts';
import type { PayloadForm } from './payload.ts';

export interface BodySource {
  headers: RawHeaders;
  payload: PayloadForm;
  chain: SignatureChain | null;
  /** The raw bytes; starting it lets a waiting client send (`100 Continue`). */
  open(): AsyncIterable<Buffer>;
}

/** What the headers promise about a body. */
interface Promises {
  sizeBytes: number | null;
  md5Hex: string | null;
  sha256: string | null;
  /** `value` null: it comes in the trailer. */
  checksum: { algorithm: ChecksumAlgorithm; value: string | null } | null;
}

/**
 * Turns a request body into an upload whose `verify` holds it to every promise made about it. `compute` names a checksum
 * to make when the client sends none; another one than that is refused.
 * Errors: MissingContentLength, EntityTooLarge, InvalidDigest, InvalidRequest; of `verify`: IncompleteBody, BadDigest,
 * XAmzContentSHA256Mismatch, MalformedTrailerError.
 */
export function createUpload(
  source: BodySource,
  { maxBytes, compute = null }: { maxBytes: number; compute?: ChecksumAlgorithm | null },
): Upload {
  const promises = readPromises(source);
  if ((promises.sizeBytes ?? 0) > maxBytes) throw s3Error('EntityTooLarge');
  if (compute && promises.checksum && promises.checksum.algorithm !== compute)
    throw s3Error('InvalidRequest', `The upload was created with the checksum algorithm ${compute}.`);
  const algorithm = promises.checksum?.algorithm ?? compute;
  const sum = algorithm && createChecksummer(algorithm);
  const received = { trailer: new Map() as ReadonlyMap<string, string>, sizeBytes: 0 };

  async function* bytes(): AsyncGenerator<Buffer> {
    const { payload, chain } = source;
    const decoded =
      payload.kind === 'plain'
        ? plain(source.open())
        : decodeChunked(source.open(), { chain: payload.isSigned ? chain : null, hasTrailer: payload.hasTrailer });
    for (;;) {
      const next = await decoded.next();
      if (next.done) {
        received.trailer = next.value;
        return;
      }
      received.sizeBytes += next.value.length;
      if (received.sizeBytes > maxBytes) throw s3Error('EntityTooLarge');
      if (received.sizeBytes > (promises.sizeBytes ?? maxBytes)) throw s3Error('IncompleteBody');
      sum?.update(next.value);
      yield next.value;
    }
  }

  return {
    body: Readable.from(bytes(), { objectMode: false, highWaterMark: 256 * 1024 }),
    sizeBytes: promises.sizeBytes,
    verify({ sizeBytes, md5Hex, sha256Hex }) {
      if (promises.sizeBytes !== null && sizeBytes !== promises.sizeBytes) throw s3Error('IncompleteBody');
      if (promises.sha256 !== null && sha256Hex !== promises.sha256) throw s3Error('XAmzContentSHA256Mismatch');
      if (promises.md5Hex !== null && md5Hex !== promises.md5Hex)
        throw s3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.');
      checkTrailerNames(source.headers, received.trailer);
      return checkSum(promises, algorithm, sum, received.trailer);
    },
  };
}

async function* plain(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, ReadonlyMap<string, string>> {
  yield* source;
  return new Map();
}

function readPromises({ headers, payload }: BodySource): Promises {
  return {
    sizeBytes: announcedSize(headers, payload),
    md5Hex: contentMd5(headers.get('content-md5')),
    sha256: payload.kind === 'plain' ? payload.sha256 : null,
    checksum: announcedChecksum(headers),
  };
}

/** Null: only the end of the stream tells. Errors: MissingContentLength, InvalidArgument. */
function announcedSize(headers: RawHeaders, payload: PayloadForm): number | null {
  const text = payload.kind === 'chunked' ? headers.get('x-amz-decoded-content-length') : headers.get('content-length');
  if (text === undefined) {
    const isOpenEnded = headers.get('transfer-encoding') !== undefined || payload.kind === 'chunked';
    if (!isOpenEnded) throw s3Error('MissingContentLength');
    return null;
  }
  if (!/^\d{1,15}$/.test(text)) throw s3Error('InvalidArgument', 'The content length is not a number.');
  return Number(text);
}

/** Hex; null when absent. Errors: InvalidDigest. */
function contentMd5(value: string | undefined): string | null {
  if (value === undefined) return null;
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== 16 || bytes.toString('base64') !== value) throw s3Error('InvalidDigest');
  return bytes.toString('hex');
}

const headerOf = (algorithm: ChecksumAlgorithm) => `x-amz-checksum-${algorithm.toLowerCase()}`;

/** The header that carries a checksum's value, by its lower-case name; null for every other name. */
const algorithmOf = (header: string): ChecksumAlgorithm | null =>
  checksumAlgorithms.find((algorithm) => headerOf(algorithm) === header) ?? null;

/** The one checksum that headers name, in full or for the trailer. Errors: InvalidRequest, BadDigest (malformed value). */
export function announcedChecksum(headers: RawHeaders): Promises['checksum'] {
  const inHeaders = checksumAlgorithms.flatMap((algorithm) => {
    const value = headers.get(headerOf(algorithm));
    return value === undefined ? [] : [{ algorithm, value: checkedValue(algorithm, value) }];
  });
  const inTrailer = declaredTrailers(headers).map((name) => {
    const algorithm = algorithmOf(name);
    if (!algorithm) throw s3Error('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported');
    return { algorithm, value: null };
  });
  const found = [...inHeaders, ...inTrailer];
  if (found.length > 1)
    throw s3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum types are not allowed.',
    );
  return found[0] ?? null;
}

function checkedValue(algorithm: ChecksumAlgorithm, value: string): string {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== checksumLength(algorithm) || bytes.toString('base64') !== value)
    throw s3Error('BadDigest', `Value for ${headerOf(algorithm)} header is invalid.`);
  return value;
}

const declaredTrailers = (headers: RawHeaders): string[] =>
  (headers.get('x-amz-trailer') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');

function checkTrailerNames(headers: RawHeaders, trailer: ReadonlyMap<string, string>): void {
  const declared = new Set(declaredTrailers(headers));
  const isSame = declared.size === trailer.size && [...declared].every((name) => trailer.has(name));
  if (!isSame) throw s3Error('MalformedTrailerError');
}

function checkSum(
  promises: Promises,
  algorithm: ChecksumAlgorithm | null,
  sum: Checksummer | null,
  trailer: ReadonlyMap<string, string>,
): PartChecksum | null {
  if (!algorithm || !sum) return null;
  const value = sum.digest();
  const expected = promises.checksum ? (promises.checksum.value ?? trailer.get(headerOf(algorithm))) : value;
  if (expected !== value)
    throw s3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
  return { algorithm, value };
}

/** A small body as text, held to the same promises. Errors: as createUpload, MalformedXML (over the limit or not UTF-8). */
export async function readText(source: BodySource, maxBytes: number): Promise<string> {
  const hasBody =
    source.headers.get('content-length') !== undefined || source.headers.get('transfer-encoding') !== undefined;
  if (!hasBody) return '';
  const upload = createUpload(source, { maxBytes });
  const chunks: Buffer[] = [];
  for await (const chunk of upload.body) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const hex = (algorithm: string) => createHash(algorithm).update(bytes).digest('hex');
  upload.verify({ sizeBytes: bytes.length, md5Hex: hex('md5'), sha256Hex: hex('sha256') });
  return decodeUtf8(bytes);
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw s3Error('MalformedXML');
  }
}
