import { expect, test } from 'vitest';
import { type TestApp, testApp } from '../../app.ts';
import { graphql } from '../../gql/index.ts';
import { file, form } from './form.ts';
import { liveHeap } from './live-heap.ts';

const url = '/api/database/advance/export';
const ExportDatabase = graphql(`mutation ExportDatabase($tables: [String!], $format: String, $rowLimit: Int) {
  exportDatabase(tables: $tables, format: $format, rowLimit: $rowLimit) {
    format data truncatedTables downloadPath downloadExpiresAt } }`);

/** Names that sort against their dependencies, every kind of object, and values that are hard to quote. */
const source = `
  create extension if not exists citext;
  create type zmood as enum ('happy', 'it''s "ok"');
  create domain apositive as int check (value > 0);
  create type pair as (a int, b zmood);
  create type span as range (subtype = float8);
  create sequence loose start 5 increment 5;
  create function zfirst() returns int language sql immutable return 41 + 1;
  create function touch() returns trigger language plpgsql as $f$ begin new.note = coalesce(new.note, '') || ';--'''; return new; end $f$;
  create table "Zoo ""x""" (id int generated always as identity primary key, name text collate "C" not null default 'a''b', unique (name));
  create table animals (
    id bigserial primary key, zoo int references "Zoo ""x""" on delete cascade on update restrict deferrable initially deferred,
    mood zmood default 'happy', moods zmood[], legs apositive, couple pair, spans span, tag citext,
    answer int default zfirst() check (answer > 0), twice int generated always as (legs * 2) stored,
    price numeric(10, 3), at timestamptz, day date, gap interval, raw bytea, doc jsonb, big float8, note text, owner uuid,
    short varchar(3), bits bit(4), ip inet, exclude using gist (spans with &&));
  create table self (id int primary key, parent int references self, other int default nextval('loose'));
  create unlogged table "Mixed Case" ("Column One" int, "select" text) with (fillfactor = 70);
  create table measures (at date not null, v int, primary key (at)) partition by range (at);
  create table measures_2026 partition of measures for values from ('2026-01-01') to ('2027-01-01');
  create table parent_t (a int check (a > 0)); create table child_t (b int) inherits (parent_t);
  create table nothing ();
  create index animals_note on animals (lower(note)) where legs > 2; create unique index on measures (at, v);
  create statistics animal_stats on legs, price from animals;
  create view cheap with (security_invoker = true) as select a.id, z.name from animals a join "Zoo ""x""" z on z.id = a.zoo where price < 5;
  create materialized view totals as select count(*) as n from animals; create index on totals (n);
  create function list_cheap() returns setof cheap language sql stable as $$ select * from cheap $$;
  create procedure noop(inout x int) language plpgsql security definer set search_path = public as $$ begin x := x; end $$;
  create trigger touch_animals before update on animals for each row when (old.note is distinct from new.note) execute function touch();
  alter table animals disable trigger touch_animals;
  create policy own on animals for select to authenticated using (owner = auth.uid());
  create policy strict on animals as restrictive for insert to anon, authenticated with check (legs < 10);
  create policy by_zoo on "Mixed Case" using (exists (select from "Zoo ""x""" where id = "Column One"));
  alter table animals force row level security; alter table self disable row level security;
  revoke all on "Mixed Case" from anon; grant select ("select") on "Mixed Case" to anon; grant truncate on self to authenticated;
  revoke execute on function zfirst() from public; grant execute on function zfirst() to authenticated;
  create rule quiet as on delete to "Mixed Case" do instead nothing;
  comment on table animals is 'All; of ''them'''; comment on column animals.note is 'n'; comment on function zfirst() is 'f'; comment on type zmood is 't';
  insert into "Zoo ""x""" (name) values ('one'), (E'two\\n\\t\\\\ ''quoted'' $$ ; --'), ('日本😀');
  insert into animals (zoo, mood, moods, legs, couple, spans, tag, price, at, day, gap, raw, doc, big, note, owner, short, bits, ip) values
    (1, 'it''s "ok"', '{happy,NULL}', 4, row(1, 'happy'), '[1,2)', 'Tag', 1.500, '2026-01-02 03:04:05.678912+00', '2026-01-02', '1 mon -2 days 03:04:05.6',
     '\\x00ff27', '{"a": [1, null, "\\u00e9"], "n": 12345678901234567890.5}', 0.1::float8 + 0.2, 'it''s', '00000000-0000-0000-0000-000000000001', 'abc', '0101', '10.0.0.0/8'),
    (null, null, null, null, null, null, '', null, 'infinity', '0044-03-15 BC', null, null, 'null', 'NaN', '', null, '', null, null);
  insert into self (id, parent) values (1, 2), (2, 1); insert into "Mixed Case" values (1, E'\\x01');
  insert into measures values ('2026-05-05', 1); insert into parent_t values (1); insert into child_t values (2, 3); insert into nothing default values;
  refresh materialized view totals; select nextval('loose')`;

