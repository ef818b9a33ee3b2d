import { expect, test } from 'vitest';
import { type TestApp, testApp } from '../../app.ts';
import { openSse } from '../../graphql/transports.ts';

type Data = Record<string, never>;

/** GraphQL as an admin; `run` answers the data, `refusal` the code of the error. */
async function graph(app: TestApp) {
  const admin = await app.admin();
  const run = async (document: string) => {
    const { data, errors } = await admin.gql<Data, unknown>(document);
    expect(errors).toBeUndefined();
    return data as Record<string, unknown>;
  };
  const refusal = async (document: string) => (await admin.gql(document)).errors?.[0]?.extensions.code;
  return { run, refusal, admin };
}
const sql = (app: TestApp, text: string) => app.sql(`SET ROLE project_admin; ${text}; RESET ROLE`);
const posts = `CREATE TABLE posts (id int PRIMARY KEY, owner uuid, title text);
  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$`;
const actions = async (app: TestApp) =>
  (
    await app.sql<{ action: string; subject: string }>(`SELECT action, subject FROM system.audit_entries ORDER BY id`)
  ).map(({ action, subject }) => `${action} ${subject}`);

test('a policy is made, changed and dropped, and rules rows from then on', async () => {
  await using app = await testApp();
  await sql(app, posts);
  const { run } = await graph(app);
  const ada = await app.as('ada');
  await sql(app, `INSERT INTO posts VALUES (1, '${ada.id}', 'hers'), (2, NULL, 'nobody''s')`);
  const seen = async () => (await ada.get('/api/database/records/posts?select=id')).json();
  expect(await seen()).toEqual([]);

  const made =
    await run(`mutation { createPolicy(input: {table: "posts", name: "own", command: SELECT, roles: ["authenticated"],
    using: "owner = auth.uid() -- mine"}) { name command roles isPermissive using check } }`);
  expect(made.createPolicy).toEqual({
    name: 'own',
    command: 'SELECT',
    roles: ['authenticated'],
    isPermissive: true,
    using: '(owner = auth.uid())',
    check: null,
  });
  expect(await seen()).toEqual([{ id: 1 }]);
  await run(
    `mutation { alterPolicy(input: {table: "posts", name: "own", newName: "all", using: "true", roles: ["public"]}) { name } }`,
  );
  expect(await seen()).toEqual([{ id: 1 }, { id: 2 }]);
  expect(await run('{ table(name: "posts") { policies { name roles using } } }')).toEqual({
    table: { policies: [{ name: 'all', roles: ['public'], using: 'true' }] },
  });
  await run('mutation { dropPolicy(table: "posts", name: "all") }');
  expect(await seen()).toEqual([]);
  expect(await actions(app)).toEqual([
    'CREATE_POLICY public.posts',
    'ALTER_POLICY public.posts',
    'DROP_POLICY public.posts',
  ]);
  expect(app.events.filter((name) => name === 'database.schema.changed').length).toBe(3);
});

test('an expression cannot leave its place', async () => {
  await using app = await testApp();
  await sql(app, posts);
  const { refusal } = await graph(app);
  const attempts = [
    'true); DROP TABLE posts; --',
    'true) WITH CHECK (true',
    'true) AS x, (true',
    '1) UNION (SELECT 2',
    'true) FROM posts WHERE (true',
    'true) LIMIT (1',
    'true; SELECT 1',
    '',
    ')',
    "'unclosed",
    '/* open',
  ];
  for (const using of attempts) {
    const document = `mutation { createPolicy(input: {table: "posts", name: "p", using: ${JSON.stringify(`${using} `)}}) { name } }`;
    expect([using, await refusal(document)]).toEqual([using, 'DATABASE_VALIDATION_ERROR']);
  }
  expect(await app.sql("SELECT count(*)::int AS n FROM pg_policy WHERE polrelid = 'posts'::regclass")).toEqual([
    { n: 0 },
  ]);
});

