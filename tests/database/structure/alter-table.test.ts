import { expect, test } from 'vitest';
import { type TestApp, testApp } from '../../app.ts';

const column = (columnName: string, type = 'string', more: Record<string, unknown> = {}) => ({
  columnName,
  type,
  isNullable: true,
  isUnique: false,
  ...more,
});
const key = (referenceTable: string, sourceColumn: string) => ({
  referenceTable,
  referenceColumns: [{ sourceColumn, referenceColumn: 'id' }],
  onDelete: 'SET NULL',
  onUpdate: 'CASCADE',
});

/** `posts` with title, body and an author that refers to `authors`. */
async function withPosts(app: TestApp) {
  const admin = await app.admin();
  await admin.post('/api/database/tables', { tableName: 'authors', columns: [column('name')] });
  await admin.post('/api/database/tables', {
    tableName: 'posts',
    columns: [column('title', 'string', { defaultValue: 'none' }), column('body'), column('author', 'uuid')],
    foreignKeys: [key('authors', 'author')],
  });
  const alter = (changes: unknown, table = 'posts') => admin.patch(`/api/database/tables/${table}/schema`, changes);
  const describe = async (table = 'posts') => (await admin.get(`/api/database/tables/${table}/schema`)).json();
  return { admin, alter, describe };
}
const names = (table: { columns: { columnName: string }[] }) => table.columns.map((each) => each.columnName);

test('all kinds of changes happen in one request, in the order of the contract', async () => {
  await using app = await testApp();
  const { alter, describe } = await withPosts(app);
  const response = await alter({
    renameTable: { newTableName: 'articles' },
    addForeignKeys: [key('authors', 'editor')],
    addColumns: [
      column('editor', 'uuid', { isNullable: false }),
      column('score', 'float', { defaultValue: '0.0' }),
      column('id', 'uuid'),
    ],
    updateColumns: [{ columnName: 'title', defaultValue: 'untitled', newColumnName: 'heading' }],
    dropColumns: ['body', 'author'],
    dropForeignKeys: ['fk_author_authors_id'],
  });
  expect(response.statusCode).toBe(200);
  expect(response.json()).toEqual({
    schemaName: 'public',
    message: 'table schema updated successfully',
    tableName: 'posts',
    operations: [
      'Dropped foreign key: fk_author_authors_id',
      'Dropped column: body',
      'Dropped column: author',
      'Updated default of column: title',
      'Renamed column: title to heading',
      'Added column: editor',
      'Added column: score',
      'Added foreign key: fk_editor_authors_id',
      'Renamed table: posts to articles',
    ],
  });
  const table = await describe('articles');
  expect(names(table)).toEqual(['id', 'heading', 'created_at', 'updated_at', 'editor', 'score']);
  expect(table.columns[1].defaultValue).toBe('untitled');
  expect(table.columns[4]).not.toHaveProperty('defaultValue');
  expect(table.foreignKeys).toMatchObject([
    { constraintName: 'fk_editor_authors_id', onDelete: 'SET NULL', onUpdate: 'CASCADE' },
  ]);
  expect((await app.sql(`SELECT action, subject FROM system.audit_entries ORDER BY id`)).at(-1)).toEqual({
    action: 'UPDATE_TABLE',
    subject: 'public.posts',
  });
});

test('a change of nothing is fine, and leaves no trace', async () => {
  await using app = await testApp();
  const { alter } = await withPosts(app);
  const before = app.events.length;
  for (const changes of [{}, { addColumns: [column('id', 'uuid')], dropColumns: [] }]) {
    const response = await alter(changes);
    expect([response.statusCode, response.json().operations]).toEqual([200, []]);
  }
  expect(app.events.length).toBe(before);
});

test('an empty default is no default', async () => {
  await using app = await testApp();
  const { alter, describe } = await withPosts(app);
  await alter({ updateColumns: [{ columnName: 'title', defaultValue: '' }] });
  expect((await describe()).columns[1]).not.toHaveProperty('defaultValue');
});

