import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startProcess } from './process.ts';

const run = promisify(execFile);
const binaries = '/usr/lib/postgresql/15/bin';
const isInstalled = existsSync(join(binaries, 'postgres'));
if (!isInstalled)
  console.warn(`SKIPPED: no Postgres 15 under ${binaries} (Debian: postgresql-15), so DATABASE_URL is not tried`);

test.runIf(isInstalled)(
  "DATABASE_URL: the whole server runs on Debian's Postgres 15, also at a second start",
  async () => {
    await using postgres = await startPostgres15();
    for (const attempt of ['first', 'second']) {
      await using server = await startProcess({
        DATABASE_URL: postgres.url,
        JWT_SECRET: 'x'.repeat(40),
        ENCRYPTION_KEY: 'y'.repeat(40),
      });
      const base = await server.url();
      expect((await fetch(`${base}/readyz`)).status, attempt).toBe(200);
      expect(existsSync(join(server.dir, 'postgres')), 'no embedded Postgres is made').toBe(false);
      server.kill('SIGINT');
      expect(await server.exit).toBe(0);
    }
  },
);

test('a DATABASE_URL that does not answer is one clear line and exit code 1', async () => {
  await using server = await startProcess({
    DATABASE_URL: `postgres://nobody:secret@127.0.0.1:${await freePort()}/none`,
  });
  expect(await server.exit).toBe(1);
  expect(server.output()).toContain('The database cannot be reached');
  expect(server.output()).not.toContain('secret');
});

/** A fresh cluster of Debian's Postgres, owned by its user `postgres` when we are root. */
async function startPostgres15() {
  const dir = await mkdtemp(join(tmpdir(), 'pleiad-pg15-'));
  await chmod(dir, 0o777);
  const isRoot = process.getuid?.() === 0;
  const as = (command: string, args: string[]) =>
    isRoot ? run('runuser', ['-u', 'postgres', '--', command, ...args]) : run(command, args);
  const data = join(dir, 'data');
  const port = await freePort();
  await as(join(binaries, 'initdb'), ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8']);
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off`;
  await as(join(binaries, 'pg_ctl'), ['-D', data, '-o', options, '-l', join(dir, 'log'), '-w', 'start']);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    [Symbol.asyncDispose]: async () => {
      await as(join(binaries, 'pg_ctl'), ['-D', data, '-m', 'immediate', '-w', 'stop']);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
