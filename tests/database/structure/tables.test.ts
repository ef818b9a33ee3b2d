import { expect, test } from 'vitest';
import { type TestApp, testApp } from '../../app.ts';

const column = (columnName: string, type = 'string', more: Record<string, unknown> = {}) => ({
  columnName,
  type,
  isNullable: true,
  isUnique: false,
  ...more,
});
const pair = (sourceColumn: string, referenceColumn = 'id') => ({ sourceColumn, referenceColumn });
const reference = (referenceTable: string, ...referenceColumns: ReturnType<typeof pair>[]) => ({
  referenceTable,
  referenceColumns,
  onDelete: 'CASCADE',
  onUpdate: 'NO ACTION',
});

async function create(app: TestApp, tableName: string, columns = [column('title')], more = {}, query = '') {
  return (await app.admin()).post(`/api/database/tables${query}`, { tableName, columns, ...more });
}
const describe = async (app: TestApp, table: string, query = '') =>
  (await (await app.admin()).get(`/api/database/tables/${encodeURIComponent(table)}/schema${query}`)).json();
const audits = (app: TestApp) =>
  app.sql<{ action: string; subject: string; actor_id: string }>(
    `SELECT action, subject, actor_id FROM system.audit_entries WHERE module = 'DATABASE' ORDER BY id`,
  );

test('a created table has the reserved columns, its own, its keys, row-level security and a timestamp trigger', async () => {
  await using app = await testApp();
  const columns = [
    column('id', 'uuid'),
    column('title', 'string', { isNullable: false, isUnique: true }),
    column('owner', 'uuid', { isNullable: false }),
    column('token', 'uuid', { isNullable: false }),
    column('day', 'date', { isNullable: false }),
    column('seen', 'datetime', { isNullable: false }),
    column('done', 'boolean', { isNullable: false }),
    column('score', 'float', { defaultValue: '0.0' }),
    column('count', 'integer', { isNullable: false, defaultValue: ' 7 ' }),
    column('data', 'json', { defaultValue: '{}' }),
    column('maybe', 'boolean'),
    column('updated_at', 'datetime'),
  ];
  const response = await create(app, 'posts', columns, { foreignKeys: [reference('auth.users', pair('owner'))] });
  expect(response.statusCode).toBe(201);
  expect(response.json()).toMatchObject({
    schemaName: 'public',
    message: 'table created successfully',
    tableName: 'posts',
    autoFields: ['id', 'created_at', 'updated_at'],
  });
  expect(response.json().columns.map((each: { sqlType: string }) => each.sqlType)).toEqual(
    'TEXT UUID UUID DATE TIMESTAMPTZ BOOLEAN DOUBLE PRECISION INTEGER JSONB BOOLEAN'
      .replace('DOUBLE ', 'DOUBLE_')
      .split(' ')
      .map((each) => each.replace('_', ' ')),
  );

  const shape = { isNullable: true, isPrimaryKey: false, isUnique: false };
  expect(await describe(app, 'posts')).toEqual({
    schemaName: 'public',
    tableName: 'posts',
    recordCount: 0,
    columns: [
      {
        columnName: 'id',
        type: 'uuid',
        isNullable: false,
        isPrimaryKey: true,
        isUnique: true,
        defaultValue: 'gen_random_uuid()',
      },
      { ...shape, columnName: 'title', type: 'string', isNullable: false, isUnique: true },
      { ...shape, columnName: 'owner', type: 'uuid', isNullable: false },
      { ...shape, columnName: 'token', type: 'uuid', isNullable: false, defaultValue: 'gen_random_uuid()' },
      { ...shape, columnName: 'day', type: 'date', isNullable: false, defaultValue: 'now()' },
      { ...shape, columnName: 'seen', type: 'datetime', isNullable: false, defaultValue: 'now()' },
      { ...shape, columnName: 'done', type: 'boolean', isNullable: false, defaultValue: 'false' },
      { ...shape, columnName: 'score', type: 'float', defaultValue: '0' },
      { ...shape, columnName: 'count', type: 'integer', isNullable: false, defaultValue: '7' },
      { ...shape, columnName: 'data', type: 'json', defaultValue: '{}' },
      { ...shape, columnName: 'maybe', type: 'boolean' },
      { ...shape, columnName: 'created_at', type: 'datetime', defaultValue: 'now()' },
      { ...shape, columnName: 'updated_at', type: 'datetime', defaultValue: 'now()' },
    ],
    foreignKeys: [
      {
        constraintName: 'fk_owner_auth_users_id',
        referenceTable: 'auth.users',
        referenceColumns: [{ sourceColumn: 'owner', referenceColumn: 'id' }],
        onDelete: 'CASCADE',
        onUpdate: 'NO ACTION',
      },
    ],
  });
  const [table] = await app.sql<{ rls: boolean; owner: string; triggers: string[] }>(
    `SELECT relrowsecurity AS rls, pg_get_userbyid(relowner) AS owner,
       ARRAY(SELECT tgname::text FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal) AS triggers
     FROM pg_class c WHERE oid = 'public.posts'::regclass`,
  );
  expect(table).toEqual({ rls: true, owner: 'project_admin', triggers: ['posts_update_timestamp'] });
  expect(await audits(app)).toEqual([{ action: 'CREATE_TABLE', subject: 'public.posts', actor_id: 'api-key' }]);
  expect(app.events).toEqual(['audit.recorded', 'database.schema.changed']);
});

