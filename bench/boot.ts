import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { median, startProgram } from './harness.ts';

/**
 * Promises: first start ready within 6 s, second within 1.5 s, idle memory of the whole (Node and Postgres) at most
 * 256 MB. The baseline is this machine's own speed: an empty Node process, measured in turn with the starts.
 */
const main = join(import.meta.dirname, '../src/main.ts');
const firsts: number[] = [];
const seconds: number[] = [];
const baselines: number[] = [];
let memoryMb = 0;

for (let round = 0; round < 5; round += 1) {
  const dataDir = await mkdtemp(join(tmpdir(), 'pleiad-bench-boot-'));
  baselines.push(await timed(async () => void execFileSync('node', ['-e', '0'])));
  firsts.push(await start(dataDir));
  seconds.push(
    await start(dataDir, async (pid) => {
      memoryMb = Math.max(memoryMb, await idleMemoryMb(pid, dataDir));
    }),
  );
  await rm(dataDir, { recursive: true, force: true });
}

const line = (name: string, values: number[], promiseMs: number) =>
  console.log(
    `boot ${name}: ${median(values).toFixed(0)} ms (${(median(values) / median(baselines)).toFixed(0)} x an empty Node process), promise <= ${promiseMs} ms: ${median(values) <= promiseMs ? 'kept' : 'NOT KEPT'}`,
  );
line('first', firsts, 6000);
line('second', seconds, 1500);
console.log(
  `boot memory: ${memoryMb.toFixed(0)} MB idle, Node and Postgres together (proportional set size), promise <= 256 MB: ${memoryMb <= 256 ? 'kept' : 'NOT KEPT'}`,
);

async function start(dataDir: string, whileUp?: (pid: number) => Promise<void>): Promise<number> {
  const from = performance.now();
  await using server = await startProgram(main, /Pleiad is ready/, { PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'warn' });
  const tookMs = performance.now() - from;
  await whileUp?.(server.child.pid ?? 0);
  return tookMs;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** Shared pages are divided among those that share them, so that Postgres' processes are not counted many times over. */
async function idleMemoryMb(nodePid: number, dataDir: string): Promise<number> {
  await delay(2000);
  const postmaster = Number((await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0]);
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(postmaster)])
    .toString()
    .trim()
    .split(/\s+/)
    .map(Number);
  const sizes = await Promise.all([nodePid, postmaster, ...children].map(proportionalKb));
  return sizes.reduce((sum, size) => sum + size, 0) / 1024;
}

async function proportionalKb(pid: number): Promise<number> {
  return Number(/^Pss:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
}
