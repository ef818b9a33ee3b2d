import { expect, test } from 'vitest';
import { testApp } from '../../app.ts';

const CreateTable = `mutation ($input: CreateTableInput!) { createTable(input: $input) { ...Whole } }`;
const AlterTable = `mutation ($name: String!, $schema: String, $changes: AlterTableInput!) {
  alterTable(name: $name, schema: $schema, changes: $changes) { operations table { ...Whole } } }`;
const DropTable = `mutation ($name: String!, $schema: String) { dropTable(name: $name, schema: $schema) }`;
const Whole = `fragment Whole on Table { schema name kind rlsEnabled recordCount
  columns { name type isNullable isPrimaryKey isUnique defaultValue }
  foreignKeys { name referenceSchema referenceTable onDelete onUpdate columns { sourceColumn referenceColumn } }
  indexes { name isPrimary keys method } policies { name } triggers { name events timing statement } }`;

test('tables made and changed over REST and over GraphQL are the same', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  await admin.post('/api/database/tables', {
    tableName: 'rest',
    columns: [
      { columnName: 'owner', type: 'uuid', isNullable: false, isUnique: false },
      { columnName: 'n', type: 'integer', isNullable: true, isUnique: true, defaultValue: '3' },
    ],
    foreignKeys: [
      {
        referenceTable: 'auth.users',
        referenceColumns: [{ sourceColumn: 'owner', referenceColumn: 'id' }],
        onDelete: 'SET NULL',
        onUpdate: 'NO ACTION',
      },
    ],
  });
  const made = await admin.gql<{ createTable: { columns: unknown[] } }, unknown>(`${CreateTable} ${Whole}`, {
    input: {
      name: 'graph',
      columns: [
        { name: 'owner', type: 'uuid', isNullable: false },
        { name: 'n', type: 'integer', isUnique: true, defaultValue: '3' },
      ],
      foreignKeys: [
        {
          referenceTable: 'auth.users',
          columns: [{ sourceColumn: 'owner', referenceColumn: 'id' }],
          onDelete: 'SET_NULL',
        },
      ],
    },
  });
  expect(made.errors).toBeUndefined();
  const restShape = async (name: string) => {
    const { tableName: _, ...rest } = (await admin.get(`/api/database/tables/${name}/schema`)).json();
    return rest;
  };
  expect(await restShape('graph')).toEqual(await restShape('rest'));

  const changes = { dropColumns: ['n'], addColumns: [{ name: 'm', type: 'json' }] };
  const altered = await admin.gql<{ alterTable: { operations: string[]; table: unknown } }, unknown>(
    `${AlterTable} ${Whole}`,
    {
      name: 'graph',
      changes,
    },
  );
  const restAltered = await admin.patch('/api/database/tables/rest/schema', {
    dropColumns: ['n'],
    addColumns: [{ columnName: 'm', type: 'json', isNullable: true, isUnique: false }],
  });
  expect(altered.data?.alterTable.operations).toEqual(restAltered.json().operations);
  expect(await restShape('graph')).toEqual(await restShape('rest'));
  expect(altered.data?.alterTable.table).toEqual({
    schema: 'public',
    name: 'graph',
    kind: 'table',
    rlsEnabled: true,
    recordCount: 0,
    columns: (await restShape('graph')).columns.map(
      ({ columnName, defaultValue, ...each }: { columnName: string; defaultValue?: string }) => ({
        name: columnName,
        defaultValue: defaultValue ?? null,
        ...each,
      }),
    ),
    foreignKeys: [
      {
        name: 'fk_owner_auth_users_id',
        referenceSchema: 'auth',
        referenceTable: 'users',
        onDelete: 'SET_NULL',
        onUpdate: 'NO_ACTION',
        columns: [{ sourceColumn: 'owner', referenceColumn: 'id' }],
      },
    ],
    indexes: [{ name: 'graph_pkey', isPrimary: true, keys: ['id'], method: 'btree' }],
    policies: [],
    triggers: [
      {
        name: 'graph_update_timestamp',
        events: ['UPDATE'],
        timing: 'BEFORE',
        statement: 'EXECUTE FUNCTION system.update_updated_at()',
      },
    ],
  });

  const list = await admin.gql<{ tables: { name: string }[] }, unknown>('{ tables { name } }');
  expect(list.data?.tables.map((table) => table.name)).toEqual((await admin.get('/api/database/tables')).json());
  expect((await admin.gql(DropTable, { name: 'graph' })).data).toEqual({ dropTable: true });
  expect((await admin.gql(DropTable, { name: 'graph' })).data).toEqual({ dropTable: false });
  expect((await admin.gql('{ table(name: "graph") { name } }')).data).toEqual({ table: null });
});

