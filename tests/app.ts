import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { ExecutionResult } from 'graphql';
import type { InjectOptions, Response } from 'light-my-request';
import pg from 'pg';
import { inject } from 'vitest';
import { type App, createApp, type Parts } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import type { EventName } from '../src/core/events.ts';
import { createLog } from '../src/core/log.ts';
import { Secret } from '../src/core/secret.ts';
import { createServer } from '../src/server.ts';
import type { TypedDocumentString } from './gql/graphql.ts';
import { templateName, testEncryptionKey } from './postgres.ts';

export const adminPassword = 'an admin password for tests';
/** Also what a third-party issuer would share. */
export const jwtSecret = 'a jwt secret for tests, long enough to pass';

export interface TestAppOptions extends Partial<Parts> {
  /** Environment names, as `npm start` would read them. */
  env?: Record<string, string>;
  /** Called with each log line, for the tests that read the log. */
  onLog?: (line: string) => void;
}
export type TestApp = Awaited<ReturnType<typeof testApp>>;

/** The whole server in process on a fresh clone of the migrated template. `await using` ends it and drops the clone. */
export async function testApp(options: TestAppOptions = {}) {
  const { env, onLog, ...overrides } = options;
  await using resources = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'pleiad-app-'));
  resources.defer(() => rm(dataDir, { recursive: true, force: true }));
  const databaseUrl = await cloneTemplate(resources);
  const config = loadConfig({ NODE_ENV: 'test', PORT: '0', DB_POOL_SIZE: '10', DATA_DIR: dataDir, ...env });
  const app = resources.use(
    await createApp({ config, kept: keptSecrets(dataDir), databaseUrl, log: testLog(onLog), overrides }),
  );
  const server = await createServer(app);
  resources.defer(() => server.close());
  const owned = resources.move();

  return {
    ...app,
    server,
    databaseUrl,
    /** Names of the events that were published, in order. */
    events: recordEvents(app),
    keys: { api: await app.rooms.keys.current('apiKey'), anon: await app.rooms.keys.current('anonKey') },
    /** Starts listening on loopback (once) and answers the base URL, for clients that need a socket. */
    listen: async () => {
      const address = server.server.address();
      return address && typeof address === 'object'
        ? `http://127.0.0.1:${address.port}`
        : server.listen({ host: '127.0.0.1', port: 0 });
    },
    adminPassword,
    /** Requests with this access token or key. */
    with: (token: string) => caller(server, bearer(token)),
    /** No credential at all. */
    nobody: () => caller(server, {}),
    anon: async () => caller(server, bearer(await app.rooms.keys.current('anonKey'))),
    admin: async () => caller(server, bearer(await app.rooms.keys.current('apiKey'))),
    /** A signed-in user `<name>@example.com`, made at the first call. */
    as: async (name: string) => {
      const user = await signedIn(app, name);
      return { ...caller(server, bearer(user.accessToken)), ...user };
    },
    /** SQL as the server's own role, for arranging and for looking behind the faces. */
    sql: async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await app.pools.system.query<Row>(text, values)).rows,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Requests with one credential, in process. */
function caller(server: FastifyInstance, headers: Record<string, string>) {
  const request = (
    method: InjectOptions['method'],
    url: string,
    payload?: unknown,
    more?: Record<string, string>,
  ): Promise<Response> =>
    server.inject({
      method,
      url,
      headers: { ...headers, ...more },
      ...(payload === undefined ? {} : { payload: payload as object }),
    } as InjectOptions);
  return {
    headers,
    request,
    get: (url: string, more?: Record<string, string>) => request('GET', url, undefined, more),
    post: (url: string, payload?: unknown, more?: Record<string, string>) => request('POST', url, payload, more),
    patch: (url: string, payload?: unknown, more?: Record<string, string>) => request('PATCH', url, payload, more),
    put: (url: string, payload?: unknown, more?: Record<string, string>) => request('PUT', url, payload, more),
    delete: (url: string, payload?: unknown, more?: Record<string, string>) => request('DELETE', url, payload, more),
    gql: async <Data, Variables>(
      document: TypedDocumentString<Data, Variables> | string,
      variables?: Variables,
    ): Promise<ExecutionResult<Data>> => {
      const response = await request('POST', '/graphql', { query: document.toString(), variables });
      return response.json<ExecutionResult<Data>>();
    },
  };
}

async function signedIn(app: App, name: string) {
  const email = `${name}@example.com`;
  const { id } = await app.db.user.upsert({ where: { email }, update: {}, create: { email, emailVerified: true } });
  const { token } = await app.rooms.signing.signAccess({ sub: id, email, role: 'authenticated' }, 900);
  return { id, email, accessToken: token };
}

function recordEvents(app: App): EventName[] {
  const seen: EventName[] = [];
  const names: { [Name in EventName]: true } = {
    'audit.recorded': true,
    'auth.user.created': true,
    'auth.user.deleted': true,
    'auth.session.revoked': true,
    'database.schema.changed': true,
    'database.records.changed': true,
    'storage.bucket.changed': true,
    'storage.object.changed': true,
    'storage.accessKey.revoked': true,
  };
  for (const name of Object.keys(names) as EventName[]) app.bus.on(name, () => seen.push(name));
  return seen;
}

async function cloneTemplate(resources: AsyncDisposableStack): Promise<string> {
  const serverUrl = inject('postgresUrl');
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  await onServer(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${templateName}`);
  resources.defer(() => onServer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.toString();
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement);
  await client.end();
}

const keptSecrets = (dataDir: string) => ({
  jwt: new Secret(jwtSecret),
  encryption: testEncryptionKey,
  adminPassword: new Secret(adminPassword),
  postgresPassword: new Secret('unused'),
  file: join(dataDir, 'secrets.json'),
  isAdminPasswordNew: false,
});

const testLog = (onLog?: (line: string) => void) => (onLog ? createLog('info', { write: onLog }) : createLog('silent'));
