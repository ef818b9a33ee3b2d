import type pg from 'pg';

/** Anything that runs a query: a pool, or a client within a transaction. */
export type Queryable = Pick<pg.ClientBase, 'query'>;

/** Which tables a catalog query is about: some by name, or null for all of the schema. */
export interface Target {
  schema: string;
  tables: readonly string[] | null;
}

/** For `FROM pg_class c JOIN pg_namespace n …`: the parameters are `targetValues`. */
export const targetFilter = `n.nspname = $1::text AND ($2::text[] IS NULL OR c.relname = ANY ($2::text[]))`;
export const targetValues = ({ schema, tables }: Target): unknown[] => [schema, tables];

/** Rows of one table among those of several. */
export const byTable = <Row extends { tableName: string }>(rows: readonly Row[], tableName: string): Row[] =>
  rows.filter((row) => row.tableName === tableName);
