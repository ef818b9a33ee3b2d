import type { FastifyRequest } from 'fastify';
import { invalidParameter } from '../names.ts';

/**
 * The bucket and key of a request, from its raw target: decoded exactly once, so `a%2Fb` and `a/b` are one key and
 * `%252F` is the key `%2F`. `tail` is a last segment that is not the key's. Errors: STORAGE_INVALID_PARAMETER.
 */
export function objectOf(req: FastifyRequest, tail = ''): { bucket: string; key: string } {
  const path = rawPath(req);
  const [, bucket = '', key = ''] =
    /\/storage\/buckets\/([^/]*)(?:\/download-strategy)?\/objects\/(.*)$/is.exec(path) ?? [];
  return { bucket: decode(bucket), key: decode(tail === '' ? key : key.slice(0, -tail.length)) };
}

/** Errors: STORAGE_INVALID_PARAMETER. */
export function bucketOf(req: FastifyRequest): string {
  return decode(/\/storage\/buckets\/([^/]*)/i.exec(rawPath(req))?.[1] ?? '');
}

/** Up to the query, as it came over the wire. */
export const rawPath = (req: FastifyRequest): string => (req.raw.url ?? '').split('?')[0] ?? '';

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidParameter('The path has a malformed percent sequence', 'Encode the key with encodeURIComponent.');
  }
}
