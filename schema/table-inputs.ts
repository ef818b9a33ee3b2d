import { builder } from './builder.ts';
import { ReferentialAction } from './table-parts.ts';

export const ColumnInput = builder.inputType('ColumnInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    type: t.string({
      required: true,
      description: 'One of `string`, `date`, `datetime`, `integer`, `float`, `boolean`, `uuid`, `json`.',
    }),
    isNullable: t.boolean({ required: true, defaultValue: true }),
    isUnique: t.boolean({ required: true, defaultValue: false }),
    defaultValue: t.string({ description: '`now()`, `gen_random_uuid()`, or a literal such as `0`. Blank: none.' }),
  }),
});

const ForeignKeyColumnsInput = builder.inputType('ForeignKeyColumnsInput', {
  fields: (t) => ({ sourceColumn: t.string({ required: true }), referenceColumn: t.string({ required: true }) }),
});

export const ForeignKeyInput = builder.inputType('ForeignKeyInput', {
  fields: (t) => ({
    referenceTable: t.string({
      required: true,
      description: '`table` in the same schema, or `schema.table`; `auth.users` are the accounts.',
    }),
    columns: t.field({ type: [ForeignKeyColumnsInput], required: true, description: 'Several make a composite key.' }),
    onDelete: t.field({ type: ReferentialAction, required: true, defaultValue: 'NO ACTION' }),
    onUpdate: t.field({ type: ReferentialAction, required: true, defaultValue: 'NO ACTION' }),
  }),
});

export const CreateTableInput = builder.inputType('CreateTableInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    schema: t.string({ description: 'Blank or absent: `public`.' }),
    columns: t.field({ type: [ColumnInput], required: true }),
    foreignKeys: t.field({ type: [ForeignKeyInput] }),
    rlsEnabled: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Turning it off opens the table to the anon key.',
    }),
  }),
});

const UpdateColumnInput = builder.inputType('UpdateColumnInput', {
  description: 'What is left out stays.',
  fields: (t) => ({
    name: t.string({ required: true }),
    newName: t.string(),
    type: t.string({ description: 'Values are carried over; one that the new type cannot hold refuses the change.' }),
    isNullable: t.boolean(),
    isUnique: t.boolean(),
    defaultValue: t.string({ description: 'Blank drops the default.' }),
  }),
});

export const AlterTableInput = builder.inputType('AlterTableInput', {
  description: 'Done in this order: drops, column updates, additions, row-level security, renaming.',
  fields: (t) => ({
    dropForeignKeys: t.stringList({ description: 'By constraint name.' }),
    dropColumns: t.stringList(),
    updateColumns: t.field({ type: [UpdateColumnInput] }),
    addColumns: t.field({ type: [ColumnInput] }),
    addForeignKeys: t.field({ type: [ForeignKeyInput] }),
    rlsEnabled: t.boolean(),
    newName: t.string(),
  }),
});

/** A column as the service reads it. */
export const columnBody = ({ name, ...column }: typeof ColumnInput.$inferInput) => ({ columnName: name, ...column });

/** A foreign key as the service reads it. */
export const foreignKeyBody = ({ columns, ...key }: typeof ForeignKeyInput.$inferInput) => ({
  referenceColumns: columns,
  ...key,
});
