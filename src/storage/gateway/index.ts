import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { Logger } from 'pino';
import type { ObjectDomain } from '../domain.ts';
import type { Place } from './dispatch.ts';
import { answerRequest } from './http.ts';
import type { Gateway, GatewaySettings } from './request.ts';
import { createSigningKeys } from './signing-key.ts';
import { isUnder } from './target.ts';

export type S3Gateway = ReturnType<typeof createS3Gateway>;
export type { GatewaySettings } from './request.ts';

/** The S3 protocol in front of the storage room. It works on raw requests: no parser, hook or router may come before it. */
export function createS3Gateway(deps: {
  domain: ObjectDomain;
  settings: GatewaySettings;
  /** Signs continuation tokens; 32 bytes, the same on every node. */
  tokenKey: Buffer;
  now: () => Date;
  log: Logger;
  ipOf: (request: IncomingMessage) => string;
}) {
  const { domain, settings, tokenKey, now, log, ipOf } = deps;
  const { region, isRegionStrict, isDebug } = settings;
  const auth = {
    findAccessKey: domain.findAccessKey,
    signingKeys: createSigningKeys(),
    region,
    isRegionStrict,
    isDebug,
    now,
  };
  const gateway: Gateway = { domain, settings, auth, tokenKey, now };
  const parts = { gateway, log, nextId: randomUUID, ipOf };
  const answer = (req: IncomingMessage, res: ServerResponse, place: Place, mustContinue: boolean) =>
    answerRequest(parts, req, res, { ...place, mustContinue }).catch((error: unknown) => {
      // A fault of the gateway itself: nobody else is there to catch it.
      log.error({ operation: 's3', err: error }, 's3 request failed');
      res.destroy();
    });

  return {
    /**
     * A server for the main port: S3 requests go to the gateway, all others to `next`. The gateway answers
     * `Expect: 100-continue` when it wants the body; for the others it is answered at once, as Node would.
     */
    frontServer(next: RequestListener, options: ServerOptions = {}): Server {
      const listen = (mustContinue: boolean) => (req: IncomingMessage, res: ServerResponse) => {
        const place = placeOf(settings, req);
        if (place) return answer(req, res, place, mustContinue);
        if (mustContinue) res.writeContinue();
        next(req, res);
      };
      // Large uploads take hours; idle connections are ended by their own timeout.
      return createServer({ requestTimeout: 0, ...options }, listen(false)).on('checkContinue', listen(true));
    },
    /** A server that is the gateway from its root on, for clients that refuse an endpoint with a path. */
    rootServer(): Server {
      const listen = (mustContinue: boolean) => (req: IncomingMessage, res: ServerResponse) =>
        answer(req, res, { mount: '', hostBucket: hostBucketOf(settings, req) }, mustContinue);
      return createServer({ requestTimeout: 0 }, listen(false)).on('checkContinue', listen(true));
    },
  };
}

/** Where a request of the main port enters the gateway; null when it is not for it. */
function placeOf(settings: GatewaySettings, req: IncomingMessage): Place | null {
  const { domain, mount } = settings;
  const host = hostName(req);
  if (domain && (host === domain || host.endsWith(`.${domain}`)))
    return { mount: '', hostBucket: hostBucketOf(settings, req) };
  const path = (req.url ?? '').split('?')[0] ?? '';
  return isUnder(path, mount) ? { mount, hostBucket: null } : null;
}

const hostName = (req: IncomingMessage) => (req.headers.host ?? '').toLowerCase().replace(/:\d+$/, '');

function hostBucketOf({ domain }: GatewaySettings, req: IncomingMessage): string | null {
  const host = hostName(req);
  return domain && host.endsWith(`.${domain}`) ? host.slice(0, -domain.length - 1) : null;
}
