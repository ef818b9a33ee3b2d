import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionArgs, GraphQLError } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { Call } from '../call.ts';
import type { Bus } from '../events.ts';
import { proofEnd } from './stream-end.ts';
import type { Yoga } from './yoga.ts';

/** Makes the Call of a connection from its upgrade request and `connectionParams`. */
export type MakeSocketCall = (request: IncomingMessage, params: Readonly<Record<string, unknown>>) => Promise<Call>;

const maxMessageBytes = 4 * 1024 * 1024;
const forbidden = 4403;
const goingAway = 1001;

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
export function graphqlSockets({
  yoga,
  bus,
  server,
  makeCall,
}: {
  yoga: Yoga;
  bus: Bus;
  server: Server;
  makeCall: MakeSocketCall;
}): AsyncDisposable {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes });
  const serving = useServer<Record<string, unknown>, SocketState>(
    {
      async onConnect({ extra, connectionParams }) {
        const call = await makeCall(extra.request, connectionParams ?? {});
        if (call.credentialError) return false; // closes with 4403
        const proof = proofEnd(call, bus);
        extra.call = call;
        extra.stop = proof.stop;
        extra.operations = new Map();
        proof.signal.addEventListener('abort', () => extra.socket.close(forbidden, 'Forbidden'), { once: true });
        return true;
      },
      onDisconnect({ extra }) {
        extra.stop?.();
        for (const operation of extra.operations?.values() ?? []) operation.abort();
      },
      onSubscribe: ({ extra }, id, payload) => prepare(yoga, extra, id, payload),
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
    if (new URL(request.url ?? '/', 'http://localhost').pathname.replace(/\/$/, '').toLowerCase() !== '/graphql')
      return;
    sockets.handleUpgrade(request, socket, head, (webSocket) => sockets.emit('connection', webSocket, request));
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

interface Pipeline {
  execute: (args: ExecutionArgs) => ReturnType<ReturnType<Yoga['getEnveloped']>['execute']>;
  subscribe: (args: ExecutionArgs) => ReturnType<ReturnType<Yoga['getEnveloped']>['subscribe']>;
}

type Prepared = ExecutionArgs | readonly GraphQLError[];

/** Parses, validates and makes the context of one operation; its signal ends with the operation or the connection. */
async function prepare(
  yoga: Yoga,
  extra: Extra & SocketState,
  id: string,
  payload: SubscribePayload,
): Promise<Prepared> {
  const { call } = extra;
  if (!call) return [new GraphQLError('The connection is not initialised')];
  const gone = new AbortController();
  extra.operations?.set(id, gone);
  const enveloped = yoga.getEnveloped({
    call: { ...call, signal: gone.signal },
    params: payload,
    request: undefined as never,
    waitUntil: () => undefined,
  } as never);
  const document = enveloped.parse(payload.query);
  const errors = enveloped.validate(enveloped.schema, document);
  if (errors.length > 0) return errors;
  return {
    schema: enveloped.schema,
    document,
    operationName: payload.operationName ?? null,
    variableValues: payload.variables ?? null,
    contextValue: await enveloped.contextFactory(),
    rootValue: { execute: enveloped.execute, subscribe: enveloped.subscribe } satisfies Pipeline,
  };
}

const withoutPipeline = (args: ExecutionArgs): ExecutionArgs => ({ ...args, rootValue: undefined });
