import type { EnumInfo } from '../src/database/structure/changes/enums.ts';
import type { ExtensionInfo } from '../src/database/structure/changes/extensions.ts';
import type { FunctionInfo } from '../src/database/structure/objects.ts';
import type { SchemaInfo } from '../src/database/structure/schema-list.ts';
import type { SchemaChange } from '../src/database/structure/structure.ts';
import { builder } from './builder.ts';

const DatabaseSchema = builder.objectRef<SchemaInfo>('DatabaseSchema').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    isProtected: t.exposeBoolean('isProtected', { description: 'The project may not create anything in it.' }),
  }),
});
const DatabaseFunction = builder.objectRef<FunctionInfo>('DatabaseFunction').implement({
  fields: (t) => ({
    name: t.exposeString('functionName'),
    argumentTypes: t.exposeString('argumentTypes', { description: 'Tells overloads apart.' }),
    returns: t.exposeString('returns', { nullable: true, description: 'Null for a procedure.' }),
    language: t.exposeString('language'),
    kind: t.exposeString('kind', { description: '`f` function, `p` procedure, `w` window function.' }),
    isSecurityDefiner: t.exposeBoolean('isSecurityDefiner', { description: 'It runs with the rights of its owner.' }),
    definition: t.exposeString('functionDef', { description: 'The whole CREATE OR REPLACE statement.' }),
  }),
});
const DatabaseEnum = builder.objectRef<EnumInfo>('DatabaseEnum').implement({
  fields: (t) => ({
    name: t.exposeString('enumName'),
    schema: t.exposeString('schemaName'),
    values: t.exposeStringList('values', { description: 'In their order.' }),
  }),
});
const DatabaseExtension = builder.objectRef<ExtensionInfo>('DatabaseExtension').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    defaultVersion: t.exposeString('defaultVersion', { nullable: true }),
    installedVersion: t.exposeString('installedVersion', {
      nullable: true,
      description: 'Null while it is not enabled.',
    }),
    schema: t.exposeString('schemaName', { nullable: true }),
    comment: t.exposeString('comment', { nullable: true }),
  }),
});
const SchemaChanged = builder.objectRef<SchemaChange>('SchemaChange').implement({
  fields: (t) => ({
    schema: t.exposeString('schema'),
    object: t.exposeString('object', { description: 'Table, type, function, …; empty for the schema itself.' }),
    operation: t.exposeString('operation', { description: 'As in the audit log: `CREATE_TABLE`.' }),
  }),
});
const ExposedRole = builder.enumType('ExposedRole', { values: ['anon', 'authenticated'] as const });

const inSchema = { description: 'Blank or absent: `public`.' };

builder.queryFields((t) => ({
  schemas: t.field({
    type: [DatabaseSchema],
    nullable: true,
    description: '`public`, then the other schemas of the project, then protected ones. Admins.',
    resolve: (_root, _args, { rooms, call }) => rooms.database.introspection.listSchemas(call),
  }),
  databaseFunctions: t.field({
    type: [DatabaseFunction],
    nullable: true,
    description: 'Functions and procedures of a schema, by name. Admins.',
    args: { schema: t.arg.string(inSchema) },
    resolve: (_root, args, { rooms, call }) => rooms.database.introspection.listFunctions(call, args),
  }),
  enums: t.field({
    type: [DatabaseEnum],
    nullable: true,
    description: 'Enum types of a schema, by name. Admins.',
    args: { schema: t.arg.string(inSchema) },
    resolve: (_root, args, { rooms, call }) => rooms.database.structure.listEnums(call, args),
  }),
  extensions: t.field({
    type: [DatabaseExtension],
    nullable: true,
    description: 'What the database server offers, enabled or not. Admins.',
    resolve: (_root, _args, { rooms, call }) => rooms.database.structure.listExtensions(call),
  }),
  backendMetadata: t.field({
    type: 'JSON',
    nullable: true,
    description: 'What the whole backend holds, in one answer for agents. Admins.',
    resolve: (_root, _args, { rooms, call }) => rooms.database.metadata.whole(call),
  }),
}));

builder.subscriptionField('schemaChanges', (t) =>
  t.field({
    type: SchemaChanged,
    description: 'Every change of tables, policies, types, … after its commit. Admins.',
    args: { schema: t.arg.string({ description: 'Of this schema only.' }) },
    subscribe: (_root, args, { rooms, call }) => rooms.database.structure.streamChanges(call, args),
    resolve: (change) => change,
  }),
);

