import { join, resolve } from 'node:path';
import pg from 'pg';
import { loadConfig } from '../src/config.ts';
import { keepSecrets } from '../src/core/kept-secrets.ts';
import { claimDataDir } from '../src/core/lifecycle.ts';
import { startEmbeddedPostgres } from '../src/core/postgres/embedded.ts';
import { type MoveProgress, moveBlobs } from '../src/storage/moving.ts';
import { createDiskStore } from '../src/storage/providers/disk.ts';
import { createS3Store } from '../src/storage/providers/s3.ts';

/**
 * `npm run storage:migrate` moves every stored file from disk to the S3 bucket of the environment (S3_BUCKET, …), with the
 * server stopped. Each file is verified on the way. Stop it whenever you like; the next run goes on. The files on disk
 * stay; delete the folder when you are content.
 */
const config = loadConfig(process.env);
if (config.storage.provider.kind !== 's3') throw new Error('Set S3_BUCKET (and S3_ENDPOINT_URL, …) to say where to');
await using resources = new AsyncDisposableStack();
resources.use(claimDataDir(config.dataDir));
const now = () => new Date();
const from = await createDiskStore({ dir: resolve(process.env.STORAGE_DIR ?? join(config.dataDir, 'storage')), now });
const to = await createS3Store({ provider: config.storage.provider, now });
const pool = new pg.Pool({ connectionString: await databaseUrl() });
resources.defer(() => pool.end());
const { movedBlobs, totalBlobs } = await moveBlobs({ from, to, pool, onProgress: show });
console.log(`\n${movedBlobs} of ${totalBlobs} files moved, ${totalBlobs - movedBlobs} were there already.`);

async function databaseUrl(): Promise<string> {
  if (config.postgres.kind === 'external') return config.postgres.url.reveal();
  const kept = keepSecrets(config.dataDir, { ...config.secrets, adminPassword: config.admin.password });
  const dir = join(config.dataDir, 'postgres');
  return resources.use(await startEmbeddedPostgres({ dir, password: kept.postgresPassword })).url;
}

/** One line that is written over on a terminal; a line for each tenth elsewhere. */
function show({ doneBlobs, totalBlobs, doneBytes, totalBytes }: MoveProgress): void {
  const share = totalBytes === 0 ? 1 : doneBytes / totalBytes;
  const filled = Math.round(share * 30);
  const line = `[${'#'.repeat(filled)}${'.'.repeat(30 - filled)}] ${Math.floor(share * 100)} %  ${doneBlobs}/${totalBlobs} files`;
  if (process.stdout.isTTY) process.stdout.write(`\r${line}`);
  else if (doneBlobs === totalBlobs || doneBlobs % Math.ceil(totalBlobs / 10) === 0) console.log(line);
}
