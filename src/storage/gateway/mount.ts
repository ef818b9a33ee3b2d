import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import proxyAddr from '@fastify/proxy-addr';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../../config.ts';
import { StartupError } from '../../core/lifecycle.ts';
import type { GatewaySettings } from './request.ts';

/** Where the gateway is on the main port. */
export const mountPath = '/storage/v1/s3';

/** What the environment makes of the gateway. */
export function gatewaySettings({ storage, s3, http }: Pick<Config, 'storage' | 's3' | 'http'>): GatewaySettings {
  const publicUrl = storage.gatewayBaseUrl ?? http.publicUrl;
  return {
    region: storage.region,
    isRegionStrict: s3.isRegionStrict,
    mount: mountPath,
    domain: s3.domain,
    maxObjectBytes: storage.maxObjectBytes,
    publicHost: publicUrl === null ? null : new URL(publicUrl).host,
    trustForwarded: http.trustProxy !== false,
    corsOrigins: http.corsOrigins,
    isDebug: s3.isDebug,
  };
}

/** Client address by TRUST_PROXY, as Fastify reads it. */
export function addressOf({ http: { trustProxy } }: Pick<Config, 'http'>): (request: IncomingMessage) => string {
  if (trustProxy === false) return (request) => request.socket.remoteAddress ?? '';
  const trust = Array.isArray(trustProxy)
    ? proxyAddr.compile(trustProxy)
    : (_address: string, hop: number) => trustProxy === true || hop < trustProxy;
  return (request) => proxyAddr(request, trust) ?? '';
}

/** Opens the gateway's own port with the main server and closes it with that. Errors: StartupError (port taken). */
export function listenBeside(
  main: FastifyInstance,
  root: Server,
  { host, port }: { host: string; port: number },
): void {
  main.addHook('onReady', async () => {
    root.listen({ host, port });
    try {
      await once(root, 'listening');
    } catch (cause) {
      throw new StartupError(`S3_PORT ${port} cannot be used: ${(cause as Error).message}`, { cause });
    }
    main.log.info({ operation: 's3.listen', port: (root.address() as AddressInfo).port }, 's3 at the root of a port');
  });
  main.addHook('onClose', async () => {
    root.closeIdleConnections();
    if (root.listening) await new Promise((resolve) => root.close(resolve));
  });
}