async function withSource() {
  const app = await testApp();
  const admin = await app.admin();
  const made = await admin.post('/api/database/advance/rawsql', { query: source });
  expect(made.statusCode, made.body).toBe(200);
  return app;
}
const everything = { includeFunctions: true, includeSequences: true, includeViews: true, rowLimit: null };

async function restore(app: TestApp, dump: string) {
  const { body, headers } = await form([['file', file('dump.sql', dump)]]);
  const response = await (await app.admin()).post('/api/database/advance/import', body, headers);
  expect(response.statusCode, response.body).toBe(200);
}

/** The catalog of `public` as Postgres' own views tell it, without oids. */
const catalogQueries: Record<string, string> = {
  columns: `select table_name, column_name, ordinal_position, column_default, is_nullable, udt_name, character_maximum_length, numeric_precision,
    numeric_scale, collation_name, is_identity, identity_generation, is_generated, generation_expression, domain_name
    from information_schema.columns where table_schema = 'public' order by 1, 3`,
  constraints: `select conrelid::regclass::text, contypid::regtype::text, conname, pg_get_constraintdef(oid), condeferrable, condeferred from pg_constraint
    where connamespace = 'public'::regnamespace and conparentid = 0 order by 1, 2, 3`,
  indexes: `select * from pg_indexes where schemaname = 'public' order by indexname`,
  policies: `select * from pg_policies where schemaname = 'public' order by tablename, policyname`,
  triggers: `select tgrelid::regclass::text, pg_get_triggerdef(oid), tgenabled from pg_trigger where not tgisinternal order by 1, 2`,
  relations: `select relname, relkind, relpersistence, relrowsecurity, relforcerowsecurity, reloptions, relispartition, relowner::regrole::text,
    array(select x::text from unnest(relacl) x order by 1) as acl, pg_get_partkeydef(oid) as partition_key, pg_get_expr(relpartbound, oid) as bound
    from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r','p','v','m','S') order by relname`,
  columnGrants: `select attrelid::regclass::text, attname, attacl::text from pg_attribute where attacl is not null and attrelid::regclass::text !~ 'pg_' order by 1, 2`,
  inheritance: `select inhrelid::regclass::text, inhparent::regclass::text from pg_inherits order by 1`,
  functions: `select p.oid::regprocedure::text, pg_get_functiondef(p.oid), array(select x::text from unnest(proacl) x order by 1) from pg_proc p
    where pronamespace = 'public'::regnamespace and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e') order by 1`,
  types: `select t.oid::regtype::text, typtype, typbasetype::regtype::text, typnotnull, array(select enumlabel::text from pg_enum where enumtypid = t.oid order by enumsortorder),
    (select json_agg(attname || format_type(atttypid, atttypmod) order by attnum) from pg_attribute where attrelid = typrelid)
    from pg_type t where typnamespace = 'public'::regnamespace and not exists (select from pg_depend d where d.objid = t.oid and d.deptype = 'e') order by 1`,
  views: `select viewname, definition from pg_views where schemaname = 'public' union all select matviewname, definition from pg_matviews where schemaname = 'public' order by 1`,
  sequences: `select sequencename, data_type::text, start_value, min_value, max_value, increment_by, cycle, last_value from pg_sequences where schemaname = 'public' order by 1`,
  sequenceOwners: `select objid::regclass::text, refobjid::regclass::text, refobjsubid, deptype from pg_depend d join pg_class s on s.oid = objid and s.relkind = 'S'
    where deptype in ('a', 'i') order by 1`,
  statistics: `select stxname, pg_get_statisticsobjdef(oid) from pg_statistic_ext order by 1`,
  rules: `select * from pg_rules where schemaname = 'public' order by rulename`,
  comments: `select objoid::regclass::text, objsubid, description from pg_description where classoid = 'pg_class'::regclass and objoid::regclass::text in ('animals') order by 2`,
  extensions: 'select extname from pg_extension order by 1',
};
const tables = [
  '"Zoo ""x"""',
  'animals',
  'self',
  '"Mixed Case"',
  'measures_2026',
  'only parent_t',
  'child_t',
  'nothing',
  'totals',
];

