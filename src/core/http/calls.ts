import type { IncomingMessage } from 'node:http';
import proxyaddr from '@fastify/proxy-addr';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Call } from '../call.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Made once per request, before any handler, and used by every face. */
    call: Call;
  }
}

/** Proves the credentials of a request; the auth room's verb. */
export type Identify = (credentials: {
  authorization?: string | undefined;
  apiKey?: string | undefined;
}) => Promise<Pick<Call, 'viewer' | 'credentialError'>>;

/** Gives every request its Call. The signal aborts when the client leaves before the answer is out. */
export function addCalls(app: FastifyInstance, identify: Identify): void {
  app.decorateRequest('call');
  app.addHook('onRequest', async (req, reply) => {
    const gone = new AbortController();
    // Not Fastify's own request.signal: it aborts as soon as a POST body has been read.
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) gone.abort();
    });
    const identity = await identify({ authorization: req.headers.authorization, apiKey: header(req, 'x-api-key') });
    req.call = { ...identity, signal: gone.signal, log: req.log as Logger, requestId: req.id, ip: req.ip };
  });
}

const header = (req: FastifyRequest, name: string): string | undefined => {
  const value = req.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

interface SocketCallOptions {
  identify: Identify;
  log: Logger;
  nextId: () => string;
  /** As TRUST_PROXY has it. */
  trustProxy: TrustProxy;
}

/** Makes the Call of a WebSocket connection: `authorization` or `apiKey` of its `connectionParams`, else its headers. */
export function socketCalls({ identify, log, nextId, trustProxy }: SocketCallOptions) {
  const trusts = trustOf(trustProxy);
  return async (request: IncomingMessage, params: Readonly<Record<string, unknown>>): Promise<Call> => {
    const given = (...names: string[]) => names.map((name) => params[name]).find((value) => typeof value === 'string');
    const authorization = given('authorization', 'Authorization') ?? request.headers.authorization;
    const apiKey = given('apiKey', 'x-api-key') ?? request.headers['x-api-key'];
    const identity = await identify({
      authorization: authorization as string | undefined,
      apiKey: apiKey as string | undefined,
    });
    const requestId = nextId();
    const ip = proxyaddr(request, trusts);
    return { ...identity, signal: new AbortController().signal, log: log.child({ requestId }), requestId, ip };
  };
}

type TrustProxy = boolean | number | string[];

/** Whom to believe a forwarded address: nobody, everybody, that many hops before us, or these addresses. */
export function trustOf(trust: TrustProxy): (address: string, hop: number) => boolean {
  if (Array.isArray(trust)) return proxyaddr.compile(trust);
  return typeof trust === 'number' ? (_address, hop) => hop < trust : () => trust;
}