test('updated_at follows every update', async () => {
  await using app = await testApp();
  await create(app, 'notes');
  const [row] = await app.sql<{ later: boolean }>(
    `WITH made AS (INSERT INTO notes (title, updated_at) VALUES ('a', '2000-01-01') RETURNING id) SELECT true AS later FROM made`,
  );
  expect(row?.later).toBe(true);
  await app.sql(`UPDATE notes SET title = 'b'`);
  expect(await app.sql(`SELECT updated_at > '2001-01-01' AS later FROM notes`)).toEqual([{ later: true }]);
});

test('row-level security is off only when that was said', async () => {
  await using app = await testApp();
  await create(app, 'open', [column('a')], { rlsEnabled: false });
  await create(app, 'closed', [column('a')]);
  expect(
    await app.sql(`SELECT relname::text, relrowsecurity FROM pg_class WHERE relname IN ('open', 'closed') ORDER BY 1`),
  ).toEqual([
    { relname: 'closed', relrowsecurity: true },
    { relname: 'open', relrowsecurity: false },
  ]);
});

const refusals: [string, unknown, number, string][] = [
  ['no body', undefined, 400, 'INVALID_INPUT'],
  ['no columns', { tableName: 't', columns: [] }, 400, 'INVALID_INPUT'],
  ['an empty name', { tableName: '', columns: [column('a')] }, 400, 'INVALID_INPUT'],
  ['a name of 65 characters', { tableName: 'x'.repeat(65), columns: [column('a')] }, 400, 'INVALID_INPUT'],
  ['a name of 64 bytes', { tableName: 'x'.repeat(64), columns: [column('a')] }, 400, 'DATABASE_VALIDATION_ERROR'],
  ['a blank name', { tableName: '  ', columns: [column('a')] }, 400, 'DATABASE_VALIDATION_ERROR'],
  ['a quote in a name', { tableName: 'a"b', columns: [column('a')] }, 400, 'DATABASE_VALIDATION_ERROR'],
  [
    'a quote in a column',
    { tableName: 't', columns: [column('a"; DROP TABLE x; --')] },
    400,
    'DATABASE_VALIDATION_ERROR',
  ],
  [
    'a column without nullability',
    { tableName: 't', columns: [{ columnName: 'a', type: 'string', isUnique: false }] },
    400,
    'INVALID_INPUT',
  ],
  ['an unknown type', { tableName: 't', columns: [column('a', 'text')] }, 400, 'DATABASE_VALIDATION_ERROR'],
  ['reserved columns only', { tableName: 't', columns: [column('id', 'uuid')] }, 400, 'DATABASE_VALIDATION_ERROR'],
  [
    'a reserved column of another type',
    { tableName: 't', columns: [column('id', 'integer'), column('a')] },
    400,
    'DATABASE_VALIDATION_ERROR',
  ],
  ['a column twice', { tableName: 't', columns: [column('a'), column('a')] }, 400, 'DATABASE_VALIDATION_ERROR'],
  [
    'a default that the type cannot hold',
    { tableName: 't', columns: [column('a', 'integer', { defaultValue: 'x' })] },
    400,
    'DATABASE_VALIDATION_ERROR',
  ],
  ['a table that exists', { tableName: 'base', columns: [column('a')] }, 400, 'DATABASE_DUPLICATE'],
  ['a view that exists', { tableName: 'seen', columns: [column('a')] }, 400, 'DATABASE_DUPLICATE'],
  [
    'a foreign key on a reserved column',
    { tableName: 't', columns: [column('a')], foreignKeys: [reference('base', pair('id'))] },
    400,
    'DATABASE_FORBIDDEN',
  ],
  [
    'a missing referenced table',
    { tableName: 't', columns: [column('a', 'uuid')], foreignKeys: [reference('nope', pair('a'))] },
    400,
    'DATABASE_VALIDATION_ERROR',
  ],
  [
    'a missing referenced column',
    { tableName: 't', columns: [column('a', 'uuid')], foreignKeys: [reference('base', pair('a', 'nope'))] },
    400,
    'DATABASE_VALIDATION_ERROR',
  ],
  [
    'a missing source column',
    { tableName: 't', columns: [column('a', 'uuid')], foreignKeys: [reference('base', pair('b'))] },
    400,
    'DATABASE_VALIDATION_ERROR',
  ],
  [
    'a reference to what is not unique',
    { tableName: 't', columns: [column('a')], foreignKeys: [reference('base', pair('a', 'title'))] },
    400,
    'DATABASE_VALIDATION_ERROR',
  ],
  [
    'a reference of another type',
    { tableName: 't', columns: [column('a', 'integer')], foreignKeys: [reference('base', pair('a'))] },
    400,
    'DATABASE_VALIDATION_ERROR',
  ],
  [
    'a reference with two dots',
    { tableName: 't', columns: [column('a', 'uuid')], foreignKeys: [reference('a.b.c', pair('a'))] },
    400,
    'INVALID_INPUT',
  ],
  [
    'an unknown action',
    {
      tableName: 't',
      columns: [column('a', 'uuid')],
      foreignKeys: [{ ...reference('base', pair('a')), onDelete: 'DROP' }],
    },
    400,
    'INVALID_INPUT',
  ],
];

