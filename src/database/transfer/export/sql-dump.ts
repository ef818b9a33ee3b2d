import type pg from 'pg';
import { type Extra, readExtras } from './extras.ts';
import { type DumpObject, readObjects } from './objects.ts';
import { inDumpOrder, withNeeded } from './order.ts';
import { insertStatements } from './rows.ts';

export interface DumpOptions {
  /** Null for all. */
  tables: readonly string[] | null;
  includeData: boolean;
  includeFunctions: boolean;
  includeSequences: boolean;
  includeViews: boolean;
  /** Rows of each table; null for all. */
  rowLimit: number | null;
}

/**
 * A script that makes the same objects and rows in an empty `public`, in pg_dump's order. Functions, types and sequences
 * that the tables cannot be without come along unasked. Returns the names of tables that were cut at `rowLimit`.
 */
export async function* sqlDump(client: pg.ClientBase, options: DumpOptions): AsyncGenerator<string, string[]> {
  const { objects, extras } = await readDump(client, options);
  yield '-- Pleiad export of the schema public.\nSET LOCAL check_function_bodies = off;\n';
  for (const extension of await readExtensions(client)) yield `${extension};\n`;
  for (const { create } of objects) for (const statement of create) yield `${statement};\n`;
  const truncated: string[] = [];
  if (options.includeData) {
    for (const { fullName, name, kind } of objects) {
      if (kind !== 'r') continue;
      const { isTruncated } = yield* insertStatements(client, { fullName, rowLimit: options.rowLimit });
      if (isTruncated) truncated.push(name);
    }
    for (const statement of await readSequenceValues(client, objects)) yield `${statement};\n`;
    for (const statement of await readRefreshes(client, objects)) yield `${statement};\n`;
  }
  for (const { sql } of extras) yield `${sql};\n`;
  return truncated;
}

/** What of `public` goes into the dump, in its order. */
export async function readDump(
  client: pg.ClientBase,
  { tables, includeFunctions, includeSequences, includeViews }: DumpOptions,
): Promise<{ objects: DumpObject[]; extras: Extra[] }> {
  const chosen: Readonly<Record<DumpObject['kind'], boolean>> = {
    t: tables === null,
    s: includeSequences,
    f: includeFunctions,
    r: tables === null,
    v: includeViews,
  };
  const isChosen = ({ kind, name }: DumpObject) => chosen[kind] || (kind === 'r' && tables?.includes(name) === true);
  const objects = inDumpOrder(withNeeded(await readObjects(client), isChosen));
  const ids = new Set(objects.map(({ id }) => id));
  return { objects, extras: (await readExtras(client)).filter(({ id }) => ids.has(id)) };
}

async function readExtensions(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ sql: string }>(
    `SELECT format('CREATE EXTENSION IF NOT EXISTS %I', extname)
       || CASE extnamespace WHEN 'public'::regnamespace THEN ' WITH SCHEMA public' ELSE '' END AS sql
     FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY extname`,
  );
  return rows.map(({ sql }) => sql);
}

/** Of every sequence that comes along, also those of identity columns. */
async function readSequenceValues(client: pg.ClientBase, objects: readonly DumpObject[]): Promise<string[]> {
  const ids = objects.flatMap(({ id }) => (id.startsWith('r') ? [id.slice(1)] : []));
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.oid::regclass::text AS name FROM pg_class c WHERE c.relkind = 'S' AND (c.oid = ANY ($1::oid[]) OR EXISTS (
       SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
         AND d.refclassid = 'pg_class'::regclass AND d.refobjid = ANY ($1::oid[]))) ORDER BY 1`,
    [ids],
  );
  const statements: string[] = [];
  for (const { name } of rows) {
    const { rows: values } = await client.query<{ sql: string }>(
      `SELECT format('SELECT pg_catalog.setval(%L, %s, %s)', $1::text, last_value, is_called::text) AS sql FROM ${name}`,
      [name],
    );
    statements.push(...values.map(({ sql }) => sql));
  }
  return statements;
}

async function readRefreshes(client: pg.ClientBase, objects: readonly DumpObject[]): Promise<string[]> {
  const ids = objects.flatMap(({ id, kind }) => (kind === 'v' ? [id.slice(1)] : []));
  const { rows } = await client.query<{ id: string; name: string }>(
    `SELECT oid::text AS id, oid::regclass::text AS name FROM pg_class WHERE relkind = 'm' AND relispopulated AND oid = ANY ($1::oid[])`,
    [ids],
  );
  const names = new Map(rows.map(({ id, name }) => [id, name]));
  return ids.flatMap((id) => names.get(id) ?? []).map((name) => `REFRESH MATERIALIZED VIEW ${name}`);
}
