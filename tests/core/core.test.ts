import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createLocalBus } from '../../src/core/bus.ts';
import { AppError } from '../../src/core/errors.ts';
import { keepSecrets } from '../../src/core/kept-secrets.ts';
import { createLog } from '../../src/core/log.ts';
import { createLocalRateLimiters } from '../../src/core/rate-limit.ts';
import { Secret } from '../../src/core/secret.ts';
import { createVault } from '../../src/core/vault.ts';

const folder = mkdtempSync(join(tmpdir(), 'pleiad-core-'));
afterAll(() => rmSync(folder, { recursive: true }));
const vault = createVault(new Secret('a key for this test, long enough'));

test('the vault opens what it sealed, in the same place only, and notices every change', () => {
  const sealed = vault.seal('the text', 'system.secrets/A');
  expect(vault.open(sealed, 'system.secrets/A')).toBe('the text');
  expect(vault.seal('the text', 'system.secrets/A')).not.toBe(sealed);
  expect(() => vault.open(sealed, 'system.secrets/B')).toThrow();
  const [head, id, iv, tag, body = ''] = sealed.split('.');
  const flipped = Buffer.from(body, 'base64url');
  flipped[0] = (flipped[0] ?? 0) ^ 1;
  expect(() => vault.open([head, id, iv, tag, flipped.toString('base64url')].join('.'), 'system.secrets/A')).toThrow();
  expect(() => vault.open([head, id, iv, tag?.slice(0, 6), body].join('.'), 'system.secrets/A')).toThrow();
});

test('another ENCRYPTION_KEY is named as the reason, by key id', () => {
  const sealed = vault.seal('x', 'c');
  expect(() => createVault(new Secret('another key, just as long as it')).open(sealed, 'c')).toThrow(
    /another ENCRYPTION_KEY/,
  );
});

test('secrets are made once, kept, and the environment wins over them', () => {
  const nothing = { jwt: null, encryption: null, adminPassword: null };
  const first = keepSecrets(folder, nothing);
  const again = keepSecrets(folder, nothing);
  expect([first.isAdminPasswordNew, again.isAdminPasswordNew]).toEqual([true, false]);
  expect(again.jwt.reveal()).toBe(first.jwt.reveal());
  expect(again.encryption.reveal()).not.toBe(again.jwt.reveal());
  const given = keepSecrets(folder, { ...nothing, adminPassword: new Secret('mine') });
  expect(given.adminPassword.reveal()).toBe('mine');
  expect(readFileSync(first.file, 'utf8')).not.toContain('"mine"');
});

test('a bus subscriber gets every event once and in order, and stops when its signal aborts', async () => {
  const bus = createLocalBus();
  const gone = new AbortController();
  const events = bus.subscribe('audit.recorded', gone.signal);
  for (const id of ['1', '2', '3']) bus.publish('audit.recorded', { id });
  const seen = [];
  for await (const { id } of events) {
    seen.push(id);
    if (id === '3') gone.abort();
  }
  expect(seen).toEqual(['1', '2', '3']);
});

test('a slow subscriber is cut with an error instead of being buffered without end', async () => {
  const bus = createLocalBus();
  const events = bus.subscribe('audit.recorded', new AbortController().signal, 10);
  for (let id = 0; id <= 10; id += 1) bus.publish('audit.recorded', { id: String(id) });
  await expect(events.next()).rejects.toMatchObject({ code: 'SUBSCRIPTION_TOO_SLOW' });
  expect(await events.next()).toMatchObject({ done: true });
});

test('a limiter refuses past its points with the seconds to wait, for that key alone', async () => {
  const limiter = createLocalRateLimiters()('test', { points: 2, durationSeconds: 60 });
  await limiter.take('a');
  await limiter.take('a');
  const refusal = await limiter.take('a').catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(AppError);
  expect(refusal).toMatchObject({ code: 'TOO_MANY_REQUESTS', status: 429, details: { retryAfterSeconds: 60 } });
  await limiter.take('b');
  await limiter.reset('a');
  await limiter.take('a');
});

test('no secret reaches the log, at any depth that we log', () => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => lines.push(line) });
  log.info({
    password: 'hunter2',
    headers: { authorization: 'hunter2', cookie: 'hunter2' },
    req: { body: { refreshToken: 'hunter2' } },
    key: new Secret('hunter2'),
  });
  expect(lines.join()).not.toContain('hunter2');
});
