import pg from 'pg';
import type { Statement } from './statements.ts';

/** Runs statements for their effect, one after the other; positions in errors count from the script's beginning. */
export async function runStatements(client: pg.ClientBase, statements: readonly Statement[]): Promise<void> {
  for (const { text, offset } of statements) {
    try {
      await runAlone(client, text);
    } catch (error) {
      throw atScript(error, offset);
    }
  }
}

/** Runs one statement in the extended protocol, where Postgres refuses a second one, and answers what it was and its row count. */
export async function runAlone(
  client: pg.ClientBase,
  text: string,
): Promise<{ command: string; rowCount: number | null }> {
  // Rows are not wanted: without a listener for them node-postgres would keep them.
  const query = new pg.Query({ text, queryMode: 'extended' } as pg.QueryConfig);
  query.on('row', () => undefined);
  return new Promise((resolve, reject) => {
    query.on('error', reject);
    query.on('end', ({ command, rowCount }) => resolve({ command, rowCount }));
    client.query(query);
  });
}

/** Positions count from the beginning of the script, not of the statement. */
export function atScript(error: unknown, offset: number): unknown {
  if (error instanceof pg.DatabaseError && error.position) error.position = String(Number(error.position) + offset);
  return error;
}
