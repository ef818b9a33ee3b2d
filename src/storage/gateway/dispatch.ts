import { verifyHeader, verifyQuery } from './authenticate.ts';
import { authForm } from './claim.ts';
import { listBuckets } from './commands/list-buckets.ts';
import { postObject } from './commands/post-object.ts';
import { corsHeaders, openRules, preflight } from './cors.ts';
import { s3Error } from './errors.ts';
import { type RawHeaders, withHoisted } from './headers.ts';
import { type Gateway, type Incoming, owner, type S3Request, type S3Response } from './request.ts';
import { bucketRoute, objectRoute } from './routes.ts';
import { type Addressing, address, isUnder, parseTarget, type Query, type Target } from './target.ts';

/** Where on this listener a request came in. */
export interface Place {
  /** Path prefix; '' at a root. */
  mount: string;
  /** Bucket of a virtual-host request. */
  hostBucket: string | null;
}

/** An answer, the operation's name and what a browser may see of it. */
export interface Dispatched {
  operation: string;
  run(): Promise<S3Response>;
  cors(): Promise<Record<string, string>>;
}

/** Finds out what is asked, without deciding yet whether it may be. Errors: InvalidURI, KeyTooLongError. */
export function dispatch(gateway: Gateway, incoming: Incoming, place: Place): Dispatched {
  const target = parseTarget(incoming.url);
  const names = address(target.rawPath, place.mount, place.hostBucket);
  if (target.query.pairs.some(({ value }) => value.includes('\0')) || names.bucket?.includes('\0'))
    throw s3Error('InvalidURI');
  const dispatched: Dispatched = {
    operation: 'Unknown',
    cors: () => corsOf(gateway, incoming, names),
    run: async () => {
      const { operation, run } = await select(gateway, incoming, { target, place, ...names });
      dispatched.operation = operation;
      return run();
    },
  };
  return dispatched;
}

interface Asked extends Addressing {
  target: Target;
  place: Place;
}
interface Selected {
  operation: string;
  run(): Promise<S3Response>;
}

async function select(gateway: Gateway, incoming: Incoming, asked: Asked): Promise<Selected> {
  const { bucket, key, target } = asked;
  const { method, headers } = incoming;
  if (method === 'OPTIONS') return preflightOf(gateway, incoming, asked);
  const form = authForm(method, headers, target.query, bucket !== null && key === null);
  if (form === 'policy' && bucket) {
    if (target.query.has('delete')) throw s3Error('AccessDenied');
    const run = () => postObject(gateway, incoming, { bucket, baseUrl: baseUrl(gateway, incoming, asked.place) });
    return { operation: 'PostObject', run };
  }
  const request = await authenticated(gateway, incoming, asked, form);
  checkOwner(request.headers);
  if (bucket === null) return serviceRoute(gateway, request);
  if (key === null) {
    const { operation, command } = bucketRoute(request);
    if (!request.call.accessKey) throw s3Error('AccessDenied');
    return { operation, run: () => command(gateway, { ...request, bucket }) };
  }
  const { operation, command } = objectRoute(request);
  if (!request.call.accessKey && operation !== 'GetObject' && operation !== 'HeadObject') throw s3Error('AccessDenied');
  return { operation, run: () => command(gateway, { ...request, bucket, key }) };
}

function serviceRoute(gateway: Gateway, request: S3Request): Selected {
  if (request.method !== 'GET') throw s3Error('MethodNotAllowed', undefined, { headers: { allow: 'GET' } });
  if (!request.call.accessKey) throw s3Error('AccessDenied');
  return { operation: 'ListBuckets', run: () => listBuckets(gateway, request) };
}

function preflightOf(gateway: Gateway, { headers, call }: Incoming, { bucket }: Addressing): Selected {
  const run = async () => {
    const own = bucket === null ? null : await gateway.domain.findCorsRules(call, bucket);
    return preflight(own ?? openRules(gateway.settings.corsOrigins), headers);
  };
  return { operation: 'Preflight', run };
}

