import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import type { Call } from '../call.ts';
import { appError } from '../errors.ts';
import type { Bus } from '../events.ts';
import { maxDocumentBytes } from './limits.ts';
import { toGraphQLError } from './mask-error.ts';
import { type Pipeline, prepareOperation, withoutHttp, withoutPipeline } from './socket-operation.ts';
import { proofEnd } from './stream-end.ts';
import type { Yoga } from './yoga.ts';

/** Makes the Call of a connection from its upgrade request and `connectionParams`. */
export type MakeSocketCall = (request: IncomingMessage, params: Readonly<Record<string, unknown>>) => Promise<Call>;

const forbidden = 4403;
const goingAway = 1001;
const maxOperations = 200;

type SocketState = {
  call?: Call;
  stop?: () => void;
  /** Running operations by id; each has its own signal. */
  operations?: Map<string, AbortController>;
};

/**
 * GraphQL over WebSocket (graphql-transport-ws) on /graphql, through the same pipeline as HTTP. The connection's proof
 * is given once, in `connectionParams`; when it ends, the socket closes with 4403.
 */
export function graphqlSockets(input: {
  yoga: Yoga;
  bus: Bus;
  server: Server;
  makeCall: MakeSocketCall;
  log: Logger;
}): AsyncDisposable {
  const { yoga, bus, server, makeCall, log } = input;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxDocumentBytes });
  // graphql-ws listens for the first error of a socket only; a second one would end the process.
  sockets.on('connection', (socket) =>
    socket.on('error', (error) => log.debug({ operation: 'graphql.socket', error: error.message })),
  );
  const serving = useServer<Record<string, unknown>, SocketState>(
    {
      isProd: true, // a fault closes with 4500 and no text of its own
      async onConnect({ extra, connectionParams }) {
        const call = await makeCall(extra.request, connectionParams ?? {});
        if (call.credentialError) return false; // closes with 4403
        const operations = new Map<string, AbortController>();
        const proof = proofEnd(call, bus);
        Object.assign(extra, { call, operations, stop: proof.stop } satisfies SocketState);
        stopWhenCompleted(extra, operations);
        const close = () => {
          for (const operation of operations.values()) operation.abort(proof.signal.reason);
          extra.socket.close(forbidden, 'Forbidden');
        };
        if (proof.signal.aborted) return false;
        proof.signal.addEventListener('abort', close, { once: true });
        return true;
      },
      onDisconnect({ extra }) {
        extra.stop?.();
        for (const operation of extra.operations?.values() ?? []) operation.abort();
      },
      async onSubscribe({ extra }, id, { ...payload }) {
        if ((extra.operations?.size ?? 0) >= maxOperations) return [tooManyOperations()];
        const gone = new AbortController();
        extra.operations?.set(id, gone);
        const call = { ...(extra.call as Call), signal: gone.signal };
        const prepared = await prepareOperation({ yoga, call, payload });
        if (Array.isArray(prepared)) extra.operations?.delete(id);
        return prepared;
      },
      onNext: (_context, _id, _payload, _args, { errors }) => {
        errors?.forEach(withoutHttp);
      },
      onComplete({ extra }, id) {
        extra.operations?.get(id)?.abort();
        extra.operations?.delete(id);
      },
      execute: (args) => (args.rootValue as Pipeline).execute(withoutPipeline(args)),
      subscribe: (args) => (args.rootValue as Pipeline).subscribe(withoutPipeline(args)),
    },
    sockets,
  );

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (isGraphQL(request))
      sockets.handleUpgrade(request, socket, head, (webSocket) => sockets.emit('connection', webSocket, request));
    else if (server.listenerCount('upgrade') === 1) refuseUpgrade(socket);
  };
  server.on('upgrade', onUpgrade);
  return {
    [Symbol.asyncDispose]: async () => {
      server.off('upgrade', onUpgrade);
      for (const client of sockets.clients) client.close(goingAway, 'Going away');
      await serving.dispose();
    },
  };
}

const tooManyOperations = () =>
  toGraphQLError(
    appError({
      code: 'TOO_MANY_REQUESTS',
      status: 429,
      message: `A connection runs at most ${maxOperations} operations at a time`,
      nextActions: 'Complete some of them first, or open another connection.',
    }),
  );

/** graphql-ws ends a stream on `complete`; a query in the middle of its resolvers has to be told as well. */
function stopWhenCompleted({ socket }: Extra, operations: ReadonlyMap<string, AbortController>): void {
  socket.on('message', (data) => {
    const text = String(data);
    if (text.length > 1000 || !text.includes('"complete"')) return;
    try {
      const message = JSON.parse(text) as { type?: unknown; id?: unknown } | null;
      if (message?.type === 'complete') operations.get(String(message.id))?.abort();
    } catch {
      // not JSON: graphql-ws closes with 4400
    }
  });
}

/** Compares the path alone: a client may send any text here, also one that is no URL. */
function isGraphQL({ url = '' }: IncomingMessage): boolean {
  const [path = ''] = url.split('?');
  return path.replace(/\/$/, '').toLowerCase() === '/graphql';
}

/** When no other gateway listens for upgrades, nobody else would answer. */
function refuseUpgrade(socket: Duplex): void {
  socket.on('error', () => undefined);
  socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}
