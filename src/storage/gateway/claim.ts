import { parseSignedHeaders } from './canonical.ts';
import { type S3Code, s3Error } from './errors.ts';
import type { RawHeaders } from './headers.ts';
import type { Query } from './target.ts';

/** What a request says about who signed it; nothing here is proven. */
export interface Claim extends CredentialScope {
  signedHeaders: readonly string[];
  signature: string;
  /** `YYYYMMDDTHHMMSSZ`, as it enters the string to sign. */
  timestamp: string;
  signedAt: Date;
  /** Null for the header form. */
  expiresSeconds: number | null;
}

export interface CredentialScope {
  accessKeyId: string;
  /** yyyymmdd */
  date: string;
  region: string;
}

export const scopeOf = ({ date, region }: CredentialScope): string => `${date}/${region}/s3/aws4_request`;

/** Which of the forms of s3.md §3.1 a request uses. Errors: InvalidArgument, InvalidRequest. */
export function authForm(
  method: string,
  headers: RawHeaders,
  query: Query,
  isBucketLevel: boolean,
): 'header' | 'query' | 'policy' | 'none' {
  const authorization = headers.raw('authorization') ?? '';
  if (authorization.startsWith('AWS4-HMAC-SHA256')) {
    if (query.has('X-Amz-Signature')) throw s3Error('InvalidArgument', 'Only one auth mechanism allowed.');
    return 'header';
  }
  if (query.has('X-Amz-Algorithm') || query.has('X-Amz-Credential')) return 'query';
  if (method === 'POST' && isBucketLevel && isForm(headers)) return 'policy';
  if (authorization.startsWith('AWS ') || query.has('AWSAccessKeyId'))
    throw s3Error('InvalidRequest', 'Signature Version 2 is not supported. Please use AWS4-HMAC-SHA256.');
  if (authorization !== '') throw s3Error('InvalidArgument', 'Unsupported Authorization Type');
  return 'none';
}

export const isForm = (headers: RawHeaders): boolean =>
  /^multipart\/form-data\s*(;|$)/i.test(headers.get('content-type') ?? '');

/** Errors: AuthorizationHeaderMalformed, AccessDenied (no usable date). */
export function headerClaim(headers: RawHeaders): Claim {
  const fields = new Map<string, string>();
  const text = (headers.raw('authorization') ?? '').slice('AWS4-HMAC-SHA256'.length);
  for (const item of text.split(',')) {
    const [name = '', ...value] = item.trim().split('=');
    fields.set(name, value.join('='));
  }
  const signature = fields.get('Signature') ?? '';
  if (!/^[0-9a-f]{64}$/i.test(signature)) throw s3Error('AuthorizationHeaderMalformed');
  const scope = parseCredential(fields.get('Credential') ?? '', 'AuthorizationHeaderMalformed');
  const signedHeaders = parseSignedHeaders(fields.get('SignedHeaders') ?? '');
  return { ...scope, signedHeaders, signature, expiresSeconds: null, ...requestTime(headers) };
}

/** `{access key}/{date}/{region}/s3/aws4_request`, split from the right. Errors: `code`. */
export function parseCredential(credential: string, code: S3Code): CredentialScope {
  const parts = credential.split('/');
  const [terminator, service, region = '', date = ''] = parts.toReversed();
  const accessKeyId = parts.slice(0, -4).join('/');
  const isSound =
    accessKeyId !== '' &&
    /^\d{8}$/.test(date) &&
    /^[a-zA-Z0-9-]+$/.test(region) &&
    service === 's3' &&
    terminator === 'aws4_request';
  if (!isSound) throw s3Error(code, 'The credential must be {key}/{yyyymmdd}/{region}/s3/aws4_request.');
  return { accessKeyId, date, region };
}

function requestTime(headers: RawHeaders): { timestamp: string; signedAt: Date } {
  const text = headers.get('x-amz-date') ?? headers.get('date') ?? '';
  const signedAt = parseBasicDate(text) ?? (headers.get('x-amz-date') === undefined ? parseHttpDate(text) : null);
  if (!signedAt) throw s3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header');
  return { timestamp: basicDate(signedAt), signedAt };
}

/** `YYYYMMDDTHHMMSSZ`; null for anything else. */
export function parseBasicDate(text: string): Date | null {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!match) return null;
  const [, year, month, day, hour, minute, second] = match;
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(date.getTime()) || basicDate(date) !== text ? null : date;
}

function parseHttpDate(text: string): Date | null {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date;
}

const basicDate = (date: Date): string => `${date.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;

/** Errors: AuthorizationQueryParametersError, AccessDenied (expiry outside 1…604800 s). */
export function queryClaim(query: Query): Claim {
  const malformed = (message: string) => s3Error('AuthorizationQueryParametersError', message);
  const need = (name: string): string => {
    const value = query.get(name);
    if (!value) throw malformed(`Query-string authentication requires the ${name} parameter.`);
    return value;
  };
  if (need('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') throw malformed('X-Amz-Algorithm must be AWS4-HMAC-SHA256.');
  const scope = parseCredential(need('X-Amz-Credential'), 'AuthorizationQueryParametersError');
  const timestamp = need('X-Amz-Date');
  const signedAt = parseBasicDate(timestamp);
  if (!signedAt) throw malformed('X-Amz-Date must be in the ISO8601 format YYYYMMDDTHHMMSSZ.');
  const signature = need('X-Amz-Signature');
  if (!/^[0-9a-f]{64}$/i.test(signature)) throw malformed('X-Amz-Signature must be 64 hexadecimal digits.');
  const expiresSeconds = parseExpires(need('X-Amz-Expires'));
  return {
    ...scope,
    signedHeaders: querySignedHeaders(need('X-Amz-SignedHeaders')),
    signature,
    timestamp,
    signedAt,
    expiresSeconds,
  };
}

function querySignedHeaders(text: string): string[] {
  try {
    return parseSignedHeaders(text);
  } catch {
    throw s3Error('AuthorizationQueryParametersError', 'X-Amz-SignedHeaders must be sorted, lower case and unique.');
  }
}

function parseExpires(text: string): number {
  if (!/^-?\d+$/.test(text)) throw s3Error('AuthorizationQueryParametersError', 'X-Amz-Expires should be a number.');
  const seconds = Number(text);
  if (seconds < 1 || seconds > 604_800)
    throw s3Error('AccessDenied', 'X-Amz-Expires must be between 1 and 604800 seconds.');
  return seconds;
}
