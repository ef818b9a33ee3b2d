import { expect, test } from 'vitest';
import { changesOf } from '../../../src/database/sql/changes.ts';
import { checkScript } from '../../../src/database/sql/guards.ts';
import { createSplitter, firstKeyword, splitStatements } from '../../../src/database/sql/split.ts';
import { parseStatements } from '../../../src/database/sql/statements.ts';
import { valueEncoder } from '../../../src/database/sql/values.ts';

const check = async (script: string) => checkScript(script, await parseStatements(script));

const blocked = [
  "select set_config('a.b', 'c', true)",
  'select 1 -- set_config',
  "select 'SET_CONFIG'",
  'create database x',
  'alter database x rename to y',
  'alter database x owner to y',
  'alter database x set work_mem = 1',
  'drop database x',
  'set role anon',
  'set local role anon',
  'reset role',
  "set session authorization 'x'",
  'reset session authorization',
  'set search_path = x',
  'set local search_path to x',
  'reset search_path',
  "set statement_timeout = '1h'",
  'set local statement_timeout = 0',
  'reset all',
  'discard all',
  'discard temp',
  'set work_mem = 1',
  "set time zone 'UTC'",
  'set session characteristics as transaction read write',
  'create role x',
  'create user x superuser',
  'alter role x set work_mem = 1',
  'alter user x rename to y',
  'alter role anon superuser',
  'drop role x',
  'grant project_admin to anon',
  'revoke project_admin from authenticator',
  'begin',
  'commit',
  'rollback',
  'start transaction',
  'savepoint x',
  'release savepoint x',
  'rollback to savepoint x',
  "prepare transaction 'x'",
  "commit prepared 'x'",
  "alter system set work_mem = '1GB'",
  'copy t to stdout',
  "copy t from program 'id'",
  'select 1; select 2; commit',
];
test.each(blocked)('the guards refuse: %s', async (script) => {
  await expect(check(script)).rejects.toMatchObject({ code: 'FORBIDDEN', status: 403 });
});

const allowed = [
  "select 'commit', 'set role x' -- drop role",
  '/* create database */ select 1',
  'create function f() returns int language plpgsql as $$ begin commit; set role x; return 1; end $$',
  'create function f() returns int language sql set search_path = pg_catalog return 1',
  'set local work_mem = 1000',
  'reset work_mem',
  'grant select on t to anon',
  'revoke all on t from anon',
  "select my_set_config('x')",
  'notify pgrst',
  'do $$ begin null; end $$',
];
test.each(allowed)('the guards let pass: %s', async (script) => {
  await expect(check(script)).resolves.toBeUndefined();
});

test('statements are cut where Postgres cuts them, with positions in characters', async () => {
  const script = "select '😀;'; -- c;\n create table t(a int);; /* x */ ";
  expect((await parseStatements(script)).map(({ text, offset }) => ({ text, offset }))).toEqual([
    { text: "select '😀;'", offset: 0 },
    { text: 'create table t(a int)', offset: 20 },
  ]);
  expect(await parseStatements(' -- nothing\n;')).toEqual([]);
});

