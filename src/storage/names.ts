import { type AppError, appError } from '../core/errors.ts';

/** 400 STORAGE_INVALID_PARAMETER. */
export const invalidParameter = (message: string, nextActions?: string): AppError =>
  appError({ code: 'STORAGE_INVALID_PARAMETER', status: 400, message, nextActions });

const nativeName = /^[a-zA-Z0-9_-]{1,63}$/;
const gatewayName = /^[a-z0-9](?:[a-z0-9.-]{1,61}[a-z0-9])$/;
const maxKeyBytes = 1024;

/** Rules for new buckets of the native API. Errors: STORAGE_INVALID_PARAMETER. */
export function checkNewBucketName(name: string): string {
  if (nativeName.test(name)) return name;
  throw invalidParameter(
    'Invalid bucket name',
    'Use 1 to 63 letters, digits, hyphens and underscores as the name of a bucket.',
  );
}

/** A name that some bucket may have, made natively or through S3. Errors: STORAGE_INVALID_PARAMETER. */
export function checkBucketName(name: string): string {
  return gatewayName.test(name) ? name : checkNewBucketName(name);
}

/**
 * Any text of 1…1024 UTF-8 bytes without a leading slash, `.` or `..` segments, NUL or unpaired surrogates.
 * Errors: STORAGE_INVALID_PARAMETER.
 */
export function checkKey(key: string): string {
  const fault = keyFault(key);
  if (fault) throw invalidParameter(`Invalid object key: ${fault}`, 'Choose another key.');
  return key;
}

function keyFault(key: string): string | null {
  if (key === '') return 'it is empty';
  if (Buffer.byteLength(key) > maxKeyBytes) return `it is longer than ${maxKeyBytes} bytes`;
  if (key.startsWith('/')) return 'it starts with a slash';
  if (key.includes('\0')) return 'it contains a NUL';
  if (!key.isWellFormed()) return 'it is not valid Unicode';
  if (key.split('/').some((segment) => segment === '.' || segment === '..')) return 'it has a . or .. segment';
  return null;
}

/** `{base}-{epoch ms}-{6 base36 characters}{ext}`, for uploads whose key the server makes. */
export function makeKey(fileName: string, nowMs: number, random: () => number = Math.random): string {
  const dot = fileName.lastIndexOf('.');
  const [stem, ext] = dot > 0 ? [fileName.slice(0, dot), fileName.slice(dot)] : [fileName, ''];
  const base = stem.replace(/[^A-Za-z0-9\-_]/g, '-').slice(0, 32) || 'file';
  const tail = Array.from({ length: 6 }, () => Math.floor(random() * 36).toString(36)).join('');
  return `${base}-${nowMs}-${tail}${ext.replace(/[/\0]/g, '-')}`;
}

/** Sorts after every key of at most 1024 bytes that begins with `prefix`, in UTF-8 byte order. */
export const afterPrefix = (prefix: string): string => prefix + '\u{10FFFF}'.repeat(256);
