import { s3Error } from './errors.ts';

/** A request target taken apart by hand: no URL normalizer may touch S3 keys. */
export interface Target {
  /** Still encoded, mount included; `/` at least. */
  rawPath: string;
  query: Query;
}

/** Decoded pairs in arrival order, with the raw form kept for signatures. */
export interface Query {
  readonly pairs: readonly { name: string; value: string; canonicalName: string; canonicalValue: string }[];
  has(name: string): boolean;
  /** First value; undefined when the name is absent. */
  get(name: string): string | undefined;
}

export interface Addressing {
  /** Null: the service root. */
  bucket: string | null;
  /** Null: the bucket itself. */
  key: string | null;
}

/** Errors: InvalidURI (bad percent sequence, invalid UTF-8). */
export function parseTarget(url: string): Target {
  const relative = url.startsWith('/') ? url : url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, '');
  const mark = relative.indexOf('?');
  const path = mark < 0 ? relative : relative.slice(0, mark);
  return { rawPath: path === '' ? '/' : path, query: parseQuery(mark < 0 ? '' : relative.slice(mark + 1)) };
}

function parseQuery(raw: string): Query {
  const pairs = raw
    .split('&')
    .filter((item) => item !== '')
    .map((item) => {
      const equals = item.indexOf('=');
      const name = percentDecode(equals < 0 ? item : item.slice(0, equals));
      const value = percentDecode(equals < 0 ? '' : item.slice(equals + 1));
      return {
        name: utf8(name),
        value: utf8(value),
        canonicalName: percentEncode(name),
        canonicalValue: percentEncode(value),
      };
    });
  const find = (name: string) => pairs.find((pair) => pair.name === name);
  return { pairs, has: (name) => find(name) !== undefined, get: (name) => find(name)?.value };
}

/**
 * Which bucket and key a path names. `hostBucket` is the bucket of a virtual-host request, whose whole path is the key.
 * Errors: InvalidURI, KeyTooLongError.
 */
export function address(rawPath: string, mount: string, hostBucket: string | null): Addressing {
  const path = (mount !== '' && isUnder(rawPath, mount) ? rawPath.slice(mount.length) : rawPath).replace(/^\//, '');
  if (hostBucket !== null) return { bucket: hostBucket, key: path === '' ? null : decodeKey(path) };
  if (path === '') return { bucket: null, key: null };
  const slash = path.indexOf('/');
  const bucket = utf8(percentDecode(slash < 0 ? path : path.slice(0, slash)));
  const key = slash < 0 ? '' : path.slice(slash + 1);
  return { bucket, key: key === '' ? null : decodeKey(key) };
}

/** Whether the path is the mount itself or below it. */
export const isUnder = (rawPath: string, mount: string): boolean =>
  rawPath === mount || rawPath.startsWith(`${mount}/`) || rawPath.startsWith(`${mount}?`);

/** One decoding of an encoded key. Errors: InvalidURI, KeyTooLongError. */
export function decodeKey(encoded: string): string {
  const bytes = percentDecode(encoded);
  if (bytes.length > 1024) throw s3Error('KeyTooLongError');
  if (bytes.includes(0)) throw s3Error('InvalidURI');
  return utf8(bytes);
}

/** Bytes of a percent-encoded text, decoded once; `+` stays a plus. The input holds one byte a character. Errors: InvalidURI. */
export function percentDecode(text: string): Buffer {
  if (!text.includes('%')) return Buffer.from(text, 'latin1');
  const out = Buffer.allocUnsafe(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at += 1, length += 1) {
    if (text[at] !== '%') {
      out[length] = text.charCodeAt(at);
      continue;
    }
    const hex = text.slice(at + 1, at + 3);
    if (!/^[0-9a-f]{2}$/i.test(hex)) throw s3Error('InvalidURI');
    out[length] = Number.parseInt(hex, 16);
    at += 2;
  }
  return out.subarray(0, length);
}

const unreserved = /^[A-Za-z0-9\-._~]$/;
const encoded = Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  return unreserved.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});

/** Every byte outside `A-Za-z0-9-._~` as upper-case `%XX`. */
export function percentEncode(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += encoded[byte];
  return text;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Errors: InvalidURI when the bytes are not UTF-8. */
export function utf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw s3Error('InvalidURI');
  }
}
