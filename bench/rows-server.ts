import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import pg from 'pg';
import { startEmbeddedPostgres } from '../src/core/postgres/embedded.ts';
import { Secret } from '../src/core/secret.ts';
import { startPleiad, startProgram } from './harness.ts';

const jwtSecret = 'a secret for benches, long enough to pass';

/** A Postgres of its own, Pleiad on it, and a bare Fastify route on the same tables; all end together. */
export async function startRowsBench(setupSql: string) {
  await using resources = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'pleiad-bench-rows-'));
  resources.defer(() => rm(dir, { recursive: true, force: true }));
  const postgres = resources.use(await startEmbeddedPostgres({ dir: join(dir, 'pg'), password: new Secret('bench') }));
  const env = { DATABASE_URL: postgres.url, JWT_SECRET: jwtSecret, LOG_LEVEL: 'error' };
  const pleiad = resources.use(await startPleiad(env));
  const userId = randomUUID();
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(`SET ROLE project_admin; ${setupSql.replaceAll(':user', `'${userId}'`)}; RESET ROLE; ANALYZE`);
  await client.end();
  const baselineFile = join(import.meta.dirname, 'rows-server.baseline.ts');
  const baseline = resources.use(
    await startProgram(baselineFile, /ready (http:\S+)/, { BENCH_DATABASE_URL: postgres.url }),
  );
  const token = await new SignJWT({ role: 'authenticated' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(jwtSecret));
  const owned = resources.move();
  return {
    records: `${pleiad.url}/api/database/records`,
    baseline: baseline.answer,
    headers: { authorization: `Bearer ${token}` },
    databaseUrl: postgres.url,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
