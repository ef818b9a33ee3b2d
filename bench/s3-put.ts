import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { inTurn, report } from './harness.ts';
import { drive, startS3Bench } from './s3-server.ts';

/** Promise: a signed PUT of 1 MiB with its hash and checksum verified >= 0.6 x a bare stream into a file. */
await using bench = await startS3Bench();
await bench.client.send(new CreateBucketCommand({ Bucket: 'bench' }));

const body = randomBytes(1024 ** 2);
const sum = Buffer.alloc(4);
sum.writeUInt32BE(crc32(body));
const headers = { 'x-amz-checksum-crc32': sum.toString('base64') };
const paths = Array.from({ length: 64 }, (_, at) => `/bench/object-${at}`);
const ours = paths.map((path) => ({
  ...{ method: 'PUT', url: bench.endpoint + path, body },
  headers: bench.signed({ method: 'PUT', path, body, headers }),
}));
const take = <Item>(list: readonly Item[], step: number): Item => list[step % list.length] as Item;

const load = { callers: 8, seconds: 4 };
for (const [name, more] of [
  ['s3-put', {}],
  // The same promise beside a stream that is synced too, which is what an acknowledged upload needs.
  ['s3-put (both synced)', { 'x-sync': '1' }],
] as const) {
  const result = await inTurn(
    5,
    () => drive(load, (step) => take(ours, step)),
    () => drive(load, (step) => ({ method: 'PUT', url: bench.baseline + take(paths, step), body, headers: more })),
  );
  report(name, 'requests/s of 1 MiB', result, { atLeast: 0.6 });
}