test('every refusal of a creation has its code, and leaves nothing', async () => {
  await using app = await testApp();
  await create(app, 'base');
  await app.sql('CREATE VIEW seen AS SELECT 1 AS a');
  const admin = await app.admin();
  for (const [what, body, status, code] of refusals) {
    const response = await admin.post('/api/database/tables', body);
    expect([what, response.statusCode, response.json().error]).toEqual([what, status, code]);
    expect(response.json().message.length).toBeGreaterThan(5);
  }
  for (const query of ['?schema=pg_catalog', '?schema=information_schema', '?schema=a&schema=b'])
    expect([query, (await create(app, 't', undefined, {}, query)).json().error]).toEqual([query, 'INVALID_INPUT']);
  expect((await create(app, 't', undefined, {}, '?schema=nowhere')).json().error).toBe('DATABASE_VALIDATION_ERROR');
  expect((await create(app, 't', undefined, {}, '?schema=system')).json()).toMatchObject({
    error: 'FORBIDDEN',
    statusCode: 403,
  });
  expect((await admin.get('/api/database/tables')).json()).toEqual(['base']);
  expect((await audits(app)).length).toBe(1);
});

test('of two who create one table at once, one succeeds and the other is told that it exists', async () => {
  await using app = await testApp();
  const responses = await Promise.all(Array.from({ length: 6 }, () => create(app, 'race')));
  const lost = responses.filter((response) => response.statusCode !== 201);
  expect(lost.length).toBe(5);
  for (const response of lost) expect(response.json()).toMatchObject({ error: 'DATABASE_DUPLICATE', statusCode: 400 });
  expect((await audits(app)).length).toBe(1);
});