const named = { required: true } as const;

builder.mutationFields((t) => ({
  createSchema: t.field({
    type: DatabaseSchema,
    nullable: true,
    description: 'Makes a schema; its tables are reachable at once, as far as grants let. Admins.',
    args: {
      name: t.arg.string(named),
      exposeTo: t.arg({
        type: [ExposedRole],
        description: 'Who may use it and what will be in it, as far as policies let them. Default nobody.',
      }),
    },
    resolve: (_root, args, { rooms, call }) => rooms.database.structure.createSchema(call, args),
  }),
  dropSchema: t.boolean({
    nullable: true,
    description: 'Empty only, unless `cascade`. Admins.',
    args: { name: t.arg.string(named), cascade: t.arg.boolean({ required: true, defaultValue: false }) },
    resolve: (_root, args, { rooms, call }) => rooms.database.structure.dropSchema(call, args).then(() => true),
  }),
  createDatabaseFunction: t.field({
    type: DatabaseFunction,
    nullable: true,
    description: 'Makes a function or procedure of the database. Admins.',
    args: { definition: t.arg.string({ required: true, description: 'One CREATE [OR REPLACE] FUNCTION statement.' }) },
    resolve: (_root, args, { rooms, call }) => rooms.database.structure.createFunction(call, args),
  }),
  dropDatabaseFunction: t.boolean({
    nullable: true,
    description: 'Drops a function or procedure of the database. Admins.',
    args: {
      name: t.arg.string(named),
      schema: t.arg.string(inSchema),
      argumentTypes: t.arg.string({ description: 'As `databaseFunctions` shows them; needed when there are several.' }),
      cascade: t.arg.boolean({ required: true, defaultValue: false }),
    },
    resolve: (_root, args, { rooms, call }) => rooms.database.structure.dropFunction(call, args).then(() => true),
  }),
  createEnum: t.field({
    type: DatabaseEnum,
    nullable: true,
    description: 'Makes an enum type with its values in order. Admins.',
    args: { name: t.arg.string(named), schema: t.arg.string(inSchema), values: t.arg.stringList(named) },
    resolve: (_root, args, { rooms, call }) => rooms.database.structure.createEnum(call, args),
  }),
  addEnumValue: t.field({
    type: DatabaseEnum,
    nullable: true,
    description: 'At the end, or next to another value. Admins.',
    args: {
      name: t.arg.string(named),
      schema: t.arg.string(inSchema),
      value: t.arg.string(named),
      before: t.arg.string(),
      after: t.arg.string(),
    },
    resolve: (_root, args, { rooms, call }) => rooms.database.structure.addEnumValue(call, args),
  }),
  renameEnumValue: t.field({
    type: DatabaseEnum,
    nullable: true,
    description: 'Rows that have the value go along. Admins.',
    args: {
      name: t.arg.string(named),
      schema: t.arg.string(inSchema),
      value: t.arg.string(named),
      newValue: t.arg.string(named),
    },
    resolve: (_root, args, { rooms, call }) => rooms.database.structure.renameEnumValue(call, args),
  }),
  dropEnum: t.boolean({
    nullable: true,
    description: '`cascade` drops the columns that have it. Admins.',
    args: {
      name: t.arg.string(named),
      schema: t.arg.string(inSchema),
      cascade: t.arg.boolean({ required: true, defaultValue: false }),
    },
    resolve: (_root, args, { rooms, call }) => rooms.database.structure.dropEnum(call, args).then(() => true),
  }),
  enableExtension: t.field({
    type: DatabaseExtension,
    nullable: true,
    description: 'With those that it needs. Admins.',
    args: { name: t.arg.string(named), schema: t.arg.string(inSchema) },
    resolve: (_root, args, { rooms, call }) => rooms.database.structure.enableExtension(call, args),
  }),
  disableExtension: t.boolean({
    nullable: true,
    description: '`cascade` drops what depends on it. Admins.',
    args: { name: t.arg.string(named), cascade: t.arg.boolean({ required: true, defaultValue: false }) },
    resolve: (_root, args, { rooms, call }) => rooms.database.structure.disableExtension(call, args).then(() => true),
  }),
}));
