import type { Call } from '../../core/call.ts';
import type { AccessKey } from '../domain.ts';
import { canonicalRequest, stringToSign } from './canonical.ts';
import { type Claim, type CredentialScope, headerClaim, queryClaim, scopeOf } from './claim.ts';
import { s3Error } from './errors.ts';
import type { RawHeaders } from './headers.ts';
import { type PayloadForm, payloadForm } from './payload.ts';
import { equalSignature, type SigningKeys, sign } from './signing-key.ts';
import type { Query } from './target.ts';

export interface Authenticator {
  /** Null when unknown, revoked or expired. */
  findAccessKey(call: Call, accessKeyId: string): Promise<AccessKey | null>;
  signingKeys: SigningKeys;
  region: string;
  /** False: `us-east-1` and `auto` are accepted besides `region`. */
  isRegionStrict: boolean;
  now(): Date;
  /** Adds what we signed to the error body and the log. */
  isDebug: boolean;
}

export interface SignedRequest {
  method: string;
  /** Readings of the path under which the signature may hold, as received first; all name the same resource. */
  rawPaths: readonly string[];
  /** Readings of the Host header, as received first. */
  hosts: readonly string[];
  query: Query;
  headers: RawHeaders;
}

/** A proven signature. */
export interface Proof {
  accessKey: AccessKey;
  payload: PayloadForm;
  /** What chunk signatures chain on. */
  chain: SignatureChain;
}

export interface SignatureChain {
  key: Buffer;
  timestamp: string;
  scope: string;
  /** Hex; the signature of the headers. */
  seed: string;
}

const maxSkewMs = 15 * 60 * 1000;

/** Checks in the order of s3.md §3.2. https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html */
export async function verifyHeader(auth: Authenticator, call: Call, request: SignedRequest): Promise<Proof> {
  const claim = headerClaim(request.headers);
  checkRegion(auth, claim, 'AuthorizationHeaderMalformed');
  if (claim.date !== claim.timestamp.slice(0, 8))
    throw s3Error('AuthorizationHeaderMalformed', 'The credential date is not that of the request.');
  const now = auth.now();
  if (Math.abs(now.getTime() - claim.signedAt.getTime()) > maxSkewMs) throw skewed(claim.timestamp, now);
  const accessKey = await knownKey(auth, call, claim.accessKeyId);
  const payloadHash = request.headers.get('x-amz-content-sha256');
  const payload = payloadForm(payloadHash);
  checkSignedHeaders(claim, request.headers);
  const chain = checkSignature({ auth, call, claim, accessKey, request, payloadHash: payloadHash ?? '' });
  return { accessKey, payload, chain };
}

