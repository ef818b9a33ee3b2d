import type pg from 'pg';

/** Names of time zones, lower case; read when first needed, since Postgres reads files for them. */
export function createTimezones(pool: pg.Pool): () => Promise<ReadonlySet<string>> {
  let names: Promise<ReadonlySet<string>> | null = null;
  const load = async () => {
    const { rows } = await pool.query<{ name: string }>('SELECT lower(name) AS name FROM pg_timezone_names');
    return new Set(rows.map(({ name }) => name));
  };
  return () => {
    names ??= load().catch((error) => {
      names = null;
      throw error;
    });
    return names;
  };
}
