import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import pg from 'pg';
import { startEmbeddedPostgres } from '../src/core/postgres/embedded.ts';
import { Secret } from '../src/core/secret.ts';
import { inTurn, report } from './harness.ts';
import { startS3Bench } from './s3-server.ts';

/** Promise: of 100,000 keys, with a delimiter and without, the last page costs at most 1.5 x the first. */
await using resources = new AsyncDisposableStack();
const dir = await mkdtemp(join(tmpdir(), 'pleiad-bench-list-'));
resources.defer(() => rm(dir, { recursive: true, force: true }));
const postgres = resources.use(await startEmbeddedPostgres({ dir: join(dir, 'pg'), password: new Secret('bench') }));
const bench = resources.use(await startS3Bench({ DATABASE_URL: postgres.url }));
await bench.client.send(new CreateBucketCommand({ Bucket: 'bench' }));
const db = new pg.Client({ connectionString: postgres.url });
await db.connect();
// 5,000 folders of twenty keys; a listing reads rows only, so no bytes are stored.
await db.query(
  `INSERT INTO storage.objects (bucket, key, size, etag, uploaded_via)
   SELECT 'bench', 'folder-' || lpad((n / 20)::text, 5, '0') || '/file-' || lpad(n::text, 6, '0'), 1, 'e', 's3'
   FROM generate_series(0, 99999) AS n`,
);
await db.query('ANALYZE storage.objects');
await db.end();

for (const [name, Delimiter] of [
  ['keys', undefined],
  ['folders', '/'],
] as const) {
  const last = name === 'keys' ? 'folder-04949/file-098999' : 'folder-03999/';
  const page = async (StartAfter: string) => {
    const from = performance.now();
    for (let round = 0; round < 5; round += 1) {
      const { KeyCount } = await bench.client.send(
        new ListObjectsV2Command({ Bucket: 'bench', Delimiter, StartAfter }),
      );
      if (KeyCount !== 1000) throw new Error(`a page of ${KeyCount}`);
    }
    return (performance.now() - from) / 5;
  };
  const result = await inTurn(
    5,
    () => page(last),
    () => page(''),
  );
  report(`s3-list ${name}`, 'ms a page of 1000', result, { atMost: 1.5 });
}
