import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import * as s3 from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { startS3Bench } from './s3-server.ts';

/**
 * Promise: an object of BENCH_LARGE_GIB (5) gibibytes goes up in one PUT and in parts, down whole and in a range, and is
 * copied, each with less than 64 MiB of extra memory in the server. It takes minutes.
 */
const sizeBytes = Number(process.env.BENCH_LARGE_GIB ?? 5) * 1024 ** 3;
await using bench = await startS3Bench();
const { client } = bench;
const pid = bench.pleiad.child.pid ?? 0;
const block = Buffer.alloc(1024 ** 2, 'L');
await client.send(new s3.CreateBucketCommand({ Bucket: 'large' }));
// Code that has run once is the server's own; what comes with the size of an object is what counts.
await put('warm', 1024 ** 2);
await get('warm');

await measured('one PUT', () => put('one', sizeBytes));
await measured('GET', () => get('one'));
await measured('ranged GET', () => get('one', `bytes=1-${sizeBytes / 2}`));
await measured('copy', async () => {
  await client.send(new s3.CopyObjectCommand({ Bucket: 'large', Key: 'copy', CopySource: 'large/one' }));
});
await client.send(new s3.DeleteObjectCommand({ Bucket: 'large', Key: 'one' }));
await client.send(new s3.DeleteObjectCommand({ Bucket: 'large', Key: 'copy' }));
await measured('multipart upload', async () => {
  const params = { Bucket: 'large', Key: 'parts', Body: stream(sizeBytes) };
  await new Upload({ client, params, partSize: 16 * 1024 ** 2, queueSize: 4 }).done();
});
await measured('GET of the parts', () => get('parts'));

async function put(Key: string, size: number): Promise<void> {
  await client.send(new s3.PutObjectCommand({ Bucket: 'large', Key, Body: stream(size), ContentLength: size }));
}

async function get(Key: string, Range?: string): Promise<void> {
  const { Body, ContentLength } = await client.send(
    new s3.GetObjectCommand({ Bucket: 'large', Key, ...(Range ? { Range } : {}) }),
  );
  let received = 0;
  for await (const chunk of Body as Readable) received += (chunk as Buffer).length;
  if (received !== ContentLength) throw new Error(`${Key}: ${received} of ${ContentLength} bytes came`);
}

function stream(size: number): Readable {
  function* blocks() {
    for (let left = size; left > 0; left -= block.length) yield left < block.length ? block.subarray(0, left) : block;
  }
  return Readable.from(blocks(), { objectMode: false });
}

/** The server's resident memory at its highest during the work, above what it was before. */
async function measured(name: string, work: () => Promise<void>): Promise<void> {
  const before = await residentMb();
  const from = performance.now();
  let highest = before;
  let isDone = false;
  const watching = (async () => {
    while (!isDone) {
      highest = Math.max(highest, await residentMb());
      await delay(50);
    }
  })();
  await work();
  isDone = true;
  await watching;
  const seconds = (performance.now() - from) / 1000;
  const extra = highest - before;
  console.log(
    `s3-large ${name}: ${extra.toFixed(0)} MiB extra (${before.toFixed(0)} before), promise < 64 MiB: ${extra < 64 ? 'kept' : 'NOT KEPT'}; ${(sizeBytes / 1024 ** 2 / seconds).toFixed(0)} MiB/s`,
  );
}

async function residentMb(): Promise<number> {
  return Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}
