import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { isRunning } from '../../src/core/pid.ts';
import { postgresOf, startProcess } from './process.ts';

test('the first start prints the admin password, the second only where it is kept, and Ctrl-C ends both cleanly', async () => {
  await using folder = await tempFolder();
  await using first = await startProcess({}, folder.dir);
  const [, password = ''] = await first.printed(/Admin\s+admin \/ (\S+)/);
  const base = await first.url();
  expect(base).toMatch(/^http:\/\/localhost:\d+$/);
  expect((await (await fetch(`${base}/api/health`)).json()).status).toBe('ok');
  const postgres = await postgresOf(folder.dir);
  first.kill('SIGINT');
  expect(await first.exit).toBe(0);
  expect(isRunning(postgres?.pid ?? 0)).toBe(false);
  expect((await stat(join(folder.dir, 'secrets.json'))).mode & 0o777).toBe(0o600);

  await using second = await startProcess({}, folder.dir);
  await second.printed(/Admin\s+admin, password in .*secrets\.json/);
  expect(second.output()).not.toContain(password);
  second.kill('SIGTERM');
  expect(await second.exit).toBe(0);
});

test('after kill -9 the next start ends the orphaned postgres and loses no committed row', async () => {
  await using folder = await tempFolder();
  await using first = await startProcess({}, folder.dir);
  await first.url();
  const orphan = await postgresOf(folder.dir);
  await query(orphan?.url, "CREATE TABLE public.kept AS SELECT 'committed' AS word");
  first.kill('SIGKILL');
  await first.exit;
  expect(isRunning(orphan?.pid ?? 0)).toBe(true);

  await using second = await startProcess({}, folder.dir);
  await second.url();
  expect(isRunning(orphan?.pid ?? 0)).toBe(false);
  const heir = await postgresOf(folder.dir);
  expect(await query(heir?.url, 'SELECT word FROM public.kept')).toEqual([{ word: 'committed' }]);
});

test('after kill -9 of server and postgres together, stale pid files do not stop the next start', async () => {
  await using folder = await tempFolder();
  await using first = await startProcess({}, folder.dir);
  await first.url();
  const postgres = await postgresOf(folder.dir);
  process.kill(postgres?.pid ?? 0, 'SIGKILL');
  first.kill('SIGKILL');
  await first.exit;
  await using second = await startProcess({}, folder.dir);
  expect(await second.url()).toMatch(/^http/);
});

test('when the embedded postgres dies, the server says so and exits', async () => {
  await using server = await startProcess();
  await server.url();
  const postgres = await postgresOf(server.dir);
  process.kill(postgres?.pid ?? 0, 'SIGKILL');
  expect(await server.exit).toBe(1);
  expect(server.output()).toContain('The embedded Postgres ended');
});

test('a taken port is one clear line and exit code 1', async () => {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  const { port } = blocker.address() as { port: number };
  await using server = await startProcess({ PORT: String(port) });
  expect(await server.exit).toBe(1);
  expect(server.output().trim().split('\n').at(-1)).toBe(
    `Port ${port} is taken; stop what uses it or set another PORT`,
  );
  blocker.close();
});

test('a data folder that cannot be written is one clear line and exit code 1', async () => {
  await using folder = await tempFolder();
  await writeFile(join(folder.dir, 'file'), '');
  await using server = await startProcess({}, join(folder.dir, 'file/data'));
  expect(await server.exit).toBe(1);
  expect(server.output()).toMatch(/^DATA_DIR .*file\/data cannot be written: .*\n$/);
});

test('a data folder in use by another running Pleiad is refused, and the first goes on', async () => {
  await using first = await startProcess();
  const base = await first.url();
  await using second = await startProcess({}, first.dir);
  expect(await second.exit).toBe(1);
  expect(second.output()).toMatch(/is in use by another running Pleiad \(pid \d+\)/);
  expect((await fetch(`${base}/readyz`)).status).toBe(200);
});

test('data of a newer Postgres major is refused in words', async () => {
  await using folder = await tempFolder();
  await using first = await startProcess({}, folder.dir);
  await first.url();
  first.kill('SIGINT');
  await first.exit;
  const file = join(folder.dir, 'postgres/PG_VERSION');
  const current = Number(await readFile(file, 'utf8'));
  await writeFile(file, `${current + 1}\n`);
  await using second = await startProcess({}, folder.dir);
  expect(await second.exit).toBe(1);
  expect(second.output()).toContain(`was written by Postgres ${current + 1}, newer than the embedded ${current}`);
});

test('a first Ctrl-C waits for a running request, a second one leaves at once', async () => {
  await using server = await startProcess();
  const base = new URL(await server.url());
  // A request whose body never ends is running for as long as we like.
  const { connect } = await import('node:net');
  const socket = connect(Number(base.port), '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.on('error', () => undefined);
  socket.write('POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
  await fetch(new URL('/healthz', base)); // the server has read the first request by now
  server.kill('SIGINT');
  await server.printed(/Press Ctrl-C again/);
  server.kill('SIGINT');
  expect(await server.exit).toBe(130);
});

test('every fault of the configuration is told at once', async () => {
  await using server = await startProcess({
    PORT: 'abc',
    JWT_SECRET: 'short',
    DATABASE_URL: 'mysql://x',
    LOG_LEVEL: 'loud',
  });
  expect(await server.exit).toBe(1);
  for (const name of ['PORT', 'JWT_SECRET', 'DATABASE_URL', 'LOG_LEVEL'])
    expect(server.output()).toContain(`- ${name} `);
});

async function tempFolder() {
  const dir = await mkdtemp(join(tmpdir(), 'pleiad-boot-'));
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true, maxRetries: 5 }) };
}

async function query(url: string | undefined, text: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows;
}
