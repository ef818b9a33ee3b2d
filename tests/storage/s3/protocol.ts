import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { Client as MinioClient } from 'minio';
import { createLog } from '../../../src/core/log.ts';
import type { AccessKey, ObjectDomain } from '../../../src/storage/domain.ts';
import { canonicalRequest, stringToSign } from '../../../src/storage/gateway/canonical.ts';
import { rawHeaders } from '../../../src/storage/gateway/headers.ts';
import { createS3Gateway, type GatewaySettings } from '../../../src/storage/gateway/index.ts';
import { sign, signingKey } from '../../../src/storage/gateway/signing-key.ts';
import { parseTarget } from '../../../src/storage/gateway/target.ts';
import { memoryDomain } from './memory-domain.ts';

export const region = 'us-east-2';
export const accessKey: AccessKey = {
  accessKeyId: 'INSFTESTTESTTESTTEST',
  secretAccessKey: 'a-secret-of-forty-characters-for-testing',
  scope: { buckets: null, isReadOnly: false },
  expiresAt: null,
};
const credentials = { accessKeyId: accessKey.accessKeyId, secretAccessKey: accessKey.secretAccessKey };

/** The gateway over sockets: at the root of one port and under its mount on another. */
export async function listen(
  options: { settings?: Partial<GatewaySettings>; keys?: AccessKey[]; verbs?: Partial<ObjectDomain> } = {},
) {
  const settings: GatewaySettings = {
    region,
    isRegionStrict: false,
    mount: '/storage/v1/s3',
    domain: null,
    maxObjectBytes: 5 * 1024 ** 3,
    publicHost: null,
    trustForwarded: false,
    corsOrigins: '*',
    isDebug: false,
    ...options.settings,
  };
  const gateway = createS3Gateway({
    domain: { ...memoryDomain([accessKey, ...(options.keys ?? [])]), ...options.verbs },
    settings,
    tokenKey: Buffer.alloc(32, 1),
    now: () => new Date(),
    log: createLog('silent'),
    ipOf: () => '127.0.0.1',
  });
  const servers = [gateway.rootServer(), gateway.frontServer((_req, res) => res.writeHead(418).end('not s3'))];
  const ports = await Promise.all(
    servers.map(async (server) => {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    }),
  );
  const [rootPort = 0, frontPort = 0] = ports;
  const root = `http://127.0.0.1:${rootPort}`;
  const mounted = `http://127.0.0.1:${frontPort}/storage/v1/s3`;
  const client = new S3Client({ region, endpoint: mounted, forcePathStyle: true, credentials });
  return {
    root,
    rootPort,
    mounted,
    client,
    clientFor: (endpoint: string, keys = credentials) =>
      new S3Client({ region, endpoint, forcePathStyle: true, credentials: keys }),
    minio: () =>
      new MinioClient({
        endPoint: '127.0.0.1',
        port: rootPort,
        useSSL: false,
        accessKey: credentials.accessKeyId,
        secretKey: credentials.secretAccessKey,
      }),
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

/** A request signed by hand, for what no client would send; the path goes out as it is given. */
export async function rawRequest(
  base: string,
  input: { method?: string; path: string; body?: string | Uint8Array; headers?: Record<string, string> },
) {
  const { method = 'GET', path, body = '' } = input;
  const url = new URL(base);
  const target = `${url.pathname === '/' ? '' : url.pathname}${path}`;
  const timestamp = `${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  const headers: Record<string, string> = {
    host: url.host,
    'x-amz-date': timestamp,
    'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
    ...input.headers,
  };
  const signedHeaders = Object.keys(headers).sort();
  const { rawPath, query } = parseTarget(target);
  const scope = `${timestamp.slice(0, 8)}/${region}/s3/aws4_request`;
  const canonical = canonicalRequest({
    method,
    rawPath,
    query,
    headers: rawHeaders(Object.entries(headers).flat()),
    signedHeaders,
    host: headers.host ?? '',
    payloadHash: headers['x-amz-content-sha256'] ?? '',
  });
  const key = signingKey(accessKey.secretAccessKey, timestamp.slice(0, 8), region);
  const signature = sign(key, stringToSign(timestamp, scope, canonical));
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKey.accessKeyId}/${scope}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
  return send(base, { method, target, body, headers: { ...headers, authorization } });
}

/** One request over a socket of its own, without any URL normalizer. */
export async function send(
  base: string,
  input: { method: string; target: string; body?: string | Uint8Array; headers?: Record<string, string> },
): Promise<{ status: number; headers: Record<string, string | string[] | undefined>; text: string; bytes: Buffer }> {
  const { request } = await import('node:http');
  const url = new URL(base);
  const body = Buffer.from(input.body ?? '');
  const headers = {
    ...(body.length > 0 || input.method === 'PUT' ? { 'content-length': body.length } : {}),
    ...input.headers,
  };
  const req = request({
    host: url.hostname,
    port: url.port,
    method: input.method,
    path: input.target,
    headers,
    agent: false,
  });
  req.end(body);
  const [response] = (await once(req, 'response')) as [import('node:http').IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  return { status: response.statusCode ?? 0, headers: response.headers, text: bytes.toString(), bytes };
}

/** The text of an element in an XML answer; undefined when there is none. */
export const xmlText = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
