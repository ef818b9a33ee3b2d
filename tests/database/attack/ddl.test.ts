import { expect, test } from 'vitest';
import { testApp } from '../../app.ts';
import { asOwner } from '../rows/library.ts';
import { records, rpc } from './stage.ts';

const openTable = (definition: string) =>
  `CREATE TABLE public.things (${definition}); ALTER TABLE public.things DISABLE ROW LEVEL SECURITY`;

test('a statement that a connection has prepared survives every change of its table', async () => {
  await using app = await testApp({ env: { DB_POOL_SIZE: '1' } });
  const anon = await app.anon();
  const change = async (sql: string) => {
    await asOwner(app, sql);
    await app.rooms.schemaCache.reload();
  };
  const rows = async (query = 'a=eq.5&order=id') => (await anon.get(`${records}/things?${query}`)).json();

  await change(`${openTable('id int PRIMARY KEY, a int')}; INSERT INTO public.things VALUES (1, 5)`);
  for (let times = 0; times < 7; times++) expect(await rows()).toEqual([{ id: 1, a: 5 }]);
  await change(`ALTER TABLE public.things ALTER a TYPE text`);
  expect(await rows()).toEqual([{ id: 1, a: '5' }]);
  await change(`ALTER TABLE public.things ADD b date DEFAULT '2026-01-01'`);
  expect(await rows()).toEqual([{ id: 1, a: '5', b: '2026-01-01' }]);
  await change(`ALTER TABLE public.things RENAME COLUMN b TO c`);
  expect(await rows('c=eq.2026-01-01&select=c')).toEqual([{ c: '2026-01-01' }]);
  expect(await rows('b=eq.2026-01-01')).toMatchObject({ code: '42703' });
  await change(`DROP TABLE public.things`);
  expect(await rows()).toMatchObject({ code: 'PGRST205' });
  await change(`${openTable('id int PRIMARY KEY, a numeric')}; INSERT INTO public.things VALUES (2, 5)`);
  expect(await rows()).toEqual([{ id: 2, a: 5 }]);
  await change(
    `ALTER TABLE public.things RENAME TO others; CREATE VIEW public.things AS SELECT 9 AS id, '5'::text AS a`,
  );
  expect(await rows()).toEqual([{ id: 9, a: '5' }]);
});

test('writes and calls are prepared anew after a change of types', async () => {
  await using app = await testApp({ env: { DB_POOL_SIZE: '1' } });
  const anon = await app.anon();
  const returned = { prefer: 'return=representation' };
  await asOwner(
    app,
    `${openTable('id int PRIMARY KEY, a int')}; CREATE FUNCTION public.f(x int) RETURNS int LANGUAGE sql AS 'SELECT x'`,
  );
  await app.rooms.schemaCache.reload();
  const write = async (id: number) => {
    await anon.post(`${records}/things`, { id, a: 1 });
    return (await anon.patch(`${records}/things?id=eq.${id}&a=eq.1`, { a: 2 }, returned)).json();
  };
  const call = async () => (await anon.get(`${rpc}/f?x=1`)).body;
  expect([await write(1), await write(2), await call(), await call()]).toEqual([
    [{ id: 1, a: 2 }],
    [{ id: 2, a: 2 }],
    '1',
    '1',
  ]);
  await asOwner(
    app,
    `ALTER TABLE public.things ALTER a TYPE text; DROP FUNCTION public.f;
     CREATE FUNCTION public.f(x text) RETURNS text LANGUAGE sql AS $$ SELECT x || '!' $$`,
  );
  await app.rooms.schemaCache.reload();
  expect([await write(3), await call()]).toEqual([[{ id: 3, a: '2' }], '"1!"']);
});