async function snapshot(app: TestApp) {
  const found: Record<string, unknown> = {};
  for (const [name, query] of Object.entries(catalogQueries)) found[name] = await app.sql(query);
  for (const table of tables) found[table] = await app.sql(`select t::text from ${table} t order by 1`);
  return found;
}

test('an export restored into an empty database equals the source, and exports the same', async () => {
  await using first = await withSource();
  await using second = await testApp();
  const dump = (await (await first.admin()).post(url, everything)).json();
  expect(dump).toEqual({ format: 'sql', data: expect.any(String), timestamp: expect.stringMatching(/^\d{4}-/) });
  await restore(second, dump.data);
  expect(await snapshot(second)).toEqual(await snapshot(first));
  const again = (await (await second.admin()).post(url, everything)).json();
  expect(again.data).toBe(dump.data);
});

test('what the tables cannot be without comes along unasked', async () => {
  await using first = await withSource();
  await using second = await testApp();
  const dump = (await (await first.admin()).post(url, { tables: ['animals', 'Zoo "x"'], format: 'sql' })).json();
  await restore(second, dump.data);
  expect(await second.sql('select zfirst() as f, (select count(*)::int from animals) as n')).toEqual([{ f: 42, n: 2 }]);
  expect(await second.sql(`select to_regclass('self') as a, to_regclass('cheap') as b`)).toEqual([
    { a: null, b: null },
  ]);
});

test('the JSON form has the keys that clients read', async () => {
  await using app = await withSource();
  const admin = await app.admin();
  const answer = (await admin.post(url, { ...everything, format: 'json' })).json();
  expect(Object.keys(answer)).toEqual(['format', 'data', 'timestamp']);
  expect(Object.keys(answer.data)).toEqual(['timestamp', 'tables', 'functions', 'sequences', 'views']);
  const { self, animals } = answer.data.tables;
  expect(Object.keys(animals)).toEqual([
    'schema',
    'indexes',
    'foreignKeys',
    'rlsEnabled',
    'policies',
    'triggers',
    'rows',
  ]);
  expect(self.schema[0]).toEqual({
    columnName: 'id',
    dataType: 'integer',
    characterMaximumLength: null,
    isNullable: 'NO',
    columnDefault: null,
  });
  expect(self.rlsEnabled).toBe(false);
  expect(self.rows).toEqual([
    { id: 1, parent: 2, other: 5 },
    { id: 2, parent: 1, other: 10 },
  ]);
  expect(animals.policies.map((policy: { policyname: string }) => policy.policyname)).toEqual(['own', 'strict']);
  expect(answer.data.functions.map((item: { functionName: string }) => item.functionName)).toContain('zfirst');
  expect(answer.data.sequences.find((item: { sequenceName: string }) => item.sequenceName === 'loose')).toEqual({
    sequenceName: 'loose',
    startValue: '5',
    increment: '5',
    minValue: '1',
    maxValue: '9223372036854775807',
    cycle: 'NO',
  });
  expect(answer.data.views.map((view: { viewName: string }) => view.viewName)).toEqual(['cheap', 'totals']);
  const bare = (await admin.post(url, { format: 'json', includeData: false, tables: ['self'] })).json();
  expect(bare.data).toMatchObject({ tables: { self: { rows: [] } }, functions: [], sequences: [], views: [] });
  expect(Object.keys(bare.data.tables)).toEqual(['self']);
});

