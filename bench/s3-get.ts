import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { inTurn, report } from './harness.ts';
import { drive, startS3Bench } from './s3-server.ts';

/** Promise: a signed GET of 1 MiB >= 0.8 x the same file through @fastify/send. */
await using bench = await startS3Bench();
const body = randomBytes(1024 ** 2);
await bench.client.send(new CreateBucketCommand({ Bucket: 'bench' }));
await bench.client.send(new PutObjectCommand({ Bucket: 'bench', Key: 'one', Body: body }));
await fetch(`${bench.baseline}/one`, { method: 'PUT', body });

const load = { callers: 8, seconds: 4 };
const headers = bench.signed({ method: 'GET', path: '/bench/one' });
const result = await inTurn(
  5,
  () => drive(load, () => ({ method: 'GET', url: `${bench.endpoint}/bench/one`, headers })),
  () => drive(load, () => ({ method: 'GET', url: `${bench.baseline}/one` })),
);
report('s3-get', 'requests/s of 1 MiB', result, { atLeast: 0.8 });