test('names of any script, case and content are kept as they are', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  const names = ['Übung', '日本語', "o'clock; DROP TABLE x --", 'Mixed Case', 'a.b', 'x'.repeat(63), 'select'];
  for (const name of names) {
    expect([name, (await create(app, name, [column(name)])).statusCode]).toEqual([name, 201]);
    const described = await describe(app, name);
    expect(described.columns[1].columnName).toBe(name);
    const path = `/api/database/tables/${encodeURIComponent(name)}`;
    const altered = await admin.patch(`${path}/schema`, { addColumns: [column(`${name.slice(0, 10)} 2`)] });
    expect(altered.json()).toMatchObject({ tableName: name, operations: [`Added column: ${name.slice(0, 10)} 2`] });
    expect((await admin.delete(path)).statusCode).toBe(200);
  }
  expect((await admin.get('/api/database/tables')).json()).toEqual([]);
});

test('the list has base tables only, sorted, without hidden ones, of the schema that was asked for', async () => {
  await using app = await testApp();
  await app.sql('CREATE SCHEMA app AUTHORIZATION project_admin');
  for (const name of ['b', 'a', 'C', '_hidden']) await create(app, name);
  await create(app, 'elsewhere', undefined, {}, '?schema=app');
  await app.sql('CREATE VIEW v AS SELECT 1');
  const admin = await app.admin();
  expect((await admin.get('/api/database/tables')).json()).toEqual(['C', 'a', 'b']);
  expect((await admin.get('/api/database/tables?schema=app')).json()).toEqual(['elsewhere']);
  expect((await admin.get('/api/database/tables?schema=auth')).json()).toContain('users');
  expect((await admin.get('/api/database/tables?schema=APP')).json()).toEqual([]);
});

test('a foreign key within a schema needs no schema, and is described with it', async () => {
  await using app = await testApp();
  await app.sql('CREATE SCHEMA app AUTHORIZATION project_admin');
  await create(app, 'parent', undefined, {}, '?schema=app');
  const child = await create(
    app,
    'child',
    [column('p', 'uuid')],
    { foreignKeys: [reference('parent', pair('p'))] },
    '?schema=app',
  );
  expect(child.statusCode).toBe(201);
  expect((await describe(app, 'child', '?schema=app')).foreignKeys[0]).toMatchObject({
    constraintName: 'fk_p_parent_id',
    referenceTable: 'app.parent',
  });
});

