import type { ExecutionResult } from 'graphql';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

export type Body = { query: string; variables?: Record<string, unknown>; operationName?: string };
type Headers = Record<string, string>;
/** All results of one operation, in order, as the client sees them. */
export type Transport = (
  base: string,
  headers: Headers,
  body: Body,
  signal?: AbortSignal,
) => Promise<ExecutionResult[]>;

const post = (base: string, headers: Headers, body: unknown, accept: string, signal?: AbortSignal) =>
  fetch(`${base}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, ...headers },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });

const http: Transport = async (base, headers, body, signal) => {
  const response = await post(base, headers, body, 'application/json', signal);
  return [(await response.json()) as ExecutionResult];
};

const sse: Transport = async (base, headers, body, signal) => {
  const results: ExecutionResult[] = [];
  const { events } = await openSse(base, headers, body, signal);
  for await (const result of events) results.push(result);
  return results;
};

const ws: Transport = async (base, headers, body, signal) => {
  const client = openWs(base, headers);
  const results: ExecutionResult[] = [];
  try {
    const iterator = client.iterate(body);
    signal?.addEventListener('abort', () => void iterator.return?.(), { once: true });
    for await (const result of iterator) results.push(result as ExecutionResult);
  } catch (errors) {
    if (!Array.isArray(errors)) throw errors;
    results.push({ errors }); // the `error` message of the protocol
  } finally {
    await client.dispose();
  }
  return results;
};

export const transports: Record<'HTTP' | 'SSE' | 'WebSocket', Transport> = { HTTP: http, SSE: sse, WebSocket: ws };

/** One stream in graphql-sse's distinct connections mode: `next` events until `complete`. */
export async function openSse(
  base: string,
  headers: Headers,
  body: Body,
  signal?: AbortSignal,
  accept = 'text/event-stream',
) {
  const response = await post(base, headers, body, accept, signal);
  if (!response.headers.get('content-type')?.startsWith('text/event-stream'))
    throw new Error(`not a stream: ${response.status} ${await response.text()}`);
  return { response, events: readEvents(response) };
}

async function* readEvents(response: Response): AsyncGenerator<ExecutionResult> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = /^event: ?(.*)$/m.exec(block)?.[1];
      if (event === 'complete') return;
      if (event === 'next') yield JSON.parse(/^data: ?(.*)$/m.exec(block)?.[1] ?? 'null') as ExecutionResult;
    }
  }
}

/** A graphql-ws client that gives its credential in connectionParams and never retries. */
export const openWs = (base: string, connectionParams: Record<string, unknown>, onClosed?: (code: number) => void) =>
  createClient({
    url: `${base.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams,
    retryAttempts: 0,
    on: { closed: (event) => onClosed?.((event as { code: number }).code) },
  });

/** A bare socket of the protocol, for what a well-behaved client never sends. */
export async function rawSocket(base: string, protocol = 'graphql-transport-ws') {
  const socket = new WebSocket(`${base.replace('http', 'ws')}/graphql`, protocol);
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
  );
  const waiting: ((message: { type: string }) => void)[] = [];
  const messages: { type: string }[] = [];
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as { type: string };
    const taker = waiting.shift();
    if (taker) taker(message);
    else messages.push(message);
  });
  await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return {
    socket,
    closed,
    send: (message: unknown) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    next: () => {
      const message = messages.shift();
      return message ? Promise.resolve(message) : new Promise<{ type: string }>((resolve) => waiting.push(resolve));
    },
  };
}
