import { createHash } from 'node:crypto';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { canonicalRequest, stringToSign } from '../src/storage/gateway/canonical.ts';
import { rawHeaders } from '../src/storage/gateway/headers.ts';
import { sign, signingKey } from '../src/storage/gateway/signing-key.ts';
import { parseTarget } from '../src/storage/gateway/target.ts';
import { startPleiad, startProgram } from './harness.ts';

const apiKey = 'ik_a_key_for_benches_long_enough';
const region = 'us-east-2';

/** Pleiad on its disk store, a client with a key of its own, and a bare server of files beside it. */
export async function startS3Bench(env: Record<string, string> = {}) {
  await using resources = new AsyncDisposableStack();
  const pleiad = resources.use(
    await startPleiad({ ACCESS_API_KEY: apiKey, LOG_LEVEL: 'error', S3_REGION: region, ...env }),
  );
  const baselineFile = join(import.meta.dirname, 's3-server.baseline.ts');
  const baseline = resources.use(await startProgram(baselineFile, /ready (http:\S+)/, { BENCH_DIR: pleiad.dataDir }));
  const credentials = await accessKey(pleiad.url);
  const endpoint = `${pleiad.url}/storage/v1/s3`;
  const client = new S3Client({ region, endpoint, forcePathStyle: true, credentials });
  resources.defer(() => client.destroy());
  const owned = resources.move();
  return {
    pleiad,
    baseline: baseline.answer,
    client,
    /** Headers of one request, as a client would sign it; good for a quarter of an hour. */
    signed: (request: Unsigned) => signedHeaders(endpoint, credentials, request),
    endpoint,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface Unsigned {
  method: string;
  /** After the mount: `/bucket/key`. */
  path: string;
  body?: Buffer;
  headers?: Record<string, string>;
}

async function accessKey(url: string): Promise<{ accessKeyId: string; secretAccessKey: string }> {
  const response = await fetch(`${url}/api/storage/s3/access-keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: '{}',
  });
  if (!response.ok) throw new Error(`no access key: ${response.status} ${await response.text()}`);
  return (await response.json()) as { accessKeyId: string; secretAccessKey: string };
}

function signedHeaders(
  endpoint: string,
  { accessKeyId, secretAccessKey }: { accessKeyId: string; secretAccessKey: string },
  { method, path, body = Buffer.alloc(0), headers: more = {} }: Unsigned,
): Record<string, string> {
  const { host, pathname } = new URL(endpoint);
  const timestamp = `${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  const payloadHash = createHash('sha256').update(body).digest('hex');
  const headers: Record<string, string> = {
    host,
    'x-amz-date': timestamp,
    'x-amz-content-sha256': payloadHash,
    ...more,
  };
  const names = Object.keys(headers).sort();
  const { rawPath, query } = parseTarget(pathname + path);
  const canonical = canonicalRequest({
    ...{ method, rawPath, query, host, payloadHash, signedHeaders: names },
    headers: rawHeaders(Object.entries(headers).flat()),
  });
  const date = timestamp.slice(0, 8);
  const scope = `${date}/${region}/s3/aws4_request`;
  const signature = sign(signingKey(secretAccessKey, date, region), stringToSign(timestamp, scope, canonical));
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...headers, authorization };
}

export interface Sent {
  url: string;
  method: string;
  headers?: Record<string, string>;
  body?: Buffer;
}

/** Requests per second of callers that take from `next` in turn. Bodies are read and dropped, since keeping them would be the slower part. */
export async function drive(
  { callers, seconds }: { callers: number; seconds: number },
  next: (step: number) => Sent,
  onDone: (tookMs: number) => void = () => undefined,
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  const until = performance.now() + seconds * 1000;
  let step = 0;
  let done = 0;
  const caller = async () => {
    while (performance.now() < until) {
      const from = performance.now();
      await exchange(agent, next(step++));
      onDone(performance.now() - from);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  agent.destroy();
  return done / seconds;
}

function exchange(agent: Agent, { url, method, headers = {}, body }: Sent): Promise<void> {
  return new Promise((resolve, reject) => {
    const length = body ? { 'content-length': String(body.length) } : {};
    const req = request(url, { method, agent, headers: { ...length, ...headers } }, (res) => {
      const isExpected = [200, 204, 404].includes(res.statusCode ?? 0);
      res.resume().once('end', isExpected ? resolve : () => reject(new Error(`${method} ${url}: ${res.statusCode}`)));
    });
    req.once('error', reject).end(body);
  });
}
