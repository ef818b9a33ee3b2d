import { createHash } from 'node:crypto';
import { s3Error } from './errors.ts';
import type { RawHeaders } from './headers.ts';
import { percentDecode, percentEncode, type Query } from './target.ts';

/**
 * The canonical request of Signature Version 4, in S3's form: the path is decoded and encoded once, never normalized.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function canonicalRequest(input: {
  method: string;
  rawPath: string;
  query: Query;
  headers: RawHeaders;
  /** Sorted, lower case. */
  signedHeaders: readonly string[];
  /** Replaces the Host header as received. */
  host: string;
  payloadHash: string;
}): string {
  const { method, headers, signedHeaders, host } = input;
  const lines = signedHeaders.map((name) => {
    const value = name === 'host' ? host : (headers.raw(name) ?? '');
    return `${name}:${value.trim().replace(/ +/g, ' ')}\n`;
  });
  return [
    method,
    canonicalPath(input.rawPath),
    canonicalQuery(input.query),
    lines.join(''),
    signedHeaders.join(';'),
    input.payloadHash,
  ].join('\n');
}

const canonicalPath = (rawPath: string): string =>
  rawPath
    .split('/')
    .map((segment) => percentEncode(percentDecode(segment)))
    .join('/') || '/';

/** All parameters but the signature itself, in byte order. */
function canonicalQuery({ pairs }: Query): string {
  const items = pairs
    .filter((pair) => pair.name !== 'X-Amz-Signature')
    .map((pair) => [pair.canonicalName, pair.canonicalValue] as const);
  items.sort((a, b) => byteOrder(a[0], b[0]) || byteOrder(a[1], b[1]));
  return items.map(([name, value]) => `${name}=${value}`).join('&');
}

// The names are ASCII here, where UTF-16 order is byte order.
function byteOrder(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Header bytes arrive as latin1, so that is how they are hashed. */
export const stringToSign = (timestamp: string, scope: string, canonical: string): string =>
  `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${createHash('sha256').update(canonical, 'latin1').digest('hex')}`;

/** The list of `SignedHeaders`. Errors: AuthorizationHeaderMalformed unless sorted, lower case and unique. */
export function parseSignedHeaders(text: string): string[] {
  const names = text.split(';');
  const isSound = names.every(
    (name, at) => /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) && (at === 0 || (names[at - 1] ?? '') < name),
  );
  if (!isSound) throw s3Error('AuthorizationHeaderMalformed', 'SignedHeaders must be sorted, lower case and unique.');
  return names;
}
