import { type AppError, appError } from '../core/errors.ts';

/** Why the storage room refused, told apart finer than the REST codes; it travels in `details.fault`. */
export type StorageFault =
  | 'accessDenied'
  | 'badDigest'
  | 'bucketExists'
  | 'bucketNotEmpty'
  | 'conditionalConflict'
  | 'entityTooLarge'
  | 'entityTooSmall'
  | 'invalidPart'
  | 'noSuchBucket'
  | 'noSuchKey'
  | 'noSuchUpload'
  | 'preconditionFailed'
  | 'sizeMismatch'
  | 'slowDown';

const fault = (reason: StorageFault, code: string, status: number, message: string, nextActions?: string): AppError =>
  appError({ code, status, message, nextActions, details: { fault: reason } });

/** The reason inside an error of this file; null for every other error. */
export function faultOf(error: unknown): StorageFault | null {
  const details = (error as Partial<AppError> | null)?.details;
  return typeof details?.fault === 'string' ? (details.fault as StorageFault) : null;
}

export const noSuchBucket = (bucket: string): AppError =>
  fault('noSuchBucket', 'STORAGE_NOT_FOUND', 404, `Bucket ${bucket} not found`, 'Check the name of the bucket.');

export const noSuchKey = (key: string): AppError =>
  fault('noSuchKey', 'STORAGE_NOT_FOUND', 404, `Object ${key} not found`, 'Check the key of the object.');

export const noSuchUpload = (): AppError =>
  fault(
    'noSuchUpload',
    'STORAGE_NOT_FOUND',
    404,
    'The upload does not exist, was aborted or has been completed',
    'Start a new upload.',
  );

export const bucketExists = (bucket: string): AppError =>
  fault('bucketExists', 'STORAGE_ALREADY_EXISTS', 409, `Bucket ${bucket} already exists`, 'Choose another name.');

export const bucketNotEmpty = (bucket: string): AppError =>
  fault('bucketNotEmpty', 'STORAGE_NOT_EMPTY', 409, `Bucket ${bucket} is not empty`, 'Delete its objects first.');

export const accessDenied = (message = 'Access denied'): AppError =>
  fault('accessDenied', 'STORAGE_PERMISSION_DENIED', 403, message, 'Use a credential that may do this.');

export const preconditionFailed = (message = 'A precondition does not hold'): AppError =>
  fault('preconditionFailed', 'STORAGE_PRECONDITION_FAILED', 412, message, 'Read the object again and retry.');

/** 409: another write of the same key won the race while this one was being decided. */
export const conditionalConflict = (): AppError =>
  fault('conditionalConflict', 'STORAGE_CONFLICT', 409, 'Another write of this key is in progress', 'Try again.');

export const entityTooLarge = (limitBytes: number): AppError =>
  fault(
    'entityTooLarge',
    'STORAGE_INVALID_PARAMETER',
    413,
    `The limit is ${Math.floor(limitBytes / 1024 ** 2)} MB`,
    'Send a smaller file.',
  );

/** A part but the last of a multipart upload is under 5 MiB. */
export const entityTooSmall = (message = 'A part is smaller than 5 MiB'): AppError =>
  fault('entityTooSmall', 'STORAGE_INVALID_PARAMETER', 400, message, 'Only the last part may be smaller.');

export const invalidPart = (partNumber: number): AppError =>
  fault(
    'invalidPart',
    'STORAGE_INVALID_PARAMETER',
    400,
    `Part ${partNumber} is unknown or differs`,
    'Upload the part again.',
  );

/** A hash or checksum that was announced is not that of the bytes. */
export const badDigest = (what: string): AppError =>
  fault(
    'badDigest',
    'STORAGE_INVALID_PARAMETER',
    400,
    `The ${what} does not match the bytes received`,
    'Send the body again.',
  );

export const sizeMismatch = (expected: number, actual: number): AppError =>
  fault(
    'sizeMismatch',
    'STORAGE_INVALID_PARAMETER',
    400,
    `Expected ${expected} bytes, got ${actual}`,
    'Check the size.',
  );

/** 503: too much at once; clients retry. */
export const slowDown = (): AppError =>
  fault('slowDown', 'UNAVAILABLE', 503, 'Reduce the request rate', 'Try again later.');
