import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Logger } from 'pino';
import { type Dispatched, dispatch, type Place } from './dispatch.ts';
import { type S3Error, toS3Error } from './errors.ts';
import { rawHeaders, toWire } from './headers.ts';
import { isUnsafeHeaderValue } from './object-headers.ts';
import type { Gateway, S3Response } from './request.ts';
import { plainXmlDocument } from './xml-write.ts';

/** Bytes of an unwanted body that we swallow so that the client can read the answer and keep the connection. */
const maxDrainedBytes = 64 * 1024 * 1024;
const idleTimeoutMs = 120_000;

export interface HttpParts {
  gateway: Gateway;
  log: Logger;
  nextId: () => string;
  ipOf: (request: IncomingMessage) => string;
}

/** Answers one raw request; never throws. `mustContinue`: the client waits for `100 Continue` before it sends its body. */
export async function answerRequest(
  { gateway, log, nextId, ipOf }: HttpParts,
  req: IncomingMessage,
  res: ServerResponse,
  { mustContinue, ...place }: Place & { mustContinue: boolean },
): Promise<void> {
  const started = performance.now();
  const requestId = nextId();
  const gone = new AbortController();
  res.once('close', () => {
    if (!res.writableFinished) gone.abort();
  });
  const body = bodyOf(req, res, mustContinue);
  const call = {
    viewer: null,
    credentialError: null,
    signal: gone.signal,
    log: log.child({ requestId }),
    requestId,
    ip: ipOf(req),
  };
  const incoming = {
    method: req.method ?? 'GET',
    url: req.url ?? '/',
    headers: rawHeaders(req.rawHeaders),
    call,
    open: body.open,
  };
  const state: { dispatched: Dispatched | null; error: S3Error | null } = { dispatched: null, error: null };
  let answer: S3Response;
  try {
    state.dispatched = dispatch(gateway, incoming, place);
    answer = await state.dispatched.run();
  } catch (error) {
    state.error = toS3Error(error);
    answer = errorAnswer(state.error, requestId, req.url ?? '/');
  }
  const { dispatched, error } = state;
  const outcome = await send(req, res, {
    answer,
    requestId,
    cors: await dispatched?.cors().catch(() => ({})),
    isBodyWanted: body.isOpen() || !mustContinue,
  });
  const line = {
    operation: `s3.${dispatched?.operation ?? 'Unknown'}`,
    status: answer.status,
    code: error?.code,
    durationMs: Math.round(performance.now() - started),
    outcome,
  };
  if (error && error.status >= 500 && error.cause && !gone.signal.aborted)
    call.log.error({ ...line, err: error.cause }, 's3 request failed');
  else call.log.info(line, 's3 request');
}

/** The raw body, whose reading lets a waiting client go on. */
function bodyOf(req: IncomingMessage, res: ServerResponse, mustContinue: boolean) {
  let isOpen = false;
  return {
    isOpen: () => isOpen,
    open(): AsyncIterable<Buffer> {
      isOpen = true;
      if (mustContinue) res.writeContinue();
      // Only while bytes are due: what the room does with them may take longer.
      req.socket.setTimeout(idleTimeoutMs);
      req.once('end', () => req.socket.setTimeout(0));
      // The socket must outlive the body, or an early error could not be answered.
      return req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
    },
  };
}

function errorAnswer(error: S3Error, requestId: string, url: string): S3Response {
  const path = url.split('?')[0] ?? '/';
  return {
    status: error.status,
    headers: error.headers,
    body: plainXmlDocument('Error', [
      ['Code', error.code],
      ['Message', error.message],
      ...Object.entries(error.details),
      ['Resource', path],
      ['RequestId', requestId],
      ['HostId', requestId],
    ]),
  };
}

interface Sending {
  answer: S3Response;
  requestId: string;
  cors: Record<string, string> | undefined;
  /** False: the client was never told to send its body, so the connection cannot be used again. */
  isBodyWanted: boolean;
}

async function send(req: IncomingMessage, res: ServerResponse, sending: Sending): Promise<'sent' | 'aborted'> {
  const { answer, requestId, cors, isBodyWanted } = sending;
  const { status, body } = answer;
  if (res.destroyed || res.headersSent) {
    if (body instanceof Readable) body.destroy();
    return 'aborted';
  }
  const headers: Record<string, string | number | undefined> = {
    server: 'Pleiad',
    'x-amz-request-id': requestId,
    'x-amz-id-2': requestId,
    ...cors,
    ...answer.headers,
  };
  if (!isBodyWanted && !req.complete) headers.connection = 'close';
  const text = typeof body === 'string' ? Buffer.from(body) : null;
  if (text) Object.assign(headers, { 'content-type': 'application/xml', 'content-length': text.length });
  else if (!body && status !== 204 && status !== 304) headers['content-length'] ??= 0;
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) res.setHeader(name, typeof value === 'string' ? toWire(headerSafe(value)) : value);
  res.statusCode = status;
  drainAfter(req, res);
  req.socket.setTimeout(idleTimeoutMs);
  if (body instanceof Readable) return pipe(body, res);
  res.end(req.method === 'HEAD' || status === 304 ? undefined : (text ?? undefined));
  return 'sent';
}

/** What other faces have stored may hold characters that no header can carry. */
const headerSafe = (value: string) => (isUnsafeHeaderValue(value) ? value.replaceAll(/\p{Cc}/gu, ' ') : value);

/** A backend that fails midway must show as a broken connection, not as a short object. */
async function pipe(body: Readable, res: ServerResponse): Promise<'sent' | 'aborted'> {
  try {
    await pipeline(body, res);
    return 'sent';
  } catch {
    res.destroy();
    return 'aborted';
  }
}

/** After an early answer the client may still be sending: swallow a bounded rest, then hang up. */
function drainAfter(req: IncomingMessage, res: ServerResponse): void {
  if (req.complete) return;
  res.once('finish', () => {
    if (req.complete || req.destroyed) return;
    let drained = 0;
    req.on('data', (chunk: Buffer) => {
      drained += chunk.length;
      if (drained > maxDrainedBytes) req.socket.destroy();
    });
    req.resume();
  });
}
