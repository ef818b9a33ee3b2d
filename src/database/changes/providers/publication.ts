import type pg from 'pg';
import { notFound, unavailable } from '../../../core/errors.ts';
import { notStreamable } from '../errors.ts';

/** The one publication of a database; it holds the tables that were ever subscribed to, and never a platform table. */
export const publicationName = 'pleiad_changes';

/** Any number that no other application's locks would pick. */
const publicationLock = 7_130_002;
const lockTimeoutMs = 500;

interface Target {
  name: string;
  kind: string;
  isWhole: boolean;
  isPublished: boolean;
  hasVirtual: boolean;
  serverVersion: number;
}

/**
 * Puts a table into the publication with REPLICA IDENTITY FULL, in one transaction. Whole old rows in the log are what
 * lets a policy be asked whether the subscriber could see a row that is gone; they cost log volume on each UPDATE and
 * DELETE, so a table pays from its first subscription on and not before.
 */
export async function publishTable(pool: pg.Pool, relation: number): Promise<void> {
  const target = await lookUp(pool, relation);
  if (target.isPublished && target.isWhole) return;
  if (target.kind !== 'r')
    throw notStreamable(
      `${target.name} is not an ordinary table`,
      'Subscribe to the tables (or partitions) behind it.',
    );
  if (target.hasVirtual)
    throw notStreamable(
      `${target.name} has a virtual generated column, which Postgres cannot put into its change log`,
      'Make the generated column STORED, or compute it in a view.',
    );
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SET LOCAL lock_timeout = ${lockTimeoutMs}`);
    await client.query('SELECT pg_advisory_xact_lock($1)', [publicationLock]);
    await createPublication(client, target.serverVersion);
    const { isPublished } = await lookUp(client, relation);
    await client.query(`ALTER TABLE ${target.name} REPLICA IDENTITY FULL`);
    if (!isPublished) await client.query(`ALTER PUBLICATION ${publicationName} ADD TABLE ONLY ${target.name}`);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    if ((error as { code?: string }).code === '55P03')
      throw unavailable(`${target.name} is locked by a long transaction`, 'Subscribe again when it has ended.');
    throw error;
  } finally {
    client.release();
  }
}

/** `name` is quoted and qualified by Postgres itself. */
async function lookUp(pool: pg.Pool | pg.PoolClient, relation: number): Promise<Target> {
  const { rows } = await pool.query<Target>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relkind AS kind, c.relreplident = 'f' AS "isWhole",
       EXISTS (SELECT FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
         WHERE p.pubname = $2 AND r.prrelid = c.oid) AS "isPublished",
       EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attgenerated = 'v' AND NOT a.attisdropped)
         AS "hasVirtual",
       current_setting('server_version_num')::int AS "serverVersion"
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = $1 AND NOT system.is_platform_schema(n.nspname)`,
    [relation, publicationName],
  );
  const [target] = rows;
  if (!target) throw notFound('table', String(relation), 'DATABASE_NOT_FOUND');
  return target;
}

async function createPublication(client: pg.PoolClient, serverVersion: number): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_publication WHERE pubname = $1', [publicationName]);
  if (rowCount) return;
  // From 18 on, a table with a stored generated column could not be updated if the publication left that column out.
  const options = serverVersion >= 180_000 ? ' WITH (publish_generated_columns = stored)' : '';
  await client.query(`CREATE PUBLICATION ${publicationName}${options}`);
}