test('an index is made by column, expression, method and condition, and dropped', async () => {
  await using app = await testApp();
  await sql(app, posts);
  const { run, refusal } = await graph(app);
  const create = (input: string) =>
    run(`mutation { createIndex(input: {table: "posts", ${input}}) { name keys isUnique method definition } }`);
  expect((await create('keys: [{column: "owner"}, {column: "id", isDescending: true}]')).createIndex).toEqual({
    name: 'idx_posts_owner_id',
    keys: ['owner', 'id'],
    isUnique: false,
    method: 'btree',
    definition: 'CREATE INDEX idx_posts_owner_id ON public.posts USING btree (owner, id DESC)',
  });
  expect(
    (
      await create(
        `name: "by title", isUnique: true, keys: [{expression: "lower(title)"}], where: "title <> ''", include: ["id"]`,
      )
    ).createIndex,
  ).toMatchObject({
    isUnique: true,
    definition: `CREATE UNIQUE INDEX "by title" ON public.posts USING btree (lower(title)) INCLUDE (id) WHERE (title <> ''::text)`,
  });
  const index = (input: string) => `mutation { createIndex(input: {table: "posts", ${input}}) { name } }`;
  expect(await refusal(index('name: "by title", keys: [{column: "id"}]'))).toBe('DATABASE_DUPLICATE');
  expect(await refusal(index('keys: []'))).toBe('DATABASE_VALIDATION_ERROR');
  expect(await refusal(index('keys: [{column: "a", expression: "b"}]'))).toBe('DATABASE_VALIDATION_ERROR');
  expect(await refusal(index('keys: [{column: "nope"}]'))).toBe('DATABASE_VALIDATION_ERROR');
  expect(await refusal(index('method: "btree) (id); --", keys: [{column: "id"}]'))).toBe('DATABASE_VALIDATION_ERROR');
  expect(await refusal('mutation { dropIndex(name: "posts_pkey") }')).toBe('DATABASE_VALIDATION_ERROR');
  expect(await refusal('mutation { dropIndex(name: "nope") }')).toBe('DATABASE_NOT_FOUND');
  expect(await run('mutation { dropIndex(name: "by title") }')).toEqual({ dropIndex: true });
});

test('a trigger is made with its function, condition and arguments, and dropped', async () => {
  await using app = await testApp();
  await sql(app, posts);
  const { run, refusal } = await graph(app);
  const made =
    await run(`mutation { createTrigger(input: {table: "posts", name: "t", timing: BEFORE, events: [INSERT, UPDATE],
    when: "NEW.title IS NOT NULL", function: "touch", arguments: ["it's"]}) { name timing events level condition statement } }`);
  expect(made.createTrigger).toEqual({
    name: 't',
    timing: 'BEFORE',
    events: ['INSERT', 'UPDATE'],
    level: 'ROW',
    condition: '(new.title IS NOT NULL)',
    statement: `EXECUTE FUNCTION touch('it''s')`,
  });
  const trigger = (input: string) =>
    `mutation { createTrigger(input: {name: "u", timing: AFTER, events: [DELETE], ${input}}) { name } }`;
  expect(await refusal(trigger('table: "posts", function: "nope"'))).toBe('DATABASE_NOT_FOUND');
  expect(await refusal(trigger('table: "nope", function: "touch"'))).toBe('DATABASE_NOT_FOUND');
  expect(await refusal('mutation { dropTrigger(table: "posts", name: "nope") }')).toBe('DATABASE_NOT_FOUND');
  expect(await run('mutation { dropTrigger(table: "posts", name: "t") }')).toEqual({ dropTrigger: true });
});

test('a schema is made, exposed to roles on request, and dropped when empty or told to', async () => {
  await using app = await testApp();
  const { run, refusal, admin } = await graph(app);
  expect(await run('mutation { createSchema(name: "app", exposeTo: [anon]) { name isProtected } }')).toEqual({
    createSchema: { name: 'app', isProtected: false },
  });
  await admin.post('/api/database/tables?schema=app', {
    tableName: 'open',
    columns: [{ columnName: 'a', type: 'string', isNullable: true, isUnique: false }],
    rlsEnabled: false,
  });
  expect((await (await app.anon()).get('/api/database/records/open?schema=app')).json()).toEqual([]);
  expect((await (await app.as('ada')).get('/api/database/records/open?schema=app')).json().code).toBe('42501');
  const { schemas } = (await admin.get('/api/database/schemas')).json();
  expect(schemas.slice(0, 2)).toEqual([
    { name: 'public', isProtected: false },
    { name: 'app', isProtected: false },
  ]);
  expect(schemas).toContainEqual({ name: 'auth', isProtected: true });
  expect((await run('{ schemas { name isProtected } }')).schemas).toEqual(schemas);

  expect(await refusal('mutation { createSchema(name: "app") { name } }')).toBe('DATABASE_DUPLICATE');
  for (const name of ['storage', 'realtime', 'pg_mine', 'information_schema'])
    expect([name, await refusal(`mutation { createSchema(name: "${name}") { name } }`)]).toEqual([name, 'FORBIDDEN']);
  for (const name of ['public', 'auth'])
    expect(await refusal(`mutation { dropSchema(name: "${name}", cascade: true) }`)).toBe('FORBIDDEN');
  expect(await refusal('mutation { dropSchema(name: "nope") }')).toBe('DATABASE_NOT_FOUND');
  expect(await refusal('mutation { dropSchema(name: "app") }')).toBe('DATABASE_VALIDATION_ERROR');
  expect(await run('mutation { dropSchema(name: "app", cascade: true) }')).toEqual({ dropSchema: true });
});

