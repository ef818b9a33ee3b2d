import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';

/** One side of a comparison: measures once and answers a figure. */
export type Measure = () => Promise<number>;

/** Runs two sides in turn, A B A B …, after one uncounted run of each, so that a drifting machine hurts both alike. */
export async function inTurn(
  rounds: number,
  ours: Measure,
  baseline: Measure,
): Promise<{ ours: number[]; baseline: number[]; ratios: number[] }> {
  await ours();
  await baseline();
  const result = { ours: [] as number[], baseline: [] as number[], ratios: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    const [a, b] = [await ours(), await baseline()];
    result.ours.push(a);
    result.baseline.push(b);
    result.ratios.push(a / b);
  }
  return result;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Prints one line that says the promise and what was seen. `atLeast` and `atMost` are the promise on the ratio. */
export function report(
  name: string,
  unit: string,
  result: Awaited<ReturnType<typeof inTurn>>,
  promise: { atLeast: number } | { atMost: number },
): void {
  const ratio = median(result.ratios);
  const [sign, bound] = 'atLeast' in promise ? ['>=', promise.atLeast] : ['<=', promise.atMost];
  const isKept = 'atLeast' in promise ? ratio >= bound : ratio <= bound;
  const range = `${Math.min(...result.ratios).toFixed(2)}..${Math.max(...result.ratios).toFixed(2)}`;
  const figures = `${median(result.ours).toFixed(1)} vs ${median(result.baseline).toFixed(1)} ${unit}`;
  console.log(
    `${name}: ratio ${ratio.toFixed(2)} (${range}), promise ${sign} ${bound}: ${isKept ? 'kept' : 'NOT KEPT'}; ${figures}`,
  );
}

/** Requests per second of one URL under steady load from this process. Any answer but 2xx fails the measurement. */
export async function requestsPerSecond(options: autocannon.Options & { url: string }): Promise<number> {
  const result = await autocannon({ connections: 32, duration: 4, ...options });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${options.url}: ${result.non2xx} answers were not 2xx, ${result.errors} errors`);
  return result.requests.average;
}

/** Starts a TypeScript program and waits until its output matches; the first group (or the match) is the answer. */
export async function startProgram(
  file: string,
  ready: RegExp,
  env: Record<string, string> = {},
): Promise<{ answer: string; child: ChildProcess } & AsyncDisposable> {
  const child = spawn('node', [file], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const answer = await new Promise<string>((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const match = ready.exec(output);
      if (match) resolve(match[1] ?? match[0]);
    });
    child.once('close', (code) => reject(new Error(`${file} ended with ${code}:\n${output}`)));
  });
  return {
    answer,
    child,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGINT');
      await exit;
    },
  };
}

/** The whole server on a data folder of its own; answers its base URL. */
export async function startPleiad(
  env: Record<string, string> = {},
): Promise<{ url: string; dataDir: string; child: ChildProcess } & AsyncDisposable> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pleiad-bench-'));
  const main = join(import.meta.dirname, '../src/main.ts');
  const program = await startProgram(main, /GraphiQL\s+(http:\/\/[\w.:]+)\/graphql/, {
    PORT: '0',
    DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
    ...env,
  });
  return {
    url: program.answer,
    dataDir,
    child: program.child,
    [Symbol.asyncDispose]: async () => {
      await program[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