test('raw SQL shapes are described by the same rules', async () => {
  await using app = await testApp();
  await app.sql(`CREATE TYPE mood AS ENUM ('ok')`);
  await app.sql(`CREATE TABLE wide (a int2, b bigserial, c varchar(9) DEFAULT 'it''s', d text[], e mood DEFAULT 'ok', f timestamp,
    g interval, h numeric(9,2) DEFAULT -1, i jsonb DEFAULT '{"a": "b\\\\c"}', j text DEFAULT 'a' || 'b', k text DEFAULT NULL,
    l int GENERATED ALWAYS AS (1) STORED, PRIMARY KEY (a, b), UNIQUE (c, f))`);
  const columns = Object.fromEntries(
    (await describe(app, 'wide')).columns.map((each: { columnName: string }) => [each.columnName, each]),
  );
  const types = Object.values(columns).map((each) => (each as { type: string }).type);
  expect(types).toEqual([
    'integer',
    'integer',
    'string',
    'json',
    'mood',
    'timestamp without time zone',
    'interval',
    'float',
    'json',
    'string',
    'string',
    'integer',
  ]);
  expect(columns.a).toMatchObject({ isPrimaryKey: true, isUnique: false });
  expect(columns.c).toMatchObject({ isUnique: false, defaultValue: "it's" });
  expect(columns.b.defaultValue).toMatch(/^nextval\(/);
  expect([columns.e, columns.h, columns.i].map((each) => each.defaultValue)).toEqual(['ok', '-1', '{"a": "b\\\\c"}']);
  expect(columns.j.defaultValue).toBe(`('a'::text || 'b'::text)`);
  expect(columns.k).not.toHaveProperty('defaultValue');
  expect(columns.l).not.toHaveProperty('defaultValue');
});

test('a table that does not exist is DATABASE_NOT_FOUND to describe and to alter, and 200 to delete', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  expect((await admin.get('/api/database/tables/nope/schema')).json()).toMatchObject({
    error: 'DATABASE_NOT_FOUND',
    statusCode: 404,
  });
  expect((await admin.patch('/api/database/tables/nope/schema', {})).json()).toMatchObject({
    error: 'DATABASE_NOT_FOUND',
    statusCode: 404,
  });
  expect((await admin.delete('/api/database/tables/nope')).json()).toMatchObject({
    schemaName: 'public',
    message: 'table deleted successfully',
    tableName: 'nope',
  });
  expect(await audits(app)).toEqual([]);
  expect(app.events).toEqual([]);
});

test('a deleted table takes along what depends on it', async () => {
  await using app = await testApp();
  await create(app, 'parent');
  await create(app, 'child', [column('p', 'uuid')], { foreignKeys: [reference('parent', pair('p'))] });
  expect((await (await app.admin()).delete('/api/database/tables/parent')).statusCode).toBe(200);
  expect((await describe(app, 'child')).foreignKeys).toEqual([]);
  expect((await audits(app)).at(-1)).toMatchObject({ action: 'DELETE_TABLE', subject: 'public.parent' });
});

test('only admins manage tables, and nobody learns more by a bad request', async () => {
  await using app = await testApp();
  await create(app, 't');
  const user = await app.as('ada');
  const callers = [
    [app.nobody(), 401, 'AUTH_INVALID_CREDENTIALS'],
    [await app.anon(), 403, 'AUTH_UNAUTHORIZED'],
    [user, 403, 'AUTH_UNAUTHORIZED'],
  ] as const;
  for (const [caller, status, code] of callers) {
    const answers = [
      await caller.get('/api/database/tables?schema=pg_catalog'),
      await caller.post('/api/database/tables', {}),
      await caller.get('/api/database/tables/t/schema'),
      await caller.patch('/api/database/tables/t/schema', { dropColumns: ['id'] }),
      await caller.delete('/api/database/tables/t'),
    ];
    for (const answer of answers) expect([answer.statusCode, answer.json().error]).toEqual([status, code]);
    for (const document of [
      '{ tables { name } }',
      '{ table(name: "t") { name } }',
      'mutation { dropTable(name: "t") }',
    ]) {
      const { errors } = await caller.gql(document);
      expect(errors?.[0]?.extensions).toMatchObject({ code, status });
    }
  }
  expect((await (await app.admin()).get('/api/database/tables')).json()).toEqual(['t']);
});

test('a table can be read and written over REST records as soon as it was created', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  expect((await admin.get('/api/database/records/fresh')).statusCode).toBe(404);
  await create(app, 'fresh');
  expect((await admin.post('/api/database/records/fresh', [{ title: 'a' }])).statusCode).toBe(201);
  await admin.patch('/api/database/tables/fresh/schema', { addColumns: [column('more')] });
  expect((await admin.get('/api/database/records/fresh?select=title,more')).json()).toEqual([
    { title: 'a', more: null },
  ]);
});