test('an enum is made, grows in place, is renamed in rows, and is dropped when unused', async () => {
  await using app = await testApp();
  const { run, refusal } = await graph(app);
  await run(`mutation { createEnum(name: "mood", values: ["ok", "it's"]) { name } }`);
  await run('mutation { addEnumValue(name: "mood", value: "good", before: "it\'s") { name } }');
  await sql(app, `CREATE TABLE days (m mood DEFAULT 'good'); INSERT INTO days DEFAULT VALUES`);
  await run('mutation { renameEnumValue(name: "mood", value: "good", newValue: "great") { name } }');
  expect(await run('{ enums { name schema values } }')).toEqual({
    enums: [{ name: 'mood', schema: 'public', values: ['ok', 'great', "it's"] }],
  });
  expect(await app.sql('SELECT m::text FROM days')).toEqual([{ m: 'great' }]);
  expect(await refusal('mutation { createEnum(name: "mood", values: []) { name } }')).toBe('DATABASE_DUPLICATE');
  expect(await refusal('mutation { addEnumValue(name: "mood", value: "ok") { name } }')).toBe('DATABASE_DUPLICATE');
  expect(await refusal('mutation { addEnumValue(name: "nope", value: "ok") { name } }')).toBe('DATABASE_NOT_FOUND');
  expect(await refusal('mutation { addEnumValue(name: "mood", value: "") { name } }')).toBe(
    'DATABASE_VALIDATION_ERROR',
  );
  expect(await refusal('mutation { dropEnum(name: "mood") }')).toBe('DATABASE_VALIDATION_ERROR');
  expect(await run('mutation { dropEnum(name: "mood", cascade: true) }')).toEqual({ dropEnum: true });
  expect(await refusal('mutation { dropEnum(name: "mood") }')).toBe('DATABASE_NOT_FOUND');
});

test('a function is made from one statement, callable at once, told by its arguments, and dropped', async () => {
  await using app = await testApp();
  const { run, refusal, admin } = await graph(app);
  const create = (definition: string) =>
    `mutation { createDatabaseFunction(definition: ${JSON.stringify(definition)}) { name argumentTypes returns language } }`;
  expect(
    await run(create('CREATE FUNCTION add(a int, b int) RETURNS int LANGUAGE sql AS $$ SELECT a + b $$;')),
  ).toEqual({
    createDatabaseFunction: { name: 'add', argumentTypes: 'a integer, b integer', returns: 'integer', language: 'sql' },
  });
  expect((await admin.post('/api/database/rpc/add', { a: 5, b: 3 })).body).toBe('8');
  await run(create('CREATE FUNCTION add(a text) RETURNS text LANGUAGE sql AS $$ SELECT a $$'));
  for (const definition of [
    'DROP TABLE x',
    'CREATE TABLE x (a int)',
    'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$; DROP TABLE x',
    'CREATE FUNCTION',
    '',
  ])
    expect([definition, await refusal(create(definition))]).toEqual([definition, 'DATABASE_VALIDATION_ERROR']);
  expect(await refusal(create('CREATE FUNCTION auth.f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$'))).toBe(
    'FORBIDDEN',
  );

  const listed = (await admin.get('/api/database/functions')).json().functions;
  expect(listed.map((each: { functionName: string; kind: string }) => [each.functionName, each.kind])).toEqual([
    ['add', 'f'],
    ['add', 'f'],
  ]);
  expect(Object.keys(listed[0])).toEqual(['functionName', 'functionDef', 'kind']);
  expect((await run('{ databaseFunctions { name definition } }')).databaseFunctions).toEqual(
    listed.map((each: { functionName: string; functionDef: string }) => ({
      name: each.functionName,
      definition: each.functionDef,
    })),
  );
  expect(await refusal('mutation { dropDatabaseFunction(name: "add") }')).toBe('DATABASE_VALIDATION_ERROR');
  expect(
    await refusal('mutation { dropDatabaseFunction(name: "add", argumentTypes: "text); DROP TABLE x; --") }'),
  ).toBe('DATABASE_NOT_FOUND');
  expect(await run('mutation { dropDatabaseFunction(name: "add", argumentTypes: "a text") }')).toEqual({
    dropDatabaseFunction: true,
  });
  expect(await run('mutation { dropDatabaseFunction(name: "add") }')).toEqual({ dropDatabaseFunction: true });
});

