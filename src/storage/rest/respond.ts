import type { FastifyReply, FastifyRequest } from 'fastify';
import { readOutcome } from '../conditions.ts';
import type { ObjectInfo, OpenedObject } from '../domain.ts';
import { preconditionFailed } from '../faults.ts';
import { octetStream } from '../media-types.ts';
import { readRange } from '../ranges.ts';
import { dispositionOf } from '../strategies.ts';
import { objectUrl } from '../urls.ts';

/** Of the API's own URLs; without a trailing slash. */
export type BaseUrl = (req: FastifyRequest) => string;

/** An object as clients of the native API know it. */
export function storedFile(info: ObjectInfo, base: string) {
  return {
    bucket: info.bucket,
    key: info.key,
    size: info.sizeBytes,
    ...(info.contentType === null ? {} : { mimeType: info.contentType }),
    uploadedAt: info.lastModifiedAt.toISOString(),
    ...(info.etag === '' ? {} : { etag: info.etag }),
    url: objectUrl(info, base, { v: info.etag || String(info.lastModifiedAt.getTime()) }),
  };
}

/**
 * Answers GET and HEAD with an object: conditions, then ranges (RFC 9110 §13, §14). Nothing stored here runs on our
 * origin: no sniffing, a sandbox, and active types are saved instead of shown.
 */
export async function sendObject(
  req: FastifyRequest,
  reply: FastifyReply,
  object: OpenedObject,
  { download, now }: { download: string | undefined; now: Date },
): Promise<FastifyReply> {
  const { info } = object;
  const outcome = readOutcome(info, conditionsOf(req), now);
  if (outcome === 'preconditionFailed') throw preconditionFailed();
  reply.headers(headersOf(object, download));
  if (outcome === 'notModified') return reply.status(304).send();
  const range = isRangeValid(req, info) ? readRange(req.headers.range, info.sizeBytes) : 'whole';
  if (range === 'unsatisfiable') return unsatisfiable(reply, info.sizeBytes);
  const { start, end } = range === 'whole' ? { start: 0, end: info.sizeBytes - 1 } : range;
  if (range !== 'whole') reply.status(206).header('Content-Range', `bytes ${start}-${end}/${info.sizeBytes}`);
  reply.header('Content-Length', end - start + 1);
  if (req.method === 'HEAD') return reply.send();
  const body = await object.read({ start, end });
  return reply.send(body);
}

const conditionsOf = ({ headers }: FastifyRequest) => ({
  ifMatch: headers['if-match'],
  ifNoneMatch: headers['if-none-match'],
  ifModifiedSince: headers['if-modified-since'],
  ifUnmodifiedSince: headers['if-unmodified-since'],
});

/** RFC 9110 §13.1.5: a range counts only if the object is still the one that `If-Range` names. */
function isRangeValid({ headers }: FastifyRequest, info: ObjectInfo): boolean {
  const condition = headers['if-range'];
  if (typeof condition !== 'string') return true;
  if (condition.includes('"')) return condition === `"${info.etag}"`;
  return Math.floor(Date.parse(condition) / 1000) === Math.floor(info.lastModifiedAt.getTime() / 1000);
}

function headersOf({ info, isBucketPublic }: OpenedObject, download: string | undefined): Record<string, string> {
  const disposition = dispositionOf(info, download);
  const cacheControl = isBucketPublic ? info.cacheControl : 'private, no-store';
  return {
    'Content-Type': info.contentType ?? octetStream,
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "sandbox; default-src 'none'",
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'Accept-Ranges': 'bytes',
    ETag: `"${info.etag}"`,
    'Last-Modified': info.lastModifiedAt.toUTCString(),
    ...(disposition === null ? {} : { 'Content-Disposition': headerSafe(disposition) }),
    ...(cacheControl === null ? {} : { 'Cache-Control': headerSafe(cacheControl) }),
    ...(info.contentEncoding === null ? {} : { 'Content-Encoding': headerSafe(info.contentEncoding) }),
    ...(info.contentLanguage === null ? {} : { 'Content-Language': headerSafe(info.contentLanguage) }),
  };
}

/** What S3 clients stored may hold UTF-8 text, which goes out byte by byte. */
const headerSafe = (value: string): string =>
  Buffer.from(value, 'utf8')
    .toString('latin1')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly those must not leave.
    .replace(/[\x00-\x1f\x7f]/g, ' ');

function unsatisfiable(reply: FastifyReply, sizeBytes: number): FastifyReply {
  return reply
    .status(416)
    .headers({ 'Content-Range': `bytes */${sizeBytes}`, 'Content-Type': 'application/json' })
    .send({
      error: 'STORAGE_INVALID_PARAMETER',
      message: 'The range starts past the end of the object',
      statusCode: 416,
      nextActions: `The object has ${sizeBytes} bytes.`,
    });
}
