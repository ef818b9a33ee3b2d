import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { socketCalls } from '../../src/core/http/calls.ts';
import { createLog } from '../../src/core/log.ts';
import { testApp } from '../app.ts';

test('CORS reflects the origin with credentials, answers preflights, and exposes what clients read', async () => {
  await using app = await testApp();
  const preflight = await app.nobody().request('OPTIONS', '/api/database/records/posts', undefined, {
    origin: 'https://app.example',
    'access-control-request-method': 'PATCH',
    'access-control-request-headers': 'authorization,prefer,accept-profile,content-profile,range,x-csrf-token',
  });
  expect(preflight.statusCode).toBe(204);
  expect(preflight.headers).toMatchObject({
    'access-control-allow-origin': 'https://app.example',
    'access-control-allow-credentials': 'true',
  });
  expect(preflight.headers['access-control-allow-headers']).toContain('content-profile');
  for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE'])
    expect(preflight.headers['access-control-allow-methods']).toContain(method);

  const answer = await app.nobody().get('/api/nowhere', { origin: 'https://app.example' });
  expect(answer.headers['access-control-allow-origin']).toBe('https://app.example');
  expect(answer.headers.vary).toContain('Origin');
  for (const name of ['Content-Range', 'Preference-Applied'])
    expect(answer.headers['access-control-expose-headers']).toContain(name);
});

test('CORS_ORIGINS limits who is reflected', async () => {
  await using app = await testApp({ env: { CORS_ORIGINS: 'https://app.example' } });
  const allowed = await app.nobody().get('/api/health', { origin: 'https://app.example' });
  const other = await app.nobody().get('/api/health', { origin: 'https://evil.example' });
  expect(allowed.headers['access-control-allow-origin']).toBe('https://app.example');
  expect(other.headers['access-control-allow-origin']).toBeUndefined();
});

test.each(['POST', 'PUT', 'DELETE'] as const)('an empty JSON body on %s means no body, not a 400', async (method) => {
  await using app = await testApp();
  const response = await app
    .nobody()
    .request(method, '/api/nowhere', '', { 'content-type': 'application/json;charset=UTF-8' });
  expect(response.statusCode).toBe(404);
});

test.each([
  ['malformed JSON', '{"a":', 400, 'INVALID_INPUT'],
  ['a scalar at the top', '"text"', 400, 'INVALID_INPUT'],
  ['more than the limit', JSON.stringify({ a: 'x'.repeat(3000) }), 413, 'INVALID_INPUT'],
])('%s is a clear 4xx in the envelope', async (_name, payload, status, code) => {
  await using app = await testApp({ env: { MAX_JSON_BODY_SIZE: '2kb' } });
  const response = await app
    .nobody()
    .request('POST', '/api/auth/sessions', payload, { 'content-type': 'application/json' });
  expect(response.statusCode).toBe(status);
  expect(response.json()).toMatchObject({ error: code, statusCode: status, message: expect.any(String) });
});

test('paths are case-insensitive and may end in a slash', async () => {
  await using app = await testApp();
  expect((await app.nobody().get('/API/Health/')).statusCode).toBe(200);
});

test('readiness follows the database', async () => {
  await using app = await testApp();
  expect((await app.nobody().get('/readyz')).statusCode).toBe(200);
  expect((await app.nobody().get('/healthz')).json()).toEqual({ status: 'ok' });
});

test('the public keys are served at both addresses, and are public only', async () => {
  await using app = await testApp();
  const [one, two] = await Promise.all(
    ['/.well-known/jwks.json', '/api/.well-known/jwks.json'].map((url) => app.nobody().get(url)),
  );
  expect(one?.json()).toEqual(two?.json());
  expect(one?.json().keys).toHaveLength(1);
  expect(Object.keys(one?.json().keys[0]).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
});

test('a forged X-Forwarded-For is believed only behind as many proxies as TRUST_PROXY says', async () => {
  const ipSeen = async (env: Record<string, string>) => {
    const ips: unknown[] = [];
    await using app = await testApp({ env });
    app.server.addHook('onRequest', async (req) => void ips.push(req.ip));
    await app.nobody().get('/healthz', { 'x-forwarded-for': '6.6.6.6, 7.7.7.7' });
    return ips[0];
  };
  expect(await ipSeen({})).toBe('127.0.0.1');
  expect(await ipSeen({ TRUST_PROXY: '1' })).toBe('7.7.7.7');
  expect(await ipSeen({ TRUST_PROXY: 'true' })).toBe('6.6.6.6');
});

test('a torn request line gets a 4xx and does not stop the server', async () => {
  await using app = await testApp();
  const base = new URL(await app.listen());
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(Number(base.port), base.hostname, () => socket.write('NONSENSE\r\n\r\n'));
    socket.once('data', (chunk) => resolve(chunk.toString()));
  });
  expect(answer).toMatch(/^HTTP\/1\.1 4\d\d/);
  expect((await fetch(`${base.origin}/healthz`)).status).toBe(200);
});

test('the log has one line per request, without its query, its credentials or its body', async () => {
  const lines: string[] = [];
  await using app = await testApp({ onLog: (line) => lines.push(line) });
  await app.nobody().post('/api/nowhere?token=hunter2', { password: 'hunter2' }, { authorization: 'Bearer hunter2' });
  const requests = lines.map((line) => JSON.parse(line)).filter((line) => line.operation === 'http');
  expect(requests).toEqual([
    expect.objectContaining({ method: 'POST', path: '/api/nowhere', status: 404, durationMs: expect.any(Number) }),
  ]);
  expect(lines.join()).not.toContain('hunter2');
});

test.each<[string, boolean | number | string[], string]>([
  ['nobody', false, '10.0.0.9'],
  ['one hop', 1, '7.7.7.7'],
  ['everybody', true, '6.6.6.6'],
  ['named addresses', ['10.0.0.0/8', '7.7.7.7'], '6.6.6.6'],
])('a socket reads its client address by the same rules: trusting %s', async (_name, trustProxy, expected) => {
  const identify = async () => ({ viewer: null, credentialError: null });
  const makeCall = socketCalls({ identify, log: createLog('silent'), nextId: () => 'id', trustProxy });
  const request = { headers: { 'x-forwarded-for': '6.6.6.6, 7.7.7.7' }, socket: { remoteAddress: '10.0.0.9' } };
  expect((await makeCall(request as unknown as IncomingMessage, {})).ip).toBe(expected);
});
