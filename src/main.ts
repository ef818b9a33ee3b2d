import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { type Config, ConfigError, loadConfig } from './config.ts';
import { type KeptSecrets, keepSecrets } from './core/kept-secrets.ts';
import { claimDataDir, StartupError } from './core/lifecycle.ts';
import { createLog } from './core/log.ts';
import { startEmbeddedPostgres } from './core/postgres/embedded.ts';
import type { createServer } from './server.ts';

const drainMs = 10_000;
const exitCodes = { ok: 0, startup: 1, interrupted: 130 };

/** Starts everything; what it started ends, in reverse order, on the first SIGINT or SIGTERM. */
async function main(): Promise<void> {
  const stop = stopSignal();
  await using running = await start();
  running.announce();
  const reason = await Promise.race([stop, running.databaseDied]);
  if (reason !== 'signal') throw new StartupError(`The embedded Postgres ended: ${reason}`);
}

async function start() {
  const config = loadConfig(process.env);
  await using resources = new AsyncDisposableStack();
  resources.use(claimDataDir(config.dataDir));
  const kept = keepSecrets(config.dataDir, { ...config.secrets, adminPassword: config.admin.password });
  const log = createLog(config.logLevel);
  // Most of the code is loaded while Postgres starts, and from the second start on without being compiled again.
  enableCompileCache();
  const modules = Promise.all([import('./app.ts'), import('./server.ts')]);
  modules.catch(() => undefined); // told below; until then Postgres may have failed first
  const postgres = config.postgres.kind === 'embedded' ? resources.use(await embedded(config, kept)) : null;
  const databaseUrl = config.postgres.kind === 'external' ? config.postgres.url.reveal() : (postgres?.url ?? '');
  const [{ createApp }, { createServer }] = await modules;
  const app = resources.use(await createApp({ config, kept, databaseUrl, log }));
  const server = await createServer(app);
  resources.defer(() => drain(server));
  const address = await listen(server, config);
  const owned = resources.move();
  return {
    announce: () => announce(address, config, kept),
    databaseDied: postgres?.died ?? new Promise<never>(() => undefined),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Lets running requests finish, for a while; then hangs up on the rest. */
async function drain(server: Awaited<ReturnType<typeof createServer>>): Promise<void> {
  const deadline = setTimeout(() => server.server.closeAllConnections(), drainMs);
  await server.close();
  clearTimeout(deadline);
}

const embedded = (config: Config, kept: KeptSecrets) =>
  startEmbeddedPostgres({ dir: join(config.dataDir, 'postgres'), password: kept.postgresPassword });

async function listen(server: Awaited<ReturnType<typeof createServer>>, { http }: Config): Promise<string> {
  try {
    return await server.listen({ host: http.host, port: http.port });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE')
      throw new StartupError(`Port ${http.port} is taken; stop what uses it or set another PORT`, { cause });
    throw new StartupError(`Cannot listen on ${http.host}:${http.port}: ${(cause as Error).message}`, { cause });
  }
}

/** The first signal stops in order; a second one leaves at once (the next start cleans up). */
function stopSignal(): Promise<'signal'> {
  return new Promise((resolve) => {
    let isStopping = false;
    const onSignal = () => {
      if (isStopping) process.exit(exitCodes.interrupted);
      isStopping = true;
      console.log('\nStopping: letting running requests finish. Press Ctrl-C again to leave at once.');
      resolve('signal');
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}

/** For the person at the terminal; everything else goes to the log. */
function announce(address: string, config: Config, kept: KeptSecrets): void {
  const base = config.http.publicUrl ?? address.replace('127.0.0.1', 'localhost');
  const admin = kept.isAdminPasswordNew
    ? `${config.admin.username} / ${kept.adminPassword.reveal()}   (shown once; kept in ${kept.file})`
    : `${config.admin.username}, password ${config.admin.password ? 'from the environment' : `in ${kept.file}`}`;
  console.log(`
Pleiad is ready.
  GraphiQL   ${base}/graphql
  REST       ${base}/api
  Admin      ${admin}
  Keys       the API key and the anon key: sign in as admin, then GET ${base}/api/metadata/api-key and /anon-key
`);
}

try {
  await main();
  process.exit(exitCodes.ok);
} catch (error) {
  if (error instanceof StartupError || error instanceof ConfigError) console.error(error.message);
  else console.error(error);
  process.exit(exitCodes.startup);
}
