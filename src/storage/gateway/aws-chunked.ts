import { createHash } from 'node:crypto';
import type { SignatureChain } from './authenticate.ts';
import { s3Error } from './errors.ts';
import { equalSignature, sign } from './signing-key.ts';

export interface ChunkedOptions {
  /** Null: chunks are not signed. */
  chain: SignatureChain | null;
  hasTrailer: boolean;
}

const maxHeaderBytes = 4 * 1024;
const maxTrailerBytes = 16 * 1024;
const emptyHash = createHash('sha256').digest('hex');

/**
 * The bytes inside aws-chunked framing. Chunk data is passed on as it comes; each chunk's signature is checked when it ends,
 * so nothing may be believed before the generator has returned. Returns the trailer, lower-case names.
 * Errors: IncompleteBody, SignatureDoesNotMatch, MalformedTrailerError.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
export async function* decodeChunked(
  source: AsyncIterable<Buffer>,
  { chain, hasTrailer }: ChunkedOptions,
): AsyncGenerator<Buffer, ReadonlyMap<string, string>> {
  const input = createReader(source);
  let previous = chain?.seed ?? '';
  for (;;) {
    const { size, signature } = parseChunkHeader(await input.line(maxHeaderBytes), chain !== null);
    const hash = chain ? createHash('sha256') : null;
    for (let left = size; left > 0; ) {
      const data = await input.some(left);
      left -= data.length;
      hash?.update(data);
      yield data;
    }
    if (chain && hash) previous = checkChunk(chain, previous, signature, hash.digest('hex'));
    if (size === 0) break;
    if ((await input.line(2)) !== '') throw incomplete('A chunk is longer than its size.');
  }
  const lines = await readTrailer(input);
  await input.end();
  if (!hasTrailer && lines.length > 0) throw s3Error('MalformedTrailerError');
  return checkTrailer(lines, hasTrailer ? chain : null, previous);
}

const incomplete = (message: string) => s3Error('IncompleteBody', message);

function parseChunkHeader(line: string, isSigned: boolean): { size: number; signature: string } {
  const match = /^([0-9a-fA-F]{1,13})(?:;chunk-signature=([0-9a-fA-F]*))?$/.exec(line);
  if (!match || (isSigned && match[2] === undefined)) throw incomplete('A chunk header is malformed.');
  return { size: Number.parseInt(match[1] ?? '', 16), signature: match[2] ?? '' };
}

function checkChunk(chain: SignatureChain, previous: string, given: string, dataHash: string): string {
  const { key, timestamp, scope } = chain;
  const expected = sign(
    key,
    `AWS4-HMAC-SHA256-PAYLOAD\n${timestamp}\n${scope}\n${previous}\n${emptyHash}\n${dataHash}`,
  );
  if (!equalSignature(expected, given)) throw s3Error('SignatureDoesNotMatch');
  return expected;
}

/** Lines up to the empty one that ends the body. */
async function readTrailer(input: Reader): Promise<string[]> {
  const lines: string[] = [];
  let room = maxTrailerBytes;
  for (;;) {
    const line = await input.line(room);
    if (line === '') return lines;
    lines.push(line);
    room -= line.length + 2;
  }
}

function checkTrailer(lines: readonly string[], chain: SignatureChain | null, previous: string): Map<string, string> {
  const trailer = new Map<string, string>();
  let signed = '';
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    if (colon <= 0 || trailer.has(name) || trailer.has('x-amz-trailer-signature'))
      throw s3Error('MalformedTrailerError');
    const value = line.slice(colon + 1).trim();
    trailer.set(name, value);
    if (name !== 'x-amz-trailer-signature') signed += `${name}:${value}\n`;
  }
  const given = trailer.get('x-amz-trailer-signature');
  trailer.delete('x-amz-trailer-signature');
  if (!chain || (lines.length === 0 && given === undefined)) return trailer;
  const hash = createHash('sha256').update(signed, 'latin1').digest('hex');
  const { key, timestamp, scope } = chain;
  const expected = sign(key, `AWS4-HMAC-SHA256-TRAILER\n${timestamp}\n${scope}\n${previous}\n${hash}`);
  if (!equalSignature(expected, given ?? '')) throw s3Error('SignatureDoesNotMatch');
  return trailer;
}

interface Reader {
  /** Up to CRLF, which is consumed; at most `limit` bytes with it. Errors: IncompleteBody. */
  line(limit: number): Promise<string>;
  /** Whatever is there, at least one byte, at most `limit`. Errors: IncompleteBody at the end of input. */
  some(limit: number): Promise<Buffer>;
  /** Errors: IncompleteBody when bytes follow. */
  end(): Promise<void>;
}

function createReader(source: AsyncIterable<Buffer>): Reader {
  const chunks = source[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  async function fill(): Promise<boolean> {
    const next = await chunks.next();
    if (next.done) return false;
    held = held.length === 0 ? next.value : Buffer.concat([held, next.value]);
    return true;
  }
  return {
    async line(limit) {
      for (;;) {
        const at = held.indexOf('\r\n');
        if (at >= 0 && at <= limit) {
          const text = held.toString('latin1', 0, at);
          held = held.subarray(at + 2);
          return text;
        }
        if (at >= 0 || held.length > limit) throw incomplete('A chunk header or trailer is malformed or too long.');
        if (!(await fill())) throw incomplete('The body ended early.');
      }
    },
    async some(limit) {
      while (held.length === 0) if (!(await fill())) throw incomplete('The body ended early.');
      const data = held.subarray(0, limit);
      held = held.subarray(data.length);
      return data;
    },
    async end() {
      while (held.length === 0) if (!(await fill())) return;
      throw incomplete('Data follows the last chunk.');
    },
  };
}
