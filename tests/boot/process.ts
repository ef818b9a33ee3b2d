import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from '../../src/core/pid.ts';

const entry = join(import.meta.dirname, '../../src/main.ts');

/** The real program in a process of its own, as `npm start` runs it. Disposing kills it and its Postgres. */
export async function startProcess(env: Record<string, string> = {}, dataDir?: string) {
  const ownDir = dataDir === undefined;
  const dir = dataDir ?? (await mkdtemp(join(tmpdir(), 'pleiad-boot-')));
  const child = spawn('node', [entry], {
    env: { PATH: process.env.PATH ?? '', PORT: '0', LOG_LEVEL: 'info', DATA_DIR: dir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      for (const listener of listeners) listener();
    });
  }
  const exit = new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal ?? '')),
  );

  /** Resolves with the match once the output has it; fails when the process ends before. */
  const printed = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(output);
        if (match) {
          listeners.delete(look);
          resolve(match);
        }
      };
      listeners.add(look);
      look();
      void exit.then((code) => reject(new Error(`ended with ${code} before printing ${pattern}:\n${output}`)));
    });

  return {
    dir,
    exit,
    printed,
    output: () => output,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    /** Base URL of the HTTP server. */
    url: async () => (await printed(/GraphiQL\s+(http:\/\/[\w.:]+)\/graphql/))[1] ?? '',
    [Symbol.asyncDispose]: async () => {
      if (isAlive(child)) child.kill('SIGKILL');
      await exit;
      const postgres = await postgresOf(dir);
      if (postgres && isRunning(postgres.pid)) process.kill(postgres.pid, 'SIGKILL');
      if (ownDir) await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const isAlive = (child: ChildProcess) => child.exitCode === null && child.signalCode === null;

/** The embedded Postgres of a data folder, by the pid file it keeps there. */
export async function postgresOf(dir: string): Promise<{ pid: number; url: string } | null> {
  const text = await readFile(join(dir, 'postgres/postmaster.pid'), 'utf8').catch(() => null);
  if (text === null) return null;
  const [pid, , , port] = text.split('\n');
  const { postgresPassword } = JSON.parse(await readFile(join(dir, 'secrets.json'), 'utf8'));
  return { pid: Number(pid), url: `postgres://postgres:${postgresPassword}@127.0.0.1:${port}/postgres` };
}