test('tables are cut at the row limit, and it is said which', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  const query =
    'create table small (a int); create table big (a int primary key); insert into big select generate_series(1, 25)';
  await admin.post('/api/database/advance/rawsql', { query });
  const json = (await admin.post(url, { format: 'json', rowLimit: 10 })).json();
  expect(json).toMatchObject({ truncatedTables: ['big'], rowLimit: 10 });
  expect(json.data.tables.big).toMatchObject({ truncated: true, exportedRowCount: 10, totalRowCount: 25 });
  expect(json.data.tables.big.rows.at(-1)).toEqual({ a: 10 });
  expect(json.data.tables.small.truncated).toBeUndefined();
  const sql = (await admin.post(url, { rowLimit: 25 })).json();
  expect(sql.truncatedTables).toBeUndefined();
  expect((await admin.post(url, {})).json().data).toContain("('25')");
});

test('both faces give the same export, and the link downloads it for five minutes', async () => {
  let time = new Date('2026-01-02T03:04:05Z');
  await using app = await testApp({ now: () => time });
  const admin = await app.admin();
  await admin.post('/api/database/advance/rawsql', { query: `create table t (a text); insert into t values ('x')` });
  const rest = (await admin.post(url, {})).json();
  const { data } = await admin.gql(ExportDatabase, {});
  expect(data?.exportDatabase).toMatchObject({ format: 'sql', data: rest.data, truncatedTables: [] });
  const path = data?.exportDatabase?.downloadPath ?? '';
  const download = await app.nobody().get(path);
  expect(download.body).toBe(rest.data);
  expect(download.headers['content-disposition']).toBe('attachment; filename="database-2026-01-02T03-04-05.000Z.sql"');
  expect((await app.nobody().get(path.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')))).statusCode).toBe(401);
  expect((await app.nobody().get(`${url}/download`)).statusCode).toBe(401);
  time = new Date('2026-01-02T03:09:05Z');
  expect((await app.nobody().get(path)).statusCode).toBe(401);
  const audit = await app.sql(`select actor_id, subject from system.audit_entries where action = 'EXPORT_DATABASE'`);
  expect(audit).toEqual(Array(3).fill({ actor_id: 'api-key', subject: 'public' }));
  await admin.post('/api/database/advance/rawsql', {
    query: `insert into t select repeat('x', 1000) from generate_series(1, 500)`,
  });
  expect((await admin.gql(ExportDatabase, {})).data?.exportDatabase).toMatchObject({ data: null });
});

test('bad input and other callers are refused before anything is sent', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  for (const body of [
    { format: 'xml' },
    { rowLimit: 0 },
    { rowLimit: 10_001 },
    { tables: 'x' },
    { includeData: 'yes' },
  ])
    expect((await admin.post(url, body)).json()).toMatchObject({ error: 'INVALID_INPUT', statusCode: 400 });
  expect((await admin.post(url, { tables: ['nope'] })).json()).toMatchObject({
    error: 'DATABASE_NOT_FOUND',
    statusCode: 404,
  });
  for (const [caller, status] of [
    [app.nobody(), 401],
    [await app.anon(), 403],
    [await app.as('ada'), 403],
  ] as const) {
    expect((await caller.post(url, {})).statusCode).toBe(status);
    expect((await caller.gql(ExportDatabase, {})).errors?.[0]?.extensions).toMatchObject({ status });
  }
});

test('an export of many rows does not hold them in memory', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  const query = `create table big (id int primary key, filler text); insert into big select i, repeat(md5(i::text), 32) from generate_series(1, 100000) i`;
  await admin.post('/api/database/advance/rawsql', { query });
  const base = await app.listen();
  const before = liveHeap();
  const response = await fetch(base + url, {
    method: 'POST',
    headers: { ...admin.headers, 'content-type': 'application/json' },
    body: JSON.stringify({ rowLimit: null }),
  });
  let bytes = 0;
  let seen = 0;
  let peak = 0;
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).length;
    if (bytes - seen < 10_000_000) continue;
    seen = bytes;
    peak = Math.max(peak, liveHeap() - before);
  }
  expect(bytes).toBeGreaterThan(100_000_000);
  expect(peak).toBeLessThan(30_000_000);
}, 60_000);