test('one name in two schemas never answers with the other schema’s rows', async () => {
  await using app = await testApp({ env: { DB_POOL_SIZE: '1' } });
  await asOwner(
    app,
    `CREATE SCHEMA north; CREATE SCHEMA south; GRANT USAGE ON SCHEMA north, south TO anon;
     CREATE TABLE north.here (place text); INSERT INTO north.here VALUES ('north');
     CREATE TABLE south.here (place text); INSERT INTO south.here VALUES ('south');
     ALTER TABLE north.here DISABLE ROW LEVEL SECURITY; ALTER TABLE south.here DISABLE ROW LEVEL SECURITY;
     GRANT SELECT ON north.here, south.here TO anon;
     CREATE FUNCTION north.unqualified() RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT place FROM here); END $$;
     CREATE FUNCTION south.unqualified() RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT place FROM here); END $$`,
  );
  const anon = await app.anon();
  for (let times = 0; times < 4; times++) {
    for (const schema of ['north', 'south']) {
      expect((await anon.get(`${records}/here?schema=${schema}`)).json()).toEqual([{ place: schema }]);
      expect((await anon.get(`${rpc}/unqualified?schema=${schema}`)).json()).toBe(schema);
    }
  }
});

test('what a migration makes is there in the very next request, and what it drops is gone', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  const create = (at: number) =>
    admin.post('/api/database/tables', {
      tableName: `made_${at}`,
      rlsEnabled: false,
      columns: [{ columnName: 'title', type: 'string', isNullable: true, isUnique: false }],
    });
  for (let at = 0; at < 5; at++) {
    expect((await create(at)).statusCode).toBe(201);
    const written = await admin.post(`${records}/made_${at}`, { title: 'x' });
    expect(written.statusCode, written.body).toBe(201);
    await app.sql(`CREATE FUNCTION public.fn_${at}() RETURNS int LANGUAGE sql AS 'SELECT 1'`);
    expect((await admin.get(`${rpc}/fn_${at}`)).json()).toBe(1);
    expect((await admin.delete(`/api/database/tables/made_${at}`)).statusCode).toBe(200);
    expect((await admin.get(`${records}/made_${at}`)).json()).toMatchObject({ code: 'PGRST205' });
  }
});

test('a flood of different statements leaves a bounded number prepared on each connection, and none that fails', async () => {
  await using app = await testApp({ env: { DB_POOL_SIZE: '1' } });
  await asOwner(app, `${openTable('id int PRIMARY KEY, a int')}; INSERT INTO public.things VALUES (1, 5)`);
  const anon = await app.anon();
  const aliases = Array.from({ length: 300 }, (_, at) => `x${at}`);
  for (const alias of [...aliases, ...aliases.slice(0, 20)]) {
    const answer = await anon.get(`${records}/things?select=${alias}:a`);
    expect(answer.json()).toEqual([{ [alias]: 5 }]);
    if (alias.endsWith('7')) await anon.get(`${records}/things?select=${alias}:a,nope_${alias}`);
  }
  const { rows } = await app.pools.data.query('SELECT count(*)::int AS n FROM pg_prepared_statements');
  expect(rows[0].n).toBeLessThanOrEqual(130);
});

test('the change listener comes back after its connection is lost, with what was changed meanwhile', async () => {
  await using app = await testApp();
  await app.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'pleiad-catalog' AND datname = current_database()`);
  await asOwner(app, `${openTable('id int PRIMARY KEY, a int')}; INSERT INTO public.things VALUES (1, 5)`);
  expect((await (await app.anon()).get(`${records}/things`)).json()).toEqual([{ id: 1, a: 5 }]);
});

test('views over hostile column names neither break the schema cache nor invent relationships', async () => {
  await using app = await testApp();
  const names = [':resno 1', '{TARGETENTRY :resorigtbl 1', '}', ')', '\\', '"', ':targetList (', ' ', 'é}{'];
  const columns = names.map((name) => `"${name.replaceAll('"', '""')}"`);
  await asOwner(
    app,
    `CREATE TABLE public.base (id int PRIMARY KEY, ${columns.map((name) => `${name} int`).join(', ')});
     ALTER TABLE public.base DISABLE ROW LEVEL SECURITY;
     CREATE VIEW public.odd AS SELECT ${columns.toReversed().join(', ')}, id FROM public.base;
     INSERT INTO public.base (id, "}") VALUES (1, 7)`,
  );
  await app.rooms.schemaCache.reload();
  const anon = await app.anon();
  expect((await anon.get(`${records}/odd?id=eq.1&select=id,v:"}"`)).json()).toEqual([{ id: 1, v: 7 }]);
  const written = await anon.post(`${records}/odd`, { id: 2, '\\': 3 }, { prefer: 'return=headers-only' });
  expect([written.statusCode, written.headers.location]).toEqual([201, '/odd?id=eq.2']);
});
