import { s3Error } from './errors.ts';

export interface ByteRange {
  start: number;
  /** Inclusive. */
  end: number;
}

/**
 * The one range that a `Range` header asks of `sizeBytes`; null when the header is malformed or asks for several, which
 * means the whole. Errors: InvalidRange (416).
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.replaceAll(' ', '') ?? '');
  if (!match) return null;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return null;
  if (first === '') {
    if (Number(last) === 0 || sizeBytes === 0) throw unsatisfiable(sizeBytes);
    return { start: Math.max(0, sizeBytes - Number(last)), end: sizeBytes - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return null;
  if (start >= sizeBytes) throw unsatisfiable(sizeBytes);
  return { start, end: last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) };
}

const unsatisfiable = (sizeBytes: number) =>
  s3Error('InvalidRange', undefined, {
    details: { ActualObjectSize: String(sizeBytes) },
    headers: { 'content-range': `bytes */${sizeBytes}` },
  });

/** `x-amz-copy-source-range`: both ends, inside the object. Null: the whole. Errors: InvalidArgument, InvalidRange. */
export function parseCopyRange(header: string | undefined, sizeBytes: number): ByteRange | null {
  if (header === undefined) return null;
  const match = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header);
  const [start, end] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || end < start)
    throw s3Error('InvalidArgument', 'The x-amz-copy-source-range value must be of the form bytes=first-last');
  if (end >= sizeBytes) throw unsatisfiable(sizeBytes);
  return { start, end };
}
