import { expect, test } from 'vitest';
import { type TestApp, testApp } from '../../app.ts';
import { mcp } from '../../mcp.ts';

/** As the project's admin would, so that it owns what it makes. */
const sql = (app: TestApp, text: string) => app.sql(`SET ROLE project_admin; ${text}; RESET ROLE`);

async function withPosts(app: TestApp) {
  await sql(
    app,
    `CREATE TABLE posts (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), owner uuid REFERENCES auth.users (id) ON DELETE CASCADE,
    title varchar(20) NOT NULL DEFAULT 'none', tags text[])`,
  );
  await sql(app, `CREATE POLICY own ON posts FOR SELECT TO authenticated, anon USING (owner = auth.uid())`);
  await sql(app, `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$`);
  await app.sql(
    `CREATE TRIGGER t BEFORE INSERT OR UPDATE ON posts FOR EACH ROW WHEN (NEW.title <> 'x') EXECUTE FUNCTION touch()`,
  );
  await sql(app, `INSERT INTO posts (title) VALUES ('a'), ('b')`);
}

const postsDetail = {
  schema: [
    {
      columnName: 'id',
      dataType: 'uuid',
      characterMaximumLength: null,
      isNullable: 'NO',
      columnDefault: 'gen_random_uuid()',
    },
    { columnName: 'owner', dataType: 'uuid', characterMaximumLength: null, isNullable: 'YES', columnDefault: null },
    {
      columnName: 'title',
      dataType: 'character varying',
      characterMaximumLength: 20,
      isNullable: 'NO',
      columnDefault: "'none'::character varying",
    },
    { columnName: 'tags', dataType: 'text[]', characterMaximumLength: null, isNullable: 'YES', columnDefault: null },
  ],
  indexes: [
    {
      indexname: 'posts_pkey',
      indexdef: 'CREATE UNIQUE INDEX posts_pkey ON public.posts USING btree (id)',
      isUnique: true,
      isPrimary: true,
    },
  ],
  foreignKeys: [
    {
      constraintName: 'posts_owner_fkey',
      columnName: 'owner',
      foreignTableName: 'auth.users',
      foreignColumnName: 'id',
      deleteRule: 'CASCADE',
      updateRule: 'NO ACTION',
    },
  ],
  rlsEnabled: true,
  policies: [
    {
      policyname: 'own',
      cmd: 'SELECT',
      roles: ['authenticated', 'anon'],
      qual: '(owner = auth.uid())',
      withCheck: null,
    },
  ],
  triggers: ['INSERT', 'UPDATE'].map((eventManipulation) => ({
    triggerName: 't',
    actionTiming: 'BEFORE',
    eventManipulation,
    actionOrientation: 'ROW',
    actionCondition: "((new.title)::text <> 'x'::text)",
    actionStatement: 'EXECUTE FUNCTION touch()',
    newTable: null,
    oldTable: null,
  })),
  rows: [],
};
const absent = {
  exists: false,
  schema: [],
  indexes: [],
  foreignKeys: [],
  rlsEnabled: false,
  policies: [],
  triggers: [],
  rows: [],
};

test('a table is told whole, and an absent one is told to be absent', async () => {
  await using app = await testApp();
  await withPosts(app);
  await app.sql('CREATE SCHEMA app');
  await app.sql('CREATE TABLE app.posts (a int)');
  const admin = await app.admin();
  expect((await admin.get('/api/metadata/posts')).json()).toEqual({ posts: postsDetail });
  expect((await admin.get('/api/metadata/posts?schema=app')).json().posts.schema.length).toBe(1);
  for (const name of ['nope', 'constructor', '__proto__', 'toString']) {
    const response = await admin.get(`/api/metadata/${name}`);
    expect([response.statusCode, response.body]).toEqual([200, JSON.stringify({ [name]: absent })]);
  }
  expect((await admin.get('/api/metadata/a%22b')).json().error).toBe('DATABASE_VALIDATION_ERROR');
});

test('the whole backend is told slice by slice, as JSON and as Markdown', async () => {
  await using app = await testApp();
  await withPosts(app);
  await app.sql('CREATE TABLE _hidden (a int)');
  const admin = await app.admin();
  const whole = (await admin.get('/api/metadata?mcp=true')).json();
  expect(whole.version).toBe('2.3.1');
  expect(whole.auth).toMatchObject({ passwordMinLength: expect.any(Number), allowedRedirectUrls: expect.any(Array) });
  expect(whole.database).toEqual({
    tables: [{ tableName: 'posts', recordCount: 2 }],
    totalSizeInGB: expect.any(Number),
    hint: expect.stringContaining('get-table-schema'),
  });
  expect(whole.database.totalSizeInGB).toBeGreaterThan(0.001);
  expect(whole.database.totalSizeInGB).toBeLessThan(1);
  expect(whole.storage).toEqual({ buckets: [], totalSizeInGB: 0 });
  expect(whole).not.toHaveProperty('deployments');
  expect((await admin.get('/api/metadata/database')).json()).toEqual({
    ...whole.database,
    totalSizeInGB: expect.any(Number),
  });

  const markdown = await admin.get('/api/metadata?format=markdown');
  expect(markdown.headers['content-type']).toBe('text/markdown; charset=utf-8');
  expect(markdown.body).toContain('## Auth');
  expect(markdown.body).toContain('| posts | 2 |');
  expect((await admin.get('/api/metadata?format=xml')).json()).toMatchObject({
    error: 'INVALID_INPUT',
    statusCode: 400,
  });
});

test('fixed names win over tables of the same name', async () => {
  await using app = await testApp();
  await app.sql('CREATE TABLE database (a int)');
  const admin = await app.admin();
  expect((await admin.get('/api/metadata/database')).json()).toHaveProperty('totalSizeInGB');
  expect((await admin.get('/api/metadata/auth')).json()).toHaveProperty('passwordMinLength');
  expect((await admin.get('/api/metadata/realtime')).json()).toMatchObject({ error: 'NOT_FOUND', statusCode: 404 });
});

test('metadata is for admins', async () => {
  await using app = await testApp();
  for (const path of ['/api/metadata', '/api/metadata/posts', '/api/metadata/database', '/api/metadata?format=xml']) {
    expect((await app.nobody().get(path)).statusCode).toBe(401);
    expect((await (await app.anon()).get(path)).json()).toMatchObject({ error: 'AUTH_UNAUTHORIZED', statusCode: 403 });
    expect((await (await app.as('ada')).get(path)).statusCode).toBe(403);
  }
});

test('a huge table is counted by estimate', async () => {
  await using app = await testApp();
  await sql(app, 'CREATE TABLE big AS SELECT FROM generate_series(1, 150000)');
  const count = async () => (await (await app.admin()).get('/api/metadata/database')).json().tables[0].recordCount;
  expect(await count()).toBe(100_001);
  await sql(app, 'ANALYZE big');
  expect(Math.abs((await count()) - 150_000)).toBeLessThan(3_000);
});

test('the MCP server reads the backend and a table over stdio', async () => {
  await using app = await testApp();
  await withPosts(app);
  await using tools = await mcp(app);
  const backend = await tools.call('get-backend-metadata', {});
  expect(backend.isError).toBe(false);
  expect(backend.text).toContain('"tableName": "posts"');
  const table = await tools.call('get-table-schema', { tableName: 'posts' });
  expect(table.isError).toBe(false);
  expect(table.text).toContain('"policyname": "own"');
  expect((await tools.call('get-table-schema', { tableName: 'nope' })).text).toContain('"exists": false');
});
