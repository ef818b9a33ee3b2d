import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { postgresOf, startProcess } from '../../boot/process.ts';
import { file, form } from './form.ts';

const apiKey = 'ik_a_key_for_the_hard_kill_test';
const database = '/api/database';

/** Each deed with a place where it waits, so that the kill hits it half done; `stall` takes the waiting out. */
const deeds = {
  migration: async (base: string, stall: boolean) =>
    post(`${base}${database}/migrations`, {
      version: '1',
      name: 'half',
      sql: `create table by_migration (a int); insert into by_migration select generate_series(1, 1000); ${stall ? wait : 'select 1'}`,
    }),
  import: async (base: string, stall: boolean) =>
    post(`${base}${database}/advance/import`, [
      [
        'file',
        file(
          'd.sql',
          `create table by_import (a int); insert into by_import values (1); ${stall ? wait : ''}; insert into by_import values (2)`,
        ),
      ],
    ]),
  bulk: async (base: string, stall: boolean) => {
    const ids = Array.from({ length: 2000 }, (_, at) => at + 1);
    return post(`${base}${database}/advance/bulk-upsert`, [
      ['file', file('d.csv', `id\n${(stall ? ids : ids.map((id) => id + 10_000)).join('\n')}\n`)],
      ['table', 'by_bulk'],
    ]);
  },
};
const wait = 'select pg_sleep(120)';

test('kill -9 during a migration, an import and a bulk upsert leaves nothing of it; what was acknowledged stays', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'pleiad-kill-'));
  try {
    await setUp(dir);
    for (const deed of Object.values(deeds)) await killDuring(dir, deed);
    expect(await stateOf(dir)).toEqual({ migration: null, import: null, bulk: 0, recorded: 0, audited: 0 });

    await using server = await startProcess({ ACCESS_API_KEY: apiKey }, dir);
    const base = await server.url();
    for (const deed of Object.values(deeds)) expect((await deed(base, false)).ok).toBe(true);
    server.kill('SIGKILL');
    await server.exit;
    expect(await stateOf(dir)).toEqual({ migration: 1000, import: 2, bulk: 2000, recorded: 1, audited: 3 });
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}, 180_000);

/** A table whose trigger waits in the middle of the rows of the first bulk upsert. */
async function setUp(dir: string): Promise<void> {
  await using server = await startProcess({ ACCESS_API_KEY: apiKey }, dir);
  const query = `create table by_bulk (id int primary key);
    create function stall() returns trigger language plpgsql as $$ begin perform pg_sleep(120); return new; end $$;
    create trigger stall before insert on by_bulk for each row when (new.id = 1500) execute function stall()`;
  const response = await post(`${await server.url()}${database}/advance/rawsql`, { query });
  expect(response.status).toBe(200);
  server.kill('SIGTERM');
  await server.exit;
}

async function killDuring(dir: string, deed: (base: string, stall: boolean) => Promise<Response>): Promise<void> {
  await using server = await startProcess({ ACCESS_API_KEY: apiKey }, dir);
  const answer = deed(await server.url(), true);
  const lost = expect(answer).rejects.toThrow();
  const sleepers = `select 1 from pg_stat_activity where wait_event = 'PgSleep'`;
  await expect.poll(() => look(dir, sleepers), { timeout: 20_000, interval: 100 }).toHaveLength(1);
  server.kill('SIGKILL');
  await server.exit;
  await lost;
}

/** As the next start finds it. */
async function stateOf(dir: string) {
  await using server = await startProcess({ ACCESS_API_KEY: apiKey }, dir);
  await server.url();
  const countOf = async (table: string) => {
    const [found] = await look(dir, `select to_regclass('public.${table}') is not null as yes`);
    return found?.yes ? (await look(dir, `select count(*)::int as n from ${table}`))[0]?.n : null;
  };
  const audited = `select count(*)::int as n from system.audit_entries where action in ('CREATE_CUSTOM_MIGRATION', 'IMPORT_DATABASE', 'BULK_UPSERT')`;
  const state = {
    migration: await countOf('by_migration'),
    import: await countOf('by_import'),
    bulk: await countOf('by_bulk'),
    recorded: (await look(dir, 'select count(*)::int as n from system.custom_migrations'))[0]?.n,
    audited: (await look(dir, audited))[0]?.n,
  };
  server.kill('SIGTERM');
  await server.exit;
  return state;
}

async function look(dir: string, query: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: (await postgresOf(dir))?.url });
  await client.connect();
  try {
    return (await client.query(query)).rows;
  } finally {
    await client.end();
  }
}

async function post(url: string, payload: object | [string, string | File][]): Promise<Response> {
  const { body, headers } = Array.isArray(payload)
    ? await form(payload)
    : { body: JSON.stringify(payload), headers: { 'content-type': 'application/json' } };
  return fetch(url, {
    method: 'POST',
    headers: { 'x-api-key': apiKey, ...headers },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
}
