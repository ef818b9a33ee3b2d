import { s3Error } from './errors.ts';

/** How the body is framed and what was promised about it. */
export type PayloadForm =
  /** `sha256` null: unsigned. */
  { kind: 'plain'; sha256: string | null } | { kind: 'chunked'; isSigned: boolean; hasTrailer: boolean };

/** Reads `x-amz-content-sha256`. Errors: InvalidRequest (missing), InvalidArgument (no known form), NotImplemented (ECDSA). */
export function payloadForm(value: string | undefined): PayloadForm {
  if (value === undefined || value === '')
    throw s3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  if (/^[0-9a-f]{64}$/i.test(value)) return { kind: 'plain', sha256: value.toLowerCase() };
  switch (value) {
    case 'UNSIGNED-PAYLOAD':
      return { kind: 'plain', sha256: null };
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD':
      return { kind: 'chunked', isSigned: true, hasTrailer: false };
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER':
      return { kind: 'chunked', isSigned: true, hasTrailer: true };
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER':
      return { kind: 'chunked', isSigned: false, hasTrailer: true };
  }
  if (value.startsWith('STREAMING-AWS4-ECDSA-P256-')) throw s3Error('NotImplemented', 'SigV4A is not supported.');
  throw s3Error(
    'InvalidArgument',
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING form, or a valid sha256 value.',
  );
}