test('an extension is enabled once, and disabled', async () => {
  await using app = await testApp();
  const { run, refusal } = await graph(app);
  const enable = 'mutation { enableExtension(name: "citext") { name installedVersion schema } }';
  expect(await run(enable)).toEqual({
    enableExtension: { name: 'citext', installedVersion: expect.any(String), schema: 'public' },
  });
  await run(enable);
  expect((await run('{ databaseFunctions { name } }')).databaseFunctions).toEqual([]);
  expect(await refusal('mutation { enableExtension(name: "nope") { name } }')).toBe('DATABASE_NOT_FOUND');
  expect(await refusal('mutation { enableExtension(name: "file_fdw") { name } }')).toBe('FORBIDDEN');
  expect(await run('mutation { disableExtension(name: "citext") }')).toEqual({ disableExtension: true });
  expect(await actions(app)).toEqual(['ENABLE_EXTENSION public.citext', 'DISABLE_EXTENSION public.citext']);
});

test('privileges are granted and revoked, of tables, columns and schemas, never of the platform', async () => {
  await using app = await testApp();
  await sql(app, `${posts}; ALTER TABLE posts DISABLE ROW LEVEL SECURITY`);
  const { run, refusal } = await graph(app);
  const anon = await app.anon();
  const change = (verb: string, rest: string) =>
    `mutation { ${verb}TablePrivileges(input: {table: "posts", role: anon, ${rest}}) }`;
  await run(change('revoke', 'privileges: [SELECT, INSERT]'));
  expect((await run('{ table(name: "posts") { grants { role privileges } } }')).table).toEqual({
    grants: [
      { role: 'anon', privileges: ['UPDATE', 'DELETE'] },
      { role: 'authenticated', privileges: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] },
      {
        role: 'project_admin',
        privileges: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'],
      },
    ],
  });
  expect((await anon.get('/api/database/records/posts')).statusCode).toBe(401);
  await run(change('grant', 'privileges: [SELECT], columns: ["id"]'));
  expect((await anon.get('/api/database/records/posts?select=id')).json()).toEqual([]);
  expect((await anon.get('/api/database/records/posts?select=title')).json().code).toBe('42501');
  await sql(app, 'CREATE SCHEMA app; CREATE TABLE app.t (id int); GRANT SELECT ON app.t TO anon');
  const inApp = async () => (await anon.get('/api/database/records/t?schema=app')).statusCode;
  expect(await inApp()).toBe(401);
  await run('mutation { grantSchemaUsage(schema: "app", role: anon) }');
  expect(await inApp()).toBe(200);
  await run('mutation { revokeSchemaUsage(schema: "app", role: anon) }');
  expect(await inApp()).toBe(401);
  expect(await refusal(change('grant', 'privileges: []'))).toBe('DATABASE_VALIDATION_ERROR');
  expect(
    await refusal(
      'mutation { grantTablePrivileges(input: {table: "users", schema: "auth", role: anon, privileges: [SELECT]}) }',
    ),
  ).toBe('FORBIDDEN');
  expect(await refusal('mutation { grantSchemaUsage(schema: "storage", role: anon) }')).toBe('FORBIDDEN');
  expect(
    await refusal('mutation { grantTablePrivileges(input: {table: "nope", role: anon, privileges: [SELECT]}) }'),
  ).toBe('DATABASE_NOT_FOUND');
});