/** A presigned URL. Errors: as verifyHeader, and AccessDenied once it has expired. */
export async function verifyQuery(auth: Authenticator, call: Call, request: SignedRequest): Promise<Proof> {
  const claim = queryClaim(request.query);
  checkRegion(auth, claim, 'AuthorizationQueryParametersError');
  if (claim.date !== claim.timestamp.slice(0, 8))
    throw s3Error('AuthorizationQueryParametersError', 'The credential date is not that of the request.');
  checkExpiry(claim, auth.now());
  const accessKey = await knownKey(auth, call, claim.accessKeyId);
  const payloadHash =
    request.headers.get('x-amz-content-sha256') ?? request.query.get('X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD';
  const payload = payloadForm(payloadHash);
  checkSignedHeaders(claim, request.headers);
  const chain = checkSignature({ auth, call, claim, accessKey, request, payloadHash });
  return { accessKey, payload, chain };
}

/** The base64 policy of a form upload. Errors: InvalidAccessKeyId, SignatureDoesNotMatch, and as for regions. */
export async function verifyPolicy(
  auth: Authenticator,
  call: Call,
  form: { scope: CredentialScope; policy: string; signature: string },
): Promise<AccessKey> {
  checkRegion(auth, form.scope, 'AuthorizationQueryParametersError');
  const accessKey = await knownKey(auth, call, form.scope.accessKeyId);
  const { date, region } = form.scope;
  const key = auth.signingKeys.get(accessKey.accessKeyId, accessKey.secretAccessKey, date, region);
  if (!equalSignature(sign(key, form.policy), form.signature)) throw s3Error('SignatureDoesNotMatch');
  return accessKey;
}

function checkRegion(
  auth: Authenticator,
  { region }: CredentialScope,
  code: 'AuthorizationHeaderMalformed' | 'AuthorizationQueryParametersError',
): void {
  if (region === auth.region) return;
  if (!auth.isRegionStrict && (region === 'us-east-1' || region === 'auto')) return;
  throw s3Error(code, `The region '${region}' is wrong; expecting '${auth.region}'`, {
    details: { Region: auth.region },
    headers: { 'x-amz-bucket-region': auth.region },
  });
}

const skewed = (timestamp: string, now: Date) =>
  s3Error('RequestTimeTooSkewed', undefined, {
    details: {
      RequestTime: timestamp,
      ServerTime: now.toISOString(),
      MaxAllowedSkewMilliseconds: String(maxSkewMs),
    },
  });

function checkExpiry({ signedAt, expiresSeconds }: Claim, now: Date): void {
  const endsAt = new Date(signedAt.getTime() + (expiresSeconds ?? 0) * 1000);
  if (signedAt.getTime() - now.getTime() > maxSkewMs) throw s3Error('AccessDenied', 'Request is not yet valid');
  if (now <= endsAt) return;
  throw s3Error('AccessDenied', 'Request has expired', {
    details: {
      'X-Amz-Expires': String(expiresSeconds),
      Expires: endsAt.toISOString(),
      ServerTime: now.toISOString(),
    },
  });
}

async function knownKey(auth: Authenticator, call: Call, accessKeyId: string): Promise<AccessKey> {
  const key = await auth.findAccessKey(call, accessKeyId);
  if (key && (key.expiresAt === null || key.expiresAt > auth.now())) return key;
  throw s3Error('InvalidAccessKeyId', undefined, { details: { AWSAccessKeyId: accessKeyId } });
}

/** Headers that proxies add after the client has signed. */
const unsignedAllowed = new Set(['x-amz-cf-id']);

/** Whatever can change the meaning of the request must be under the signature. */
function checkSignedHeaders({ signedHeaders }: Claim, headers: RawHeaders): void {
  const loose = headers
    .names()
    .filter((name) => name.startsWith('x-amz-') && !unsignedAllowed.has(name) && !signedHeaders.includes(name));
  if (!signedHeaders.includes('host')) loose.unshift('host');
  if (loose.length > 0)
    throw s3Error('AccessDenied', 'There were headers present in the request which were not signed', {
      details: { HeadersNotSigned: loose.join(', ') },
    });
  if (signedHeaders.some((name) => headers.raw(name) === undefined)) throw s3Error('SignatureDoesNotMatch');
}

function checkSignature(input: {
  auth: Authenticator;
  call: Call;
  claim: Claim;
  accessKey: AccessKey;
  request: SignedRequest;
  payloadHash: string;
}): SignatureChain {
  const { auth, claim, accessKey, request } = input;
  const { date, region, timestamp } = claim;
  const key = auth.signingKeys.get(accessKey.accessKeyId, accessKey.secretAccessKey, date, region);
  const scope = scopeOf(claim);
  let first: { canonical: string; toSign: string } | undefined;
  for (const rawPath of request.rawPaths)
    for (const host of request.hosts) {
      const canonical = canonicalRequest({ ...request, ...claim, rawPath, host, payloadHash: input.payloadHash });
      const toSign = stringToSign(timestamp, scope, canonical);
      first ??= { canonical, toSign };
      if (equalSignature(sign(key, toSign), claim.signature)) {
        return { key, timestamp, scope, seed: claim.signature.toLowerCase() };
      }
    }
  if (!auth.isDebug || !first) throw s3Error('SignatureDoesNotMatch');
  input.call.log.warn({ operation: 's3.signature', canonicalRequest: first.canonical }, 'a signature does not match');
  throw s3Error('SignatureDoesNotMatch', undefined, {
    details: { StringToSign: first.toSign, CanonicalRequest: first.canonical },
  });
}