test('a syntax error is a 400 with its position', async () => {
  await expect(parseStatements("select '😀' frm x y z")).rejects.toMatchObject({
    code: 'DATABASE_VALIDATION_ERROR',
    status: 400,
    message: expect.stringContaining('syntax error at or near "x"'),
    details: { position: 16 },
  });
  await expect(parseStatements('select 1\0; drop table x')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});

const scripts = [
  "select 'a;b'; select \"c;d\"; select E'it\\'s;'; select $$;$$, $x$ ; $$ $x$;",
  '-- a;\nselect 1 /* ; /* ; */ ; */ ; select 2',
  'create function f() returns int begin atomic; select case when true then 1 else 2 end; end; select 3;',
  "create or replace procedure p() begin atomic select 1; end; insert into t values ('a''b;'), (';');",
  'create rule r as on insert to t do also (delete from a; delete from b); select 4',
  'select $1, a$b$c from x; select 1-1, 2/1;;; select é;',
  'create table begin_t (a int); alter table x add b int;',
  "select 'x'\n'y', e'\\\\'; select 5",
];
test.each(scripts)('the streaming splitter cuts like the parser, whatever the chunks: %s', async (script) => {
  const expected = (await parseStatements(script)).map(({ text }) => text);
  const trimmed = (pieces: { text: string }[]) => pieces.map(({ text }) => text.replace(/^\/\*.*?\*\/\s*/s, ''));
  for (const size of [1, 2, 3, 7, 1000]) {
    const splitter = createSplitter();
    const pieces = [];
    for (let at = 0; at < script.length; at += size) pieces.push(...splitter.push(script.slice(at, at + size)));
    pieces.push(...splitter.end());
    expect(trimmed(pieces).map(withoutComments), `chunks of ${size}`).toEqual(expected.map(withoutComments));
  }
  for (const { text, offset } of splitStatements(script)) expect([...script].join('').slice(offset)).toContain(text);
});
const withoutComments = (text: string) => text.replace(/\/\*.*\*\/|--.*\n/gs, '').trim();

test('a script too large to parse whole is cut first and guarded all the same', async () => {
  const filler = `insert into t values ('${'x'.repeat(300_000)}');`;
  const statements = await parseStatements(`${filler} select 1; create role x;`);
  expect(statements).toHaveLength(3);
  expect(statements[0]?.node).toBeNull();
  expect(() => checkScript('', statements)).toThrow('CREATE ROLE');
  expect(firstKeyword(' -- a\n ((select 1))')).toBe('SELECT');
});

const text = 25;
test.each([
  [20, '9007199254740993', '9007199254740993'],
  [1700, '1.50', '1.50'],
  [23, '7', 7],
  [16, 't', true],
  [701, '1.5', 1.5],
  [701, 'NaN', 'NaN'],
  [701, '-Infinity', '-Infinity'],
  [1082, '2026-01-02', '2026-01-02'],
  [1184, '2026-01-02 03:04:05.678+00', '2026-01-02T03:04:05.678Z'],
  [1184, '2026-01-02 03:04:05+05:30', '2026-01-01T21:34:05.000Z'],
  [1184, '2026-01-02 03:04:05.678912+00', '2026-01-02T03:04:05.678912Z'],
  [1184, 'infinity', 'infinity'],
  [1184, '0044-03-15 12:00:00+00 BC', '0044-03-15 12:00:00+00 BC'],
  [1114, '2026-01-02 03:04:05.5', '2026-01-02T03:04:05.500Z'],
  [1186, '1 day 02:00:00', '1 day 02:00:00'],
  [3802, '{"a": [1, null]}', { a: [1, null] }],
  [text, '', ''],
])('a value of type %s is %s on the wire', (oid, wire, shown) => {
  expect(valueEncoder(oid, new Map())(wire)).toEqual(shown);
});

test('bytes, arrays and NULL have their JSON form', () => {
  expect(JSON.stringify(valueEncoder(17, new Map())('\\x0102'))).toBe('{"type":"Buffer","data":[1,2]}');
  const elements = new Map([
    [1016, 20],
    [1185, 1184],
    [3807, 3802],
  ]);
  expect(valueEncoder(1016, elements)('{1,NULL,{2}}')).toEqual(['1', null, ['2']]);
  expect(valueEncoder(1185, elements)('{"2026-01-02 03:04:05+00"}')).toEqual(['2026-01-02T03:04:05.000Z']);
  expect(valueEncoder(3807, elements)('{"{\\"a\\": 1}"}')).toEqual([{ a: 1 }]);
  expect(valueEncoder(20, elements)(null)).toBeNull();
});

test.each([
  ['create table a.t (x int)', { schema: 'a', object: 't', operation: 'CREATE_TABLE', isDdl: true }],
  ['create table t as select 1', { schema: 'public', object: 't', operation: 'CREATE_TABLE', isDdl: true }],
  ['alter table t add x int', { schema: 'public', object: 't', operation: 'ALTER_TABLE', isDdl: true }],
  ['drop table a.t', { schema: 'a', object: 't', operation: 'DROP_TABLE', isDdl: true }],
  ['create index on t (x)', { schema: 'public', object: 't', operation: 'CREATE_INDEX', isDdl: true }],
  ['create policy p on t using (true)', { schema: 'public', object: 't', operation: 'CREATE_POLICY', isDdl: true }],
  ['create view v as select 1', { schema: 'public', object: 'v', operation: 'CREATE_VIEW', isDdl: true }],
  [
    'create function f() returns int return 1',
    { schema: 'public', object: 'f', operation: 'CREATE_FUNCTION', isDdl: true },
  ],
  ['create extension citext', { schema: 'public', object: 'citext', operation: 'CREATE_EXTENSION', isDdl: true }],
  ['insert into t values (1)', { schema: 'public', object: 't', operation: 'INSERT', isDdl: false }],
  ['truncate a.t', { schema: 'a', object: 't', operation: 'DELETE', isDdl: false }],
])('the change is named: %s', async (script, change) => {
  expect(changesOf(await parseStatements(script))).toEqual([change]);
});

test('reading changes nothing', async () => {
  expect(changesOf(await parseStatements('select 1; explain select 2; set local work_mem = 100'))).toEqual([]);
});
