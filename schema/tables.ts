import type { TableInfo } from '../src/database/structure/table-list.ts';
import type { AlteredTable } from '../src/database/structure/tables.ts';
import { builder } from './builder.ts';
import { AlterTableInput, CreateTableInput, columnBody, foreignKeyBody } from './table-inputs.ts';
import {
  perTable,
  TableColumn,
  TableForeignKey,
  TableGrant,
  TableIndex,
  TablePolicy,
  TableTrigger,
  tableKey,
} from './table-parts.ts';

export const Table = builder.objectRef<TableInfo>('Table').implement({
  description: 'A table of the project, or a view, materialized view or foreign table, as the database has it.',
  fields: (t) => ({
    name: t.exposeString('tableName'),
    schema: t.exposeString('schemaName'),
    kind: t.exposeString('kind', { description: '`table`, `view`, `materialized view` or `foreign table`.' }),
    rlsEnabled: t.exposeBoolean('rlsEnabled', { description: 'Row-level security is on.' }),
    rlsForced: t.exposeBoolean('rlsForced', { description: 'It holds for the owner too.' }),
    rowEstimate: t.exposeFloat('rowEstimate', {
      nullable: true,
      description: "Postgres' own estimate; null before anything was counted.",
    }),
    sizeBytes: t.exposeFloat('sizeBytes', { description: 'With indexes.' }),
    comment: t.exposeString('comment', { nullable: true }),
    recordCount: t.loadable({
      type: 'Float',
      description: 'Rows: exact up to 100,000, beyond that an estimate.',
      load: async (keys: string[], context) => {
        const counts = perTable((ctx, target) => ctx.rooms.database.introspection.countTables(ctx.call, target));
        return (await counts(keys, context)).map(([count]) => count?.recordCount ?? 0);
      },
      resolve: tableKey,
    }),
    columns: t.loadableList({
      type: TableColumn,
      description: 'In their order.',
      load: perTable((ctx, target) => ctx.rooms.database.introspection.columnsOf(ctx.call, target)),
      resolve: tableKey,
    }),
    foreignKeys: t.loadableList({
      type: TableForeignKey,
      load: perTable((ctx, target) => ctx.rooms.database.introspection.foreignKeysOf(ctx.call, target)),
      resolve: tableKey,
    }),
    indexes: t.loadableList({
      type: TableIndex,
      load: perTable((ctx, target) => ctx.rooms.database.introspection.indexesOf(ctx.call, target)),
      resolve: tableKey,
    }),
    policies: t.loadableList({
      type: TablePolicy,
      load: perTable((ctx, target) => ctx.rooms.database.introspection.policiesOf(ctx.call, target)),
      resolve: tableKey,
    }),
    grants: t.loadableList({
      type: TableGrant,
      description: 'Of whole tables; rights on single columns are not in it.',
      load: perTable((ctx, target) => ctx.rooms.database.structure.grantsOf(ctx.call, target)),
      resolve: tableKey,
    }),
    triggers: t.loadableList({
      type: TableTrigger,
      load: perTable((ctx, target) => ctx.rooms.database.introspection.triggersOf(ctx.call, target)),
      resolve: tableKey,
    }),
  }),
});

const AlteredTablePayload = builder.objectRef<AlteredTable>('AlterTablePayload').implement({
  fields: (t) => ({
    operations: t.exposeStringList('operations', {
      description: 'One sentence per step, in the order they were done.',
    }),
    table: t.field({
      type: Table,
      nullable: true,
      description: 'As it is now.',
      resolve: ({ schemaName, newTableName }, _args, { rooms, call }) =>
        rooms.database.introspection.findTable(call, { schema: schemaName, tableName: newTableName }),
    }),
  }),
});

const schemaArg = { description: 'Blank or absent: `public`.' };

builder.queryFields((t) => ({
  tables: t.field({
    type: [Table],
    nullable: true,
    description: 'Base tables of a schema by name, without those whose name begins with `_`. Admins.',
    args: { schema: t.arg.string(schemaArg) },
    resolve: (_root, args, { rooms, call }) => rooms.database.introspection.listTables(call, args),
  }),
  table: t.field({
    type: Table,
    nullable: true,
    description: 'A table, view or foreign table; null when there is none. Admins.',
    args: { name: t.arg.string({ required: true }), schema: t.arg.string(schemaArg) },
    resolve: (_root, { name, schema }, { rooms, call }) =>
      rooms.database.introspection.findTable(call, { schema, tableName: name }),
  }),
}));

builder.mutationFields((t) => ({
  createTable: t.field({
    type: Table,
    nullable: true,
    description:
      'Makes a table with `id`, `created_at` and `updated_at` besides the given columns, and row-level security on. Admins.',
    args: { input: t.arg({ type: CreateTableInput, required: true }) },
    resolve: async (_root, { input: { name, schema, columns, foreignKeys, rlsEnabled } }, { rooms, call }) => {
      const table = {
        tableName: name,
        columns: columns.map(columnBody),
        foreignKeys: foreignKeys?.map(foreignKeyBody),
        rlsEnabled,
      };
      const { schemaName, tableName } = await rooms.database.tables.create(call, { schema, table });
      return rooms.database.introspection.findTable(call, { schema: schemaName, tableName });
    },
  }),
  alterTable: t.field({
    type: AlteredTablePayload,
    nullable: true,
    description: 'All of the changes or none. Admins.',
    args: {
      name: t.arg.string({ required: true }),
      schema: t.arg.string(schemaArg),
      changes: t.arg({ type: AlterTableInput, required: true }),
    },
    resolve: (_root, { name, schema, changes: { newName, ...changes } }, { rooms, call }) =>
      rooms.database.tables.alter(call, {
        schema,
        tableName: name,
        changes: {
          dropColumns: changes.dropColumns,
          dropForeignKeys: changes.dropForeignKeys,
          rlsEnabled: changes.rlsEnabled,
          addColumns: changes.addColumns?.map(columnBody),
          addForeignKeys: changes.addForeignKeys?.map(foreignKeyBody),
          updateColumns: changes.updateColumns?.map(({ name: columnName, newName: newColumnName, ...update }) => ({
            ...update,
            columnName,
            newColumnName,
          })),
          renameTable: newName ? { newTableName: newName } : null,
        },
      }),
  }),
  dropTable: t.field({
    type: 'Boolean',
    nullable: true,
    description: 'Drops a table and what depends on it. Answers whether there was one. Admins.',
    args: { name: t.arg.string({ required: true }), schema: t.arg.string(schemaArg) },
    resolve: async (_root, { name, schema }, { rooms, call }) =>
      (await rooms.database.tables.drop(call, { schema, tableName: name })).existed,
  }),
}));
