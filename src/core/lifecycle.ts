import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, startTicks } from './pid.ts';

/** A reason not to start that a person can act on: printed as one line, no stack, exit code 1. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}

/**
 * Makes the data folder and claims it for this process. A claim whose owner is gone is taken over, so a hard kill
 * needs no hand. Errors: StartupError (not writable, in use). Dispose gives the claim back.
 */
export function claimDataDir(dir: string): Disposable {
  const file = join(dir, 'server.pid');
  try {
    mkdirSync(dir, { recursive: true, mode: 0o711 });
    for (let attempt = 0; ; attempt += 1) {
      if (tryClaim(file)) break;
      const owner = readOwner(file);
      if (owner && attempt === 0 && !isAlive(owner)) rmSync(file, { force: true });
      else
        throw new StartupError(
          `${dir} is in use by another running Pleiad (pid ${owner?.pid ?? 'unknown'}); stop it or set another DATA_DIR`,
        );
    }
  } catch (cause) {
    if (cause instanceof StartupError) throw cause;
    throw new StartupError(`DATA_DIR ${dir} cannot be written: ${(cause as Error).message}`, { cause });
  }
  return { [Symbol.dispose]: () => rmSync(file, { force: true }) };
}

interface Owner {
  pid: number;
  ticks: string | null;
}

function tryClaim(file: string): boolean {
  const owner: Owner = { pid: process.pid, ticks: startTicks(process.pid) };
  try {
    writeFileSync(file, JSON.stringify(owner), { flag: 'wx', mode: 0o644 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readOwner(file: string): Owner | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Owner;
  } catch {
    return { pid: 0, ticks: null }; // a torn file: its writer was killed between create and write
  }
}

function isAlive({ pid, ticks }: Owner): boolean {
  if (pid <= 0 || !isRunning(pid)) return false;
  return ticks === null || startTicks(pid) === ticks;
}
