import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { testApp } from '../app.ts';
import { formOf, withBucket } from './forms.ts';
import { environment, type Home, home, restart } from './server-process.ts';

const objects = '/api/storage/buckets/b/objects';

async function otherServer() {
  const app = await testApp();
  const base = await app.listen();
  const admin = await withBucket(app, 'blobs');
  const key = (await admin.post('/api/storage/s3/access-keys')).json();
  const env = {
    ...{ S3_BUCKET: 'blobs', S3_ENDPOINT_URL: `${base}/storage/v1/s3`, S3_USE_PRESIGNED_URLS: 'false' },
    ...{ S3_ACCESS_KEY_ID: key.accessKeyId, S3_SECRET_ACCESS_KEY: key.secretAccessKey },
  };
  return { app, env, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

async function migrate(at: Home, env: Record<string, string>) {
  const script = join(import.meta.dirname, '../../scripts/storage-migrate.ts');
  const child = spawn(process.execPath, [script], {
    env: { PATH: process.env.PATH ?? '', ...environment(at), ...env },
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, out, err };
}

async function filled(at: Home, keys: readonly string[]) {
  await using server = await restart(at);
  await server.request('POST', '/api/storage/buckets', { bucketName: 'b', isPublic: false });
  for (const key of keys) {
    const { payload, headers } = formOf({ bytes: `bytes of ${key}`, type: 'text/plain' });
    expect((await server.request('PUT', `${objects}/${key}`, payload, headers)).statusCode).toBe(200);
  }
}

test('npm run storage:migrate brings every file to S3, verified; again it has nothing to do', async () => {
  await using other = await otherServer();
  await using at = await home();
  const keys = Array.from({ length: 12 }, (_, n) => `file-${n}`);
  await filled(at, keys);
  const first = await migrate(at, other.env);
  expect([first.code, first.err]).toEqual([0, '']);
  expect(first.out).toContain('100 %  12/12 files');
  expect(first.out).toContain('12 of 12 files moved, 0 were there already.');
  expect((await migrate(at, other.env)).out).toContain('0 of 12 files moved, 12 were there already.');
  await using next = await restart(at, other.env);
  for (const key of keys) expect((await next.get(`${objects}/${key}`)).body).toBe(`bytes of ${key}`);
  await next.sweep();
  for (const key of keys) expect((await next.get(`${objects}/${key}`)).body).toBe(`bytes of ${key}`);
}, 60_000);

test('a file that is not what its row says stops the move and is not taken over; the rest goes on later', async () => {
  await using other = await otherServer();
  await using at = await home();
  await filled(at, ['a', 'b', 'c']);
  const folder = join(at.dataDir, 'storage/blobs');
  const [blob] = (await readdir(folder, { recursive: true })).filter((name) => name.includes('-')).sort();
  await appendFile(join(folder, blob as string), 'tampered');
  const stopped = await migrate(at, other.env);
  expect(stopped.code).not.toBe(0);
  expect(stopped.err).toContain('its row says');
  await using server = await restart(at);
  const { rows } = await server.pools.system.query('SELECT blob FROM storage.content_parts WHERE length(blob) = 81');
  expect(rows.length).toBeGreaterThanOrEqual(1);
}, 60_000);