const adminOnly = [
  '{ schemas { name } }',
  '{ databaseFunctions { name } }',
  '{ enums { name } }',
  '{ extensions { name } }',
  '{ backendMetadata }',
  'mutation { createSchema(name: "x") { name } }',
  'mutation { dropSchema(name: "x") }',
  'mutation { createDatabaseFunction(definition: "x") { name } }',
  'mutation { dropDatabaseFunction(name: "x") }',
  'mutation { createEnum(name: "x", values: []) { name } }',
  'mutation { addEnumValue(name: "x", value: "y") { name } }',
  'mutation { renameEnumValue(name: "x", value: "y", newValue: "z") { name } }',
  'mutation { dropEnum(name: "x") }',
  'mutation { enableExtension(name: "citext") { name } }',
  'mutation { disableExtension(name: "plpgsql") }',
  'mutation { createPolicy(input: {table: "x", name: "y", using: ")"}) { name } }',
  'mutation { alterPolicy(input: {table: "x", name: "y", using: ")"}) { name } }',
  'mutation { dropPolicy(table: "x", name: "y") }',
  'mutation { createIndex(input: {table: "x", keys: []}) { name } }',
  'mutation { dropIndex(name: "x") }',
  'mutation { createTrigger(input: {table: "x", name: "y", timing: AFTER, events: [], function: "f"}) { name } }',
  'mutation { dropTrigger(table: "x", name: "y") }',
  'mutation { grantTablePrivileges(input: {table: "x", role: anon, privileges: []}) }',
  'mutation { revokeTablePrivileges(input: {table: "x", role: anon, privileges: []}) }',
  'mutation { grantSchemaUsage(schema: "public", role: anon) }',
  'mutation { revokeSchemaUsage(schema: "public", role: anon) }',
];

test('none of it is for anybody but admins', async () => {
  await using app = await testApp();
  const callers = [
    [app.nobody(), 'AUTH_INVALID_CREDENTIALS'],
    [await app.anon(), 'AUTH_UNAUTHORIZED'],
    [await app.as('ada'), 'AUTH_UNAUTHORIZED'],
  ] as const;
  for (const [caller, code] of callers) {
    for (const document of adminOnly)
      expect([document, (await caller.gql(document)).errors?.[0]?.extensions.code]).toEqual([document, code]);
    for (const path of ['schemas', 'functions', 'indexes', 'policies', 'triggers'])
      expect((await caller.get(`/api/database/${path}`)).json().error).toBe(code);
  }
  expect(app.events).toEqual([]);
});

test('lists over REST tell what is in a schema, without hidden tables, by contract', async () => {
  await using app = await testApp();
  await sql(
    app,
    `${posts}; CREATE TABLE _hidden (id int PRIMARY KEY); CREATE POLICY p ON _hidden; CREATE POLICY own ON posts TO anon USING (true);
    CREATE TRIGGER t AFTER INSERT OR DELETE ON posts FOR EACH ROW EXECUTE FUNCTION touch();
    CREATE TRIGGER h AFTER INSERT ON _hidden FOR EACH ROW EXECUTE FUNCTION touch()`,
  );
  const admin = await app.admin();
  const list = async (name: string) => (await admin.get(`/api/database/${name}`)).json();
  expect(await list('indexes')).toEqual({
    indexes: [
      {
        tableName: 'posts',
        indexName: 'posts_pkey',
        indexDef: 'CREATE UNIQUE INDEX posts_pkey ON public.posts USING btree (id)',
        isUnique: true,
        isPrimary: true,
      },
    ],
  });
  expect(await list('policies')).toEqual({
    policies: [{ tableName: 'posts', policyName: 'own', cmd: 'ALL', roles: ['anon'], qual: 'true', withCheck: null }],
  });
  const trigger = {
    tableName: 'posts',
    triggerName: 't',
    actionTiming: 'AFTER',
    actionOrientation: 'ROW',
    actionCondition: null,
    actionStatement: 'EXECUTE FUNCTION touch()',
  };
  expect(await list('triggers')).toEqual({
    triggers: [
      { ...trigger, eventManipulation: 'INSERT' },
      { ...trigger, eventManipulation: 'DELETE' },
    ],
  });
  expect(await list('policies?schema=nowhere')).toEqual({ policies: [] });
  expect(await list('triggers?schema=pg_catalog')).toMatchObject({ error: 'INVALID_INPUT' });
});

