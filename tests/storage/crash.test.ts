import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import pg from 'pg';
import { expect, test } from 'vitest';
import { type Home, home, restart, startProcess } from './server-process.ts';

type Server = Awaited<ReturnType<typeof startProcess>>;
const objects = '/api/storage/buckets/b/objects';
const put = (server: Server, key: string, text: string | ReadableStream) => {
  const form = new FormData();
  form.append('file', new Blob([text as string], { type: 'text/plain' }), 'file.txt');
  return server.fetch(`${objects}/${key}`, { method: 'PUT', body: form });
};
const post = (server: Server, path: string, body: unknown) =>
  server.fetch(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

async function arranged(at: Home): Promise<Server> {
  const server = await startProcess(at);
  expect((await post(server, '/api/storage/buckets', { bucketName: 'b', isPublic: false })).status).toBe(201);
  expect((await put(server, 'k', 'old bytes')).status).toBe(200);
  return server;
}

/** Freezes every statement that touches a table, so that the server stands still at that very step. */
async function frozenAt(at: Home, table: string) {
  const client = new pg.Client({ connectionString: at.databaseUrl });
  await client.connect();
  await client.query('BEGIN');
  await client.query(`LOCK TABLE storage.${table} IN ACCESS EXCLUSIVE MODE`);
  return {
    reached: () =>
      expect
        .poll(
          async () => {
            const { rows } = await client.query(
              `SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
            );
            return rows[0].waiting;
          },
          { timeout: 10_000 },
        )
        .toBeGreaterThan(0),
    [Symbol.asyncDispose]: () => client.end(),
  };
}

async function filesIn(at: Home): Promise<string[]> {
  const names = await readdir(join(at.dataDir, 'storage'), { recursive: true, withFileTypes: true });
  return names.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

/** What is true after every crash: each row has its bytes, each file has its row, and all of it survives a sweep. */
async function expectSound(at: Home, expected: Record<string, string | null>) {
  await using next = await restart(at);
  for (const when of ['before the sweep', 'after the sweep']) {
    for (const [key, text] of Object.entries(expected)) {
      const got = await next.get(`${objects}/${key}`);
      expect([when, key, got.statusCode === 404 ? null : got.body]).toEqual([when, key, text]);
    }
    await next.sweep();
  }
  const { rows } = await next.pools.system.query<{ blob: string }>(
    'SELECT blob FROM storage.content_parts UNION SELECT blob FROM storage.upload_parts ORDER BY 1',
  );
  expect((await filesIn(at)).sort()).toEqual(rows.map((row) => row.blob));
}

const tables = ['objects', 'contents', 'object_contents', 'object_tags'];

test.each(tables)(
  'killed inside a put, as it reaches %s: the old object stands, nothing half-written is left',
  async (table) => {
    await using at = await home();
    await using server = await arranged(at);
    {
      await using step = await frozenAt(at, table);
      const lost = put(server, 'k', 'new bytes').catch(() => null);
      await step.reached();
      await server.kill();
      expect(await lost).toBeNull();
    }
    await expectSound(at, { k: 'old bytes' });
  },
  60_000,
);

test('killed while the body of a put arrives: the old object stands, and the piece goes', async () => {
  await using at = await home();
  await using server = await arranged(at);
  const body = new ReadableStream({
    start(controller) {
      const head = '--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n';
      controller.enqueue(Buffer.from(head + 'y'.repeat(2 * 1024 ** 2)));
    },
  });
  const init = { method: 'PUT', body, duplex: 'half', headers: { 'content-type': 'multipart/form-data; boundary=x' } };
  const lost = server.fetch(`${objects}/k`, init as RequestInit).catch(() => null);
  await expect.poll(() => readdir(join(at.dataDir, 'storage/staging')), { timeout: 10_000 }).toHaveLength(1);
  await server.kill();
  expect(await lost).toBeNull();
  await expectSound(at, { k: 'old bytes' });
}, 60_000);

test.each(tables)(
  'killed inside a copy, as it reaches %s: the source stands and there is no half a copy',
  async (table) => {
    await using at = await home();
    await using server = await arranged(at);
    {
      await using step = await frozenAt(at, table);
      const lost = post(server, '/api/storage/buckets/b/copy', { from: 'k', to: 'copy' }).catch(() => null);
      await step.reached();
      await server.kill();
      expect(await lost).toBeNull();
    }
    await expectSound(at, { k: 'old bytes', copy: null });
  },
  60_000,
);

test.each(['object_contents', 'dead_contents'])(
  'killed inside a delete, as it reaches %s: the object is still there, whole',
  async (table) => {
    await using at = await home();
    await using server = await arranged(at);
    {
      await using step = await frozenAt(at, table);
      const lost = server.fetch(`${objects}/k`, { method: 'DELETE' }).catch(() => null);
      await step.reached();
      await server.kill();
      expect(await lost).toBeNull();
    }
    await expectSound(at, { k: 'old bytes' });
  },
  60_000,
);

test.each(['upload_parts', 'objects', 'object_contents'])(
  'killed inside a complete, as it reaches %s: no object yet, and the same complete succeeds afterwards',
  async (table) => {
    await using at = await home();
    await using server = await arranged(at);
    const upload = await startedUpload(server);
    {
      await using step = await frozenAt(at, table);
      const lost = upload.complete(server).catch(() => null);
      await step.reached();
      await server.kill();
      expect(await lost).toBeNull();
    }
    await expectSound(at, { k: 'old bytes', big: null });
    await using again = await startProcess(at);
    expect((await upload.complete(again)).ETag).toMatch(/-2"$/);
    await again.kill();
    await expectSound(at, { k: 'old bytes', big: `${'a'.repeat(5 * 1024 ** 2)}end` });
  },
  90_000,
);

async function startedUpload(server: Server) {
  const key = (await (await post(server, '/api/storage/s3/access-keys', {})).json()) as {
    accessKeyId: string;
    secretAccessKey: string;
  };
  const clientOf = ({ base }: Server) =>
    new S3Client({
      endpoint: `${base}/storage/v1/s3`,
      region: 'us-east-2',
      forcePathStyle: true,
      credentials: key,
      maxAttempts: 1,
    });
  const client = clientOf(server);
  const at = { Bucket: 'b', Key: 'big' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(at));
  const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
  for (const [index, Body] of ['a'.repeat(5 * 1024 ** 2), 'end'].entries()) {
    const { ETag } = await client.send(new UploadPartCommand({ ...at, UploadId, PartNumber: index + 1, Body }));
    Parts.push({ PartNumber: index + 1, ETag });
  }
  return {
    complete: (on: Server) =>
      clientOf(on).send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } })),
  };
}

test('killed under load: every acknowledged object is whole', async () => {
  await using at = await home();
  await using server = await arranged(at);
  const acknowledged = new Map<string, string>();
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    for (let n = 0; ; n += 1) {
      const key = `${writer}-${n % 5}`;
      const text = `${key} ${n} `.repeat(2000);
      const answer = await put(server, key, text).catch(() => null);
      if (answer?.status === 200) acknowledged.set(key, text);
      // Cut off by the kill: this key holds the one or the other.
      else return acknowledged.delete(key);
    }
  });
  await expect.poll(() => acknowledged.size, { timeout: 20_000 }).toBe(20);
  await server.kill();
  await Promise.all(writers);
  expect(acknowledged.size).toBeGreaterThanOrEqual(16);
  await expectSound(at, Object.fromEntries(acknowledged));
}, 60_000);
