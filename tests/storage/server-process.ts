import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { inject } from 'vitest';
import { createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/core/log.ts';
import { Secret } from '../../src/core/secret.ts';
import { createServer } from '../../src/server.ts';
import { templateName, testEncryptionKey } from '../postgres.ts';

export const apiKey = `ik_${'0123456789abcdef'.repeat(4)}`;
const jwtSecret = 'a jwt secret for tests, long enough to pass';
const auth = { authorization: `Bearer ${apiKey}` };

/** A database and a data folder that outlive the servers on them. */
export async function home() {
  await using resources = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'pleiad-crash-'));
  resources.defer(() => rm(dataDir, { recursive: true, force: true }));
  const serverUrl = inject('postgresUrl');
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  await run(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${templateName}`);
  resources.defer(() => run(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const owned = resources.move();
  return { dataDir, databaseUrl: url.toString(), [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
export type Home = Awaited<ReturnType<typeof home>>;

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement);
  await client.end();
}

export const environment = ({ dataDir, databaseUrl }: Home) => ({
  ...{ NODE_ENV: 'test', PORT: '0', DATA_DIR: dataDir, DATABASE_URL: databaseUrl, LOG_LEVEL: 'error' },
  ...{ ENCRYPTION_KEY: testEncryptionKey.reveal(), JWT_SECRET: jwtSecret, ACCESS_API_KEY: apiKey, DB_POOL_SIZE: '5' },
});

/** `npm start` on that home, as a process of its own that can be killed. */
export async function startProcess(at: Home) {
  const main = join(import.meta.dirname, '../../src/main.ts');
  const env = { PATH: process.env.PATH ?? '', ...environment(at) };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const base = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, url] = /REST\s+(http:\S+)\/api/.exec(line) ?? [];
      if (url) resolve(url);
    });
    void exited.then(() => reject(new Error('the server ended before it was ready')));
  });
  return {
    base,
    fetch: (path: string, init: RequestInit = {}) =>
      fetch(base + path, { ...init, headers: { ...auth, ...(init.headers as Record<string, string>) } }),
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** The next server on that home, in this process. */
export async function restart(at: Home, env: Record<string, string> = {}) {
  await using resources = new AsyncDisposableStack();
  const kept = {
    ...{ jwt: new Secret(jwtSecret), encryption: testEncryptionKey, adminPassword: new Secret('unused') },
    ...{ postgresPassword: new Secret('unused'), file: join(at.dataDir, 'secrets.json'), isAdminPasswordNew: false },
  };
  const config = loadConfig({ ...environment(at), ...env });
  const app = resources.use(await createApp({ config, kept, databaseUrl: at.databaseUrl, log: createLog('silent') }));
  const server = await createServer(app);
  resources.defer(() => server.close());
  const owned = resources.move();
  const request = (method: 'GET' | 'PUT' | 'POST', url: string, payload?: object, headers?: Record<string, string>) =>
    server.inject({ method, url, headers: { ...auth, ...headers }, ...(payload ? { payload } : {}) });
  return {
    request,
    get: (url: string) => request('GET', url),
    sweep: () => app.rooms.storage.sweeper.sweep({ readerGraceMs: 0, orphanGraceMs: 0 }),
    objectDomain: app.rooms.storage.objectDomain,
    pools: app.pools,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
