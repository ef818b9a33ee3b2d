import { isActiveType } from '../../active-types.ts';
import type { PartChecksum } from '../../checksums.ts';
import { matchesEtag, type ReadConditions, readOutcome } from '../../conditions.ts';
import type { ObjectInfo } from '../../domain.ts';
import { s3Error } from '../errors.ts';
import type { RawHeaders } from '../headers.ts';
import { isUnsafeHeaderValue, objectHeaders } from '../object-headers.ts';
import { type ByteRange, parseRange } from '../range.ts';
import type { ObjectCommand, ObjectRequest, S3Response } from '../request.ts';
import type { Query } from '../target.ts';

/** Also HeadObject. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export const getObject: ObjectCommand = async (gateway, request) => {
  const opened = await gateway.domain.openObject(request.call, request);
  const { info } = opened;
  const headers = { ...objectHeaders(info), ...overrides(request), ...browserSafety(info, request.query) };
  const outcome = readOutcome(info, readConditions(request.headers), gateway.now());
  if (outcome === 'preconditionFailed') throw s3Error('PreconditionFailed');
  if (outcome === 'notModified') return { status: 304, headers: { ...headers, 'content-type': undefined } };

  const selected = select(request, info);
  const { range } = selected;
  const answer: S3Response = {
    status: range ? 206 : 200,
    headers: {
      ...headers,
      ...selected.headers,
      'content-length': range ? range.end - range.start + 1 : info.sizeBytes,
      'content-range': range ? `bytes ${range.start}-${range.end}/${info.sizeBytes}` : undefined,
    },
  };
  if (request.method === 'HEAD' || answer.headers?.['content-length'] === 0) return answer;
  return { ...answer, body: await opened.read(range ?? undefined) };
};

export const readConditions = (headers: RawHeaders, prefix = ''): ReadConditions => ({
  ifMatch: headers.get(`${prefix}if-match`),
  ifNoneMatch: headers.get(`${prefix}if-none-match`),
  ifModifiedSince: headers.get(`${prefix}if-modified-since`),
  ifUnmodifiedSince: headers.get(`${prefix}if-unmodified-since`),
});

/** The bytes that a request selects: a part, a range or the whole. */
function select({ query, headers }: ObjectRequest, info: ObjectInfo) {
  const wantsChecksum = headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  const partNumber = query.get('partNumber');
  if (partNumber !== undefined) {
    if (headers.get('range') !== undefined)
      throw s3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter');
    return selectPart(info, partNumber, wantsChecksum);
  }
  const range = isRangeCurrent(headers.get('if-range'), info) ? parseRange(headers.get('range'), info.sizeBytes) : null;
  // A checksum of the whole on a part of it would fail the download in every SDK.
  return { range, headers: wantsChecksum && !range ? checksumHeaders(info.checksum) : {} };
}

/** A changed object makes the range void; the whole is sent instead. */
function isRangeCurrent(ifRange: string | undefined, info: ObjectInfo): boolean {
  if (ifRange === undefined) return true;
  if (/^(W\/)?"/.test(ifRange)) return matchesEtag(ifRange, info.etag);
  return new Date(ifRange).getTime() === Math.floor(info.lastModifiedAt.getTime() / 1000) * 1000;
}

function selectPart(info: ObjectInfo, text: string, wantsChecksum: boolean) {
  if (!/^\d{1,6}$/.test(text) || Number(text) < 1 || Number(text) > 10_000)
    throw s3Error('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
  const count = info.parts.length;
  if (count === 0) return selectOnlyPart(info, Number(text), wantsChecksum);
  const part = info.parts[Number(text) - 1];
  if (!part) throw s3Error('InvalidPart');
  const start = info.parts.slice(0, Number(text) - 1).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return {
    range: part.sizeBytes === 0 ? null : { start, end: start + part.sizeBytes - 1 },
    headers: { 'x-amz-mp-parts-count': count, ...(wantsChecksum ? checksumHeaders(part.checksum) : {}) },
  };
}

function selectOnlyPart(info: ObjectInfo, partNumber: number, wantsChecksum: boolean) {
  if (partNumber !== 1) throw s3Error('InvalidPart');
  const range: ByteRange | null = info.sizeBytes === 0 ? null : { start: 0, end: info.sizeBytes - 1 };
  return { range, headers: wantsChecksum ? checksumHeaders(info.checksum) : {} };
}

/** `x-amz-checksum-*` of an answer. */
export function checksumHeaders(checksum: (PartChecksum & { type?: string }) | null): Record<string, string> {
  if (!checksum) return {};
  return {
    [`x-amz-checksum-${checksum.algorithm.toLowerCase()}`]: checksum.value,
    ...(checksum.type ? { 'x-amz-checksum-type': checksum.type } : {}),
  };
}

const overridable = [
  'content-type',
  'content-language',
  'expires',
  'cache-control',
  'content-disposition',
  'content-encoding',
];

/** `response-*` of signed requests. Errors: InvalidRequest (anonymous), InvalidArgument (control characters). */
function overrides({ query, call }: ObjectRequest): Record<string, string> {
  const given = overridable.flatMap((name) => {
    const value = query.get(`response-${name}`);
    return value === undefined ? [] : [[name, value] as const];
  });
  if (given.length > 0 && !call.accessKey)
    throw s3Error('InvalidRequest', 'Request specific response headers cannot be used for anonymous GET requests.');
  if (given.some(([, value]) => isUnsafeHeaderValue(value))) throw s3Error('InvalidArgument');
  return Object.fromEntries(given);
}

/** The gateway may share its origin with the API, where a stored page must not run script. */
function browserSafety(info: ObjectInfo, query: Query): Record<string, string> {
  const type = query.get('response-content-type') ?? info.contentType ?? '';
  return {
    'x-content-type-options': 'nosniff',
    ...(isActiveType(type) ? { 'content-security-policy': 'sandbox' } : {}),
  };
}