const refusals: [string, unknown, number, string][] = [
  ['an unknown foreign key', { dropForeignKeys: ['nope'] }, 404, 'DATABASE_NOT_FOUND'],
  ['a constraint that is no foreign key', { dropForeignKeys: ['posts_pkey'] }, 404, 'DATABASE_NOT_FOUND'],
  ['dropping a reserved column', { dropColumns: ['id'] }, 404, 'DATABASE_FORBIDDEN'],
  [
    'updating a reserved column',
    { updateColumns: [{ columnName: 'created_at', defaultValue: '' }] },
    404,
    'DATABASE_FORBIDDEN',
  ],
  ['a foreign key on a reserved column', { addForeignKeys: [key('authors', 'id')] }, 404, 'DATABASE_FORBIDDEN'],
  ['dropping every column', { dropColumns: ['title', 'body', 'author'] }, 400, 'DATABASE_VALIDATION_ERROR'],
  [
    'adding a reserved column of another type',
    { addColumns: [column('id', 'integer')] },
    400,
    'DATABASE_VALIDATION_ERROR',
  ],
  ['dropping an unknown column', { dropColumns: ['nope'] }, 400, 'DATABASE_VALIDATION_ERROR'],
  [
    'updating an unknown column',
    { updateColumns: [{ columnName: 'nope', defaultValue: 'x' }] },
    400,
    'DATABASE_VALIDATION_ERROR',
  ],
  ['adding a column that exists', { addColumns: [column('title')] }, 400, 'DATABASE_VALIDATION_ERROR'],
  ['an unknown type', { addColumns: [column('x', 'varchar')] }, 400, 'DATABASE_VALIDATION_ERROR'],
  [
    'a required column without a default on rows',
    { addColumns: [column('x', 'string', { isNullable: false })] },
    400,
    'MISSING_FIELD',
  ],
  ['a name that is taken', { renameTable: { newTableName: 'authors' } }, 400, 'DATABASE_DUPLICATE'],
  [
    'a column name that is taken',
    { updateColumns: [{ columnName: 'title', newColumnName: 'body' }] },
    400,
    'DATABASE_VALIDATION_ERROR',
  ],
  [
    'a new name too long',
    { updateColumns: [{ columnName: 'title', newColumnName: 'x'.repeat(65) }] },
    400,
    'INVALID_INPUT',
  ],
  ['a new name with a quote', { renameTable: { newTableName: 'a"b' } }, 400, 'DATABASE_VALIDATION_ERROR'],
  [
    'a foreign key to nothing',
    { addColumns: [column('x', 'uuid')], addForeignKeys: [key('nope', 'x')] },
    400,
    'DATABASE_VALIDATION_ERROR',
  ],
  ['a foreign key that exists', { addForeignKeys: [key('authors', 'author')] }, 400, 'DATABASE_DUPLICATE'],
  [
    'text where numbers are to be',
    { updateColumns: [{ columnName: 'title', type: 'integer' }] },
    400,
    'DATABASE_VALIDATION_ERROR',
  ],
  [
    'required where a value is missing',
    { updateColumns: [{ columnName: 'body', isNullable: false }] },
    400,
    'MISSING_FIELD',
  ],
  [
    'unique where values repeat',
    { updateColumns: [{ columnName: 'title', isUnique: true }] },
    409,
    'DATABASE_DUPLICATE',
  ],
  ['a list that is none', { addColumns: 'title' }, 400, 'INVALID_INPUT'],
];

test('every refused change has its code and leaves the table as it was', async () => {
  await using app = await testApp();
  const { alter, describe } = await withPosts(app);
  await app.sql(`INSERT INTO posts (title) VALUES ('a'), ('a')`);
  const before = await describe();
  for (const [what, changes, status, code] of refusals) {
    // A good step before the bad one, so that a refusal has something to undo.
    const response = await alter({ addColumns: [column(`extra`)], ...(changes as object) });
    expect([what, response.statusCode, response.json().error]).toEqual([what, status, code]);
    expect([what, await describe()]).toEqual([what, before]);
  }
  const [{ count } = { count: 0 }] = await app.sql<{ count: number }>(
    `SELECT count(*)::int AS count FROM system.audit_entries WHERE action = 'UPDATE_TABLE'`,
  );
  expect(count).toBe(0);
});

test('type, nullability, uniqueness and row-level security can be changed, values and default kept', async () => {
  await using app = await testApp();
  const { alter, describe } = await withPosts(app);
  await alter({ updateColumns: [{ columnName: 'title', defaultValue: '7' }] });
  await app.sql(`INSERT INTO posts (title) VALUES ('1'), ('2')`);
  const response = await alter({
    updateColumns: [{ columnName: 'title', type: 'integer', isNullable: false, isUnique: true, newColumnName: 'rank' }],
    rlsEnabled: false,
  });
  expect(response.json().operations).toEqual([
    'Changed type of column: title to integer',
    'Made column required: title',
    'Made column unique: title',
    'Renamed column: title to rank',
    'Disabled row-level security',
  ]);
  const { columns } = await describe();
  expect(columns[1]).toEqual({
    columnName: 'rank',
    type: 'integer',
    isNullable: false,
    isPrimaryKey: false,
    isUnique: true,
    defaultValue: '7',
  });
  expect(await app.sql('SELECT rank FROM posts ORDER BY 1')).toEqual([{ rank: 1 }, { rank: 2 }]);
  await alter({ updateColumns: [{ columnName: 'rank', isUnique: false, isNullable: true }], rlsEnabled: true });
  expect((await describe()).columns[1]).toMatchObject({ isNullable: true, isUnique: false });
  expect(await app.sql(`SELECT relrowsecurity AS on FROM pg_class WHERE relname = 'posts'`)).toEqual([{ on: true }]);
});

test('a value is never rounded to fit a new type', async () => {
  await using app = await testApp();
  const { alter } = await withPosts(app);
  await alter({ addColumns: [column('price', 'float')] });
  await app.sql('INSERT INTO posts (price) VALUES (1.5)');
  expect((await alter({ updateColumns: [{ columnName: 'price', type: 'integer' }] })).json().error).toBe(
    'DATABASE_VALIDATION_ERROR',
  );
  expect(await app.sql('SELECT price FROM posts')).toEqual([{ price: 1.5 }]);
});

test('a column that a policy needs is kept, and the refusal says what needs it', async () => {
  await using app = await testApp();
  const { alter } = await withPosts(app);
  await app.sql(`CREATE POLICY own ON posts USING (author = auth.uid())`);
  const { error, message, nextActions } = (await alter({ dropColumns: ['author'] })).json();
  expect(error).toBe('DATABASE_VALIDATION_ERROR');
  expect(message).toContain('author');
  expect(nextActions).toContain('policy own');
});