async function corsOf(gateway: Gateway, { headers, call, method }: Incoming, { bucket }: Addressing) {
  const origin = headers.get('origin');
  if (!origin || method === 'OPTIONS') return {};
  const own = bucket === null ? null : await gateway.domain.findCorsRules(call, bucket);
  return corsHeaders(own ?? openRules(gateway.settings.corsOrigins), origin, method);
}

/** Proves the signature, or lets an anonymous request through with no key. */
async function authenticated(
  gateway: Gateway,
  incoming: Incoming,
  { target, place }: Asked,
  form: 'header' | 'query' | 'none' | 'policy',
): Promise<S3Request> {
  const { method, headers, call, open } = incoming;
  const { query } = target;
  const url = baseUrl(gateway, incoming, place);
  if (form !== 'header' && form !== 'query') {
    const body = { headers, payload: { kind: 'plain', sha256: null } as const, chain: null, open };
    return { method, query, headers, call: { ...call, viewer: null, accessKey: null }, body, baseUrl: url };
  }
  const verify = form === 'header' ? verifyHeader : verifyQuery;
  const { accessKey, payload, chain } = await verify(gateway.auth, call, {
    method,
    rawPaths: pathReadings(target.rawPath, place.mount || gateway.settings.mount),
    hosts: hostReadings(gateway, headers),
    query,
    headers,
  });
  const meant = form === 'query' ? withHoisted(headers, hoistedHeaders(query)) : headers;
  const viewer = {
    kind: 'apiKey',
    id: accessKey.accessKeyId,
    role: 'project_admin',
    claims: { role: 'project_admin' },
  } as const;
  return {
    method,
    query,
    headers: meant,
    call: { ...call, viewer, credentialError: null, accessKey },
    body: { headers, payload, chain, open },
    baseUrl: url,
  };
}

/** s3cmd and proxies that rewrite paths sign without the mount, or with it; all readings name the same resource. */
function pathReadings(rawPath: string, mount: string): string[] {
  const other = isUnder(rawPath, mount) ? rawPath.slice(mount.length) || '/' : mount + rawPath;
  return [rawPath, other];
}

function hostReadings({ settings }: Gateway, headers: RawHeaders): string[] {
  const host = headers.raw('host') ?? '';
  const forwarded = settings.trustForwarded ? headers.raw('x-forwarded-host')?.split(',')[0]?.trim() : undefined;
  const port = settings.trustForwarded ? headers.raw('x-forwarded-port') : undefined;
  const readings = [host, forwarded, forwarded?.replace(/:\d+$/, ''), forwarded && port && `${forwarded}:${port}`];
  if (settings.publicHost) readings.push(settings.publicHost);
  return [...new Set(readings.filter((reading): reading is string => Boolean(reading)))];
}

/** Checksums are left out on purpose: the JS SDK presigns the checksum of an empty body into every URL. */
const hoistable = /^x-amz-(acl|tagging|storage-class|meta-.+)$/i;

const hoistedHeaders = ({ pairs }: Query): Map<string, string> =>
  new Map(
    pairs
      .filter(({ name }) => hoistable.test(name) || name.toLowerCase() === 'x-amz-checksum-mode')
      .map(({ name, value }) => [name.toLowerCase(), value]),
  );

function checkOwner(headers: RawHeaders): void {
  for (const name of ['x-amz-expected-bucket-owner', 'x-amz-source-expected-bucket-owner'])
    if ((headers.get(name) ?? owner.id) !== owner.id) throw s3Error('AccessDenied');
}

function baseUrl({ settings }: Gateway, { headers }: Incoming, { mount }: Place): string {
  const forwarded = settings.trustForwarded ? headers.get('x-forwarded-proto')?.split(',')[0]?.trim() : undefined;
  return `${forwarded ?? 'http'}://${settings.publicHost ?? headers.get('host') ?? 'localhost'}${mount}`;
}