test('tables of the platform are out of reach, but policies and triggers can be put where the platform allows', async () => {
  await using app = await testApp();
  await sql(app, posts);
  const { run, refusal, admin } = await graph(app);
  const objects = '/api/database/tables/objects';
  expect((await admin.delete(`${objects}?schema=storage`)).json()).toMatchObject({
    error: 'FORBIDDEN',
    statusCode: 403,
  });
  expect((await admin.patch(`${objects}/schema?schema=storage`, { dropColumns: ['key'] })).json().error).toBe(
    'FORBIDDEN',
  );
  expect(await refusal('mutation { createEnum(name: "e", schema: "storage", values: ["a"]) { name } }')).toBe(
    'FORBIDDEN',
  );
  expect(await refusal('mutation { enableExtension(name: "citext", schema: "storage") { name } }')).toBe('FORBIDDEN');
  expect(await refusal('mutation { disableExtension(name: "plpgsql") }')).toBe('FORBIDDEN');
  expect(
    await refusal(
      'mutation { createPolicy(input: {table: "secrets", schema: "system", name: "p", using: "true"}) { name } }',
    ),
  ).toBe('FORBIDDEN');
  const made = await run(
    'mutation { createPolicy(input: {table: "objects", schema: "storage", name: "mine", command: SELECT, using: "true"}) { name } }',
  );
  expect(made).toEqual({ createPolicy: { name: 'mine' } });
  await run('mutation { dropPolicy(table: "objects", schema: "storage", name: "mine") }');
  await run(
    'mutation { createTrigger(input: {table: "users", schema: "auth", name: "t", timing: AFTER, events: [INSERT], function: "public.touch"}) { name } }',
  );
  expect(
    (
      await app.sql(`SELECT tgname::text FROM pg_trigger WHERE tgrelid = 'auth.users'::regclass AND NOT tgisinternal`)
    ).at(-1),
  ).toEqual({ tgname: 't' });
});

test('schema changes stream to admins as they commit, of all schemas or one, and to nobody else', async () => {
  await using app = await testApp();
  const base = await app.listen();
  const { run, admin } = await graph(app);
  const user = await app.as('ada');
  const query = 'subscription { schemaChanges(schema: "public") { schema object operation } }';
  const stop = new AbortController();
  const { events } = await openSse(base, admin.headers, { query }, stop.signal);
  const next = events.next();
  await run('mutation { createSchema(name: "app") { name } }');
  await run('mutation { createEnum(name: "mood", values: ["ok"]) { name } }');
  expect((await next).value).toEqual({
    data: { schemaChanges: { schema: 'public', object: 'mood', operation: 'CREATE_ENUM' } },
  });
  await admin.post('/api/database/advance/rawsql', { query: 'CREATE TABLE by_hand (id int)' });
  expect((await events.next()).value.data.schemaChanges).toMatchObject({ schema: 'public', object: 'by_hand' });
  stop.abort();
  for (const headers of [{}, (await app.anon()).headers, user.headers]) {
    const { events: refused } = await openSse(base, headers, { query });
    expect((await refused.next()).value.errors[0].extensions.code).toMatch(/^AUTH_/);
  }
});

test('a caller that leaves takes the waiting statement along, and nothing was changed', async () => {
  await using app = await testApp();
  await sql(app, posts);
  const base = await app.listen();
  const { admin } = await graph(app);
  const holder = await app.pools.system.connect();
  await holder.query('BEGIN; LOCK TABLE posts IN ACCESS EXCLUSIVE MODE');
  // The schema cache waits for the same lock when it happens to be loading.
  const waiting = async () =>
    (
      await app.sql<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'DROP TABLE%' AND datname = current_database()`,
      )
    ).length;
  const until = async (count: number) => {
    while ((await waiting()) !== count) await new Promise(setImmediate);
  };
  const gone = new AbortController();
  const request = fetch(`${base}/api/database/tables/posts`, {
    method: 'DELETE',
    headers: admin.headers,
    signal: gone.signal,
  });
  await until(1);
  gone.abort();
  await expect(request).rejects.toThrow();
  await until(0);
  await holder.query('COMMIT');
  holder.release();
  expect((await admin.get('/api/database/tables')).json()).toEqual(['posts']);
  expect(await actions(app)).toEqual([]);
});