const faults: [string, string, unknown, string, unknown][] = [
  [
    'a table that exists',
    CreateTable,
    { input: { name: 'there', columns: [{ name: 'a', type: 'string' }] } },
    'POST /tables',
    { tableName: 'there', columns: [{ columnName: 'a', type: 'string', isNullable: true, isUnique: false }] },
  ],
  [
    'an unknown type',
    CreateTable,
    { input: { name: 't', columns: [{ name: 'a', type: 'text' }] } },
    'POST /tables',
    { tableName: 't', columns: [{ columnName: 'a', type: 'text', isNullable: true, isUnique: false }] },
  ],
  [
    'a reserved schema',
    CreateTable,
    { input: { name: 't', schema: 'pg_catalog', columns: [{ name: 'a', type: 'string' }] } },
    'POST /tables?schema=pg_catalog',
    { tableName: 't', columns: [{ columnName: 'a', type: 'string', isNullable: true, isUnique: false }] },
  ],
  [
    'a platform schema',
    CreateTable,
    { input: { name: 't', schema: 'auth', columns: [{ name: 'a', type: 'string' }] } },
    'POST /tables?schema=auth',
    { tableName: 't', columns: [{ columnName: 'a', type: 'string', isNullable: true, isUnique: false }] },
  ],
  ['no such table', AlterTable, { name: 'nope', changes: {} }, 'PATCH /tables/nope/schema', {}],
  [
    'a reserved column',
    AlterTable,
    { name: 'there', changes: { dropColumns: ['id'] } },
    'PATCH /tables/there/schema',
    { dropColumns: ['id'] },
  ],
  ['a view', DropTable, { name: 'seen' }, 'DELETE /tables/seen', undefined],
  [
    'a table of the platform',
    DropTable,
    { name: 'users', schema: 'auth' },
    'DELETE /tables/users?schema=auth',
    undefined,
  ],
];

test('both faces refuse with the same code, status and words', async () => {
  await using app = await testApp();
  const admin = await app.admin();
  const columns = [{ columnName: 'a', type: 'string', isNullable: true, isUnique: false }];
  await admin.post('/api/database/tables', { tableName: 'there', columns });
  await app.sql('CREATE VIEW seen AS SELECT 1 AS a');
  for (const [what, document, variables, route, body] of faults) {
    const [method, path] = route.split(' ') as ['POST', string];
    const rest = (await admin.request(method, `/api/database${path}`, body)).json();
    const whole = document.includes('...Whole') ? `${document} ${Whole}` : document;
    const { errors } = await admin.gql(whole, variables);
    const { code, status, nextActions } = errors?.[0]?.extensions ?? {};
    expect([what, code, status, errors?.[0]?.message, nextActions]).toEqual([
      what,
      rest.error,
      rest.statusCode,
      rest.message,
      rest.nextActions,
    ]);
    expect(rest.statusCode).toBeGreaterThanOrEqual(400);
    expect(rest.statusCode).toBeLessThan(500);
  }
});

test('the parts of many tables cost one query a kind, not one a table', async () => {
  await using app = await testApp();
  for (let n = 0; n < 12; n += 1) await app.sql(`CREATE TABLE t${n} (id int PRIMARY KEY)`);
  let statements = 0;
  const connect = app.pools.data.connect.bind(app.pools.data) as () => Promise<never>;
  app.pools.data.connect = (() => {
    statements += 1;
    return connect();
  }) as never;
  const admin = await app.admin();
  const { data } = await admin.gql<{ tables: unknown[] }, unknown>(
    '{ tables { name columns { name } indexes { name } policies { name } triggers { name } foreignKeys { name } } }',
  );
  expect(data?.tables.length).toBe(12);
  expect(statements).toBe(6);
});
