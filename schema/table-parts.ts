import type { GrantInfo } from '../src/database/structure/changes/grants.ts';
import type { ColumnInfo } from '../src/database/structure/columns.ts';
import type { PolicyInfo, TriggerInfo } from '../src/database/structure/objects.ts';
import type { ForeignKeyInfo, IndexInfo } from '../src/database/structure/relations.ts';
import { builder } from './builder.ts';
import type { GraphQLContext } from './context.ts';

/** A table as a loader knows it. */
export interface TableKey {
  schemaName: string;
  tableName: string;
}
type Fetch<Row> = (context: GraphQLContext, target: { schema: string; tables: string[] }) => Promise<Row[]>;

/** One query per schema for the parts of many tables, however many of them one document asks for. */
export const perTable =
  <Row extends { tableName: string }>(fetch: Fetch<Row>) =>
  async (keys: string[], context: GraphQLContext): Promise<Row[][]> => {
    const places = keys.map((key) => JSON.parse(key) as TableKey);
    const schemas = [...new Set(places.map((place) => place.schemaName))];
    const found = new Map<string, Row[]>();
    for (const schema of schemas) {
      const tables = places.filter((place) => place.schemaName === schema).map((place) => place.tableName);
      found.set(schema, await fetch(context, { schema, tables }));
    }
    return places.map(({ schemaName, tableName }) =>
      (found.get(schemaName) ?? []).filter((row) => row.tableName === tableName),
    );
  };

export const tableKey = ({ schemaName, tableName }: TableKey): string => JSON.stringify({ schemaName, tableName });

export const TableColumn = builder.objectRef<ColumnInfo>('TableColumn').implement({
  fields: (t) => ({
    name: t.exposeString('columnName'),
    type: t.exposeString('type', {
      description: 'The short name of the table API (`string`, `integer`, …), or the name of an enum or other type.',
    }),
    sqlType: t.exposeString('sqlType', { description: 'As SQL writes it: `character varying(20)`.' }),
    isNullable: t.exposeBoolean('isNullable'),
    isPrimaryKey: t.exposeBoolean('isPrimaryKey'),
    isUnique: t.exposeBoolean('isUnique', { description: 'By itself; a part of a composite key is not.' }),
    defaultValue: t.exposeString('defaultValue', {
      nullable: true,
      description: 'Without quotes and casts where it is a literal: `draft`, `0`, `now()`.',
    }),
    defaultExpression: t.exposeString('defaultExpression', { nullable: true, description: 'The default as SQL.' }),
    isIdentity: t.exposeBoolean('isIdentity'),
    isGenerated: t.exposeBoolean('isGenerated', { description: 'Computed from other columns.' }),
    comment: t.exposeString('comment', { nullable: true }),
  }),
});

const ColumnPair = builder.objectRef<ForeignKeyInfo['referenceColumns'][number]>('ForeignKeyColumns').implement({
  fields: (t) => ({ sourceColumn: t.exposeString('sourceColumn'), referenceColumn: t.exposeString('referenceColumn') }),
});

export const ReferentialAction = builder.enumType('ReferentialAction', {
  description: 'What happens to a row when the row it refers to is deleted or its key changes.',
  values: {
    CASCADE: { value: 'CASCADE' },
    SET_NULL: { value: 'SET NULL' },
    SET_DEFAULT: { value: 'SET DEFAULT' },
    RESTRICT: { value: 'RESTRICT' },
    NO_ACTION: { value: 'NO ACTION' },
  } as const,
});

export const TableForeignKey = builder.objectRef<ForeignKeyInfo>('TableForeignKey').implement({
  fields: (t) => ({
    name: t.exposeString('constraintName'),
    referenceSchema: t.exposeString('referenceSchema'),
    referenceTable: t.exposeString('referenceTableName', { description: 'Without its schema.' }),
    columns: t.expose('referenceColumns', { type: [ColumnPair] }),
    onDelete: t.expose('onDelete', { type: ReferentialAction }),
    onUpdate: t.expose('onUpdate', { type: ReferentialAction }),
  }),
});

export const TableIndex = builder.objectRef<IndexInfo>('TableIndex').implement({
  fields: (t) => ({
    name: t.exposeString('indexName'),
    tableName: t.exposeString('tableName'),
    keys: t.exposeStringList('keys', { description: 'Columns by name, expressions as SQL, in order.' }),
    method: t.exposeString('method', { description: '`btree`, `gin`, `gist`, …' }),
    isUnique: t.exposeBoolean('isUnique'),
    isPrimary: t.exposeBoolean('isPrimary'),
    isValid: t.exposeBoolean('isValid'),
    definition: t.exposeString('indexDef', { description: 'The whole CREATE INDEX statement.' }),
  }),
});

export const PolicyCommand = builder.enumType('PolicyCommand', {
  values: ['ALL', 'SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const,
});

export const TablePolicy = builder.objectRef<PolicyInfo>('TablePolicy').implement({
  description: 'A row-level security policy.',
  fields: (t) => ({
    name: t.exposeString('policyName'),
    tableName: t.exposeString('tableName'),
    command: t.expose('cmd', { type: PolicyCommand }),
    roles: t.exposeStringList('roles', { description: '`public` stands for every role.' }),
    isPermissive: t.exposeBoolean('isPermissive', {
      description: 'Permissive policies are joined by OR, restrictive ones by AND.',
    }),
    using: t.exposeString('qual', { nullable: true, description: 'SQL: which existing rows it lets through.' }),
    check: t.exposeString('withCheck', { nullable: true, description: 'SQL: which new rows it lets in.' }),
  }),
});

export const TableTrigger = builder.objectRef<TriggerInfo>('TableTrigger').implement({
  fields: (t) => ({
    name: t.exposeString('triggerName'),
    tableName: t.exposeString('tableName'),
    timing: t.exposeString('actionTiming', { description: '`BEFORE`, `AFTER` or `INSTEAD OF`.' }),
    events: t.exposeStringList('events', { description: '`INSERT`, `UPDATE`, `DELETE`, `TRUNCATE`.' }),
    level: t.exposeString('actionOrientation', { description: '`ROW` or `STATEMENT`.' }),
    condition: t.exposeString('actionCondition', { nullable: true, description: 'The WHEN condition, as SQL.' }),
    statement: t.exposeString('actionStatement', { description: '`EXECUTE FUNCTION f()`.' }),
    isEnabled: t.exposeBoolean('isEnabled'),
    definition: t.exposeString('definition', { description: 'The whole CREATE TRIGGER statement.' }),
  }),
});

export const TableGrant = builder.objectRef<GrantInfo>('TableGrant').implement({
  fields: (t) => ({
    role: t.exposeString('role', { description: '`public` stands for every role.' }),
    privileges: t.exposeStringList('privileges', { description: '`SELECT`, `INSERT`, …' }),
  }),
});
