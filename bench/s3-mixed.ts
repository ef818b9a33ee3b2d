import { randomBytes } from 'node:crypto';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { inTurn, median } from './harness.ts';
import { drive, type Sent, startS3Bench } from './s3-server.ts';

/**
 * 45 % GET, 30 % HEAD, 15 % PUT, 10 % DELETE of 10 KiB objects by 20 callers. No promise: the figures, and the ratio to a
 * bare server of files that knows no signatures, no catalog and no crash safety.
 */
await using bench = await startS3Bench();
await bench.client.send(new CreateBucketCommand({ Bucket: 'bench' }));

const body = randomBytes(10 * 1024);
const keys = Array.from({ length: 200 }, (_, at) => `/bench/mixed-${at}`);
// By hundredths, so that every caller's sequence has the same shares.
const deck = ['GET', 'HEAD', 'PUT', 'DELETE'].flatMap((method, at) => Array([45, 30, 15, 10][at] ?? 0).fill(method));
const latencies: number[] = [];

type Headers = (method: string, path: string, body?: Buffer) => Record<string, string>;
const cached = new Map<string, Record<string, string>>();
const signed: Headers = (method, path, bytes) => {
  // The server is measured, not the signing of this client.
  const name = `${method} ${path}`;
  const known = cached.get(name) ?? bench.signed({ method, path, ...(bytes ? { body: bytes } : {}) });
  cached.set(name, known);
  return known;
};
const unsigned: Headers = () => ({});

const result = await inTurn(
  3,
  () => mixed(bench.endpoint, signed, latencies),
  () => mixed(bench.baseline, unsigned, []),
);
latencies.sort((a, b) => a - b);
const at = (share: number) => (latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(1);
console.log(
  `s3-mixed: ratio ${median(result.ratios).toFixed(2)}; ${median(result.ours).toFixed(0)} vs ${median(result.baseline).toFixed(0)} requests/s; p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
);

async function mixed(base: string, headersOf: Headers, times: number[]): Promise<number> {
  const sent = (method: string, path: string): Sent => {
    const bytes = method === 'PUT' ? body : undefined;
    return { url: base + path, method, headers: headersOf(method, path, bytes), ...(bytes ? { body: bytes } : {}) };
  };
  return drive(
    { callers: 20, seconds: 4 },
    // The first round makes the objects; then the shares of the deck.
    (step) =>
      step < keys.length
        ? sent('PUT', keys[step] ?? '')
        : sent(deck[(step * 37) % deck.length] ?? 'GET', keys[(step * 13) % keys.length] ?? ''),
    (tookMs) => times.push(tookMs),
  );
}
