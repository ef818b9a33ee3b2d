import type { CorsRule } from '../domain.ts';
import { s3Error } from './errors.ts';
import type { RawHeaders } from './headers.ts';
import type { S3Response } from './request.ts';

const exposed = [
  'ETag',
  'Content-Range',
  'x-amz-request-id',
  'x-amz-version-id',
  'x-amz-checksum-crc32',
  'x-amz-checksum-crc32c',
  'x-amz-checksum-crc64nvme',
  'x-amz-checksum-sha1',
  'x-amz-checksum-sha256',
  'x-amz-checksum-type',
  'x-amz-mp-parts-count',
];

/** The rules of a bucket that has none of its own: the platform's, whose origins are `origins`. */
export const openRules = (origins: '*' | readonly string[]): readonly CorsRule[] => [
  {
    allowedMethods: ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'],
    allowedOrigins: origins === '*' ? ['*'] : origins,
    allowedHeaders: ['*'],
    exposeHeaders: exposed,
    maxAgeSeconds: 3600,
  },
];

/** A preflight's answer. Errors: BadRequest (not a preflight), AccessForbidden (no rule). */
export function preflight(rules: readonly CorsRule[], headers: RawHeaders): S3Response {
  const origin = headers.get('origin');
  const method = headers.get('access-control-request-method');
  if (!origin) throw s3Error('BadRequest', 'Insufficient information. Origin request header needed.');
  if (!method) throw s3Error('BadRequest', 'Invalid Access-Control-Request-Method: null');
  const wanted = (headers.get('access-control-request-headers') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const rule = rules.find((candidate) => admits(candidate, origin, method) && wanted.every(allowsHeader(candidate)));
  if (!rule) throw s3Error('AccessForbidden', undefined, { headers: { vary } });
  return {
    status: 200,
    headers: {
      ...ruleHeaders(rule, origin),
      'access-control-allow-headers': wanted.length > 0 ? wanted.join(', ') : undefined,
      'access-control-max-age': rule.maxAgeSeconds,
    },
  };
}

const vary = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method';

/** What an actual answer, error or not, carries for a browser; nothing when no rule admits it. */
export function corsHeaders(rules: readonly CorsRule[], origin: string, method: string): Record<string, string> {
  const rule = rules.find((candidate) => admits(candidate, origin, method));
  return rule ? ruleHeaders(rule, origin) : { vary };
}

function ruleHeaders(rule: CorsRule, origin: string): Record<string, string> {
  const isOpen = rule.allowedOrigins.includes('*');
  return {
    'access-control-allow-origin': isOpen ? '*' : origin,
    'access-control-allow-methods': rule.allowedMethods.join(', '),
    ...(isOpen ? {} : { 'access-control-allow-credentials': 'true' }),
    ...(rule.exposeHeaders.length > 0 ? { 'access-control-expose-headers': rule.exposeHeaders.join(', ') } : {}),
    vary,
  };
}

const admits = (rule: CorsRule, origin: string, method: string): boolean =>
  rule.allowedMethods.includes(method) && rule.allowedOrigins.some((pattern) => fits(pattern, origin));

const allowsHeader = (rule: CorsRule) => (name: string) =>
  rule.allowedHeaders.some((pattern) => fits(pattern.toLowerCase(), name));

/** One `*` stands for any run of characters. */
function fits(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  const [head, tail] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return text.length >= pattern.length - 1 && text.startsWith(head) && text.endsWith(tail);
}
