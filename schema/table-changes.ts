import { builder } from './builder.ts';
import { PolicyCommand, TableIndex, TablePolicy, TableTrigger } from './table-parts.ts';

const required = { required: true } as const;
const inSchema = { description: 'Blank or absent: `public`.' };

const CreatePolicyInput = builder.inputType('CreatePolicyInput', {
  fields: (t) => ({
    name: t.string(required),
    table: t.string(required),
    schema: t.string(inSchema),
    command: t.field({ type: PolicyCommand, required: true, defaultValue: 'ALL' }),
    roles: t.stringList({ description: '`public`, the default, stands for every role.' }),
    isPermissive: t.boolean({ required: true, defaultValue: true }),
    using: t.string({ description: 'SQL: which existing rows it lets through, such as `owner = auth.uid()`.' }),
    check: t.string({ description: 'SQL: which new rows it lets in. Default: as `using`.' }),
  }),
});
const AlterPolicyInput = builder.inputType('AlterPolicyInput', {
  description: 'What is left out stays.',
  fields: (t) => ({
    name: t.string(required),
    table: t.string(required),
    schema: t.string(inSchema),
    newName: t.string(),
    roles: t.stringList(),
    using: t.string(),
    check: t.string(),
  }),
});
const IndexKeyInput = builder.inputType('IndexKeyInput', {
  fields: (t) => ({
    column: t.string({ description: 'This or `expression`.' }),
    expression: t.string({ description: 'SQL: `lower(email)`.' }),
    isDescending: t.boolean(),
    operatorClass: t.string({ description: '`gin_trgm_ops`, …' }),
  }),
});
const CreateIndexInput = builder.inputType('CreateIndexInput', {
  fields: (t) => ({
    table: t.string(required),
    schema: t.string(inSchema),
    name: t.string({ description: 'Default `idx_<table>_<columns>`.' }),
    keys: t.field({ type: [IndexKeyInput], required: true }),
    isUnique: t.boolean({ required: true, defaultValue: false }),
    method: t.string({
      required: true,
      defaultValue: 'btree',
      description: '`btree`, `gin`, `gist`, `brin`, `hash`, …',
    }),
    where: t.string({ description: 'SQL: only rows that fulfil it are indexed.' }),
    include: t.stringList({ description: 'Columns that are stored along without being keys.' }),
  }),
});
const TriggerTiming = builder.enumType('TriggerTiming', {
  values: { BEFORE: { value: 'BEFORE' }, AFTER: { value: 'AFTER' }, INSTEAD_OF: { value: 'INSTEAD OF' } } as const,
});
const TriggerEvent = builder.enumType('TriggerEvent', { values: ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] as const });
const CreateTriggerInput = builder.inputType('CreateTriggerInput', {
  fields: (t) => ({
    name: t.string(required),
    table: t.string(required),
    schema: t.string(inSchema),
    timing: t.field({ type: TriggerTiming, required: true }),
    events: t.field({ type: [TriggerEvent], required: true }),
    forEachRow: t.boolean({ required: true, defaultValue: true, description: 'Else once a statement.' }),
    when: t.string({ description: 'SQL over OLD and NEW.' }),
    function: t.string({ required: true, description: "`f` in the table's schema, or `schema.f`." }),
    arguments: t.stringList({ description: 'Text that the function finds in TG_ARGV.' }),
  }),
});
const Grantee = builder.enumType('Grantee', {
  description: '`public` stands for every role.',
  values: ['anon', 'authenticated', 'project_admin', 'public'] as const,
});
const TablePrivilege = builder.enumType('TablePrivilege', {
  values: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'] as const,
});
const TablePrivilegesInput = builder.inputType('TablePrivilegesInput', {
  fields: (t) => ({
    table: t.string(required),
    schema: t.string(inSchema),
    role: t.field({ type: Grantee, required: true }),
    privileges: t.field({ type: [TablePrivilege], required: true }),
    columns: t.stringList({ description: 'Of these columns only.' }),
  }),
});

builder.mutationFields((t) => ({
  createPolicy: t.field({
    type: TablePolicy,
    nullable: true,
    description: 'Lets roles see or write rows of a table. Admins.',
    args: { input: t.arg({ type: CreatePolicyInput, required: true }) },
    resolve: (_root, { input }, { rooms, call }) => rooms.database.structure.createPolicy(call, input),
  }),
  alterPolicy: t.field({
    type: TablePolicy,
    nullable: true,
    description: 'Renames a policy or changes its roles or conditions; what is left out stays. Admins.',
    args: { input: t.arg({ type: AlterPolicyInput, required: true }) },
    resolve: (_root, { input }, { rooms, call }) => rooms.database.structure.alterPolicy(call, input),
  }),
  dropPolicy: t.boolean({
    nullable: true,
    description: 'Removes a policy. Admins.',
    args: { name: t.arg.string(required), table: t.arg.string(required), schema: t.arg.string(inSchema) },
    resolve: (_root, args, { rooms, call }) => rooms.database.structure.dropPolicy(call, args).then(() => true),
  }),
  createIndex: t.field({
    type: TableIndex,
    nullable: true,
    description: 'Writes to the table wait until it is built. Admins.',
    args: { input: t.arg({ type: CreateIndexInput, required: true }) },
    resolve: (_root, { input }, { rooms, call }) => rooms.database.structure.createIndex(call, input),
  }),
  dropIndex: t.boolean({
    nullable: true,
    description: 'An index of a constraint goes with its constraint only. Admins.',
    args: { name: t.arg.string(required), schema: t.arg.string(inSchema) },
    resolve: (_root, args, { rooms, call }) => rooms.database.structure.dropIndex(call, args).then(() => true),
  }),
  createTrigger: t.field({
    type: TableTrigger,
    nullable: true,
    description: 'Has a function run on the writes of a table. Admins.',
    args: { input: t.arg({ type: CreateTriggerInput, required: true }) },
    resolve: (_root, { input }, { rooms, call }) => rooms.database.structure.createTrigger(call, input),
  }),
  dropTrigger: t.boolean({
    nullable: true,
    description: 'Removes a trigger. Admins.',
    args: { name: t.arg.string(required), table: t.arg.string(required), schema: t.arg.string(inSchema) },
    resolve: (_root, args, { rooms, call }) => rooms.database.structure.dropTrigger(call, args).then(() => true),
  }),
  grantTablePrivileges: t.boolean({
    nullable: true,
    description: 'What a role may do at all; policies then say with which rows. Admins.',
    args: { input: t.arg({ type: TablePrivilegesInput, required: true }) },
    resolve: (_root, { input }, { rooms, call }) =>
      rooms.database.structure.grantTablePrivileges(call, input).then(() => true),
  }),
  revokeTablePrivileges: t.boolean({
    nullable: true,
    description: 'Takes rights on a table from a role. Admins.',
    args: { input: t.arg({ type: TablePrivilegesInput, required: true }) },
    resolve: (_root, { input }, { rooms, call }) =>
      rooms.database.structure.revokeTablePrivileges(call, input).then(() => true),
  }),
  grantSchemaUsage: t.boolean({
    nullable: true,
    description: 'Lets a role use a schema; tables in it need grants of their own. Admins.',
    args: { schema: t.arg.string(required), role: t.arg({ type: Grantee, required: true }) },
    resolve: (_root, args, { rooms, call }) => rooms.database.structure.grantSchemaUsage(call, args).then(() => true),
  }),
  revokeSchemaUsage: t.boolean({
    nullable: true,
    description: 'Takes the use of a schema, and what is in it, from a role. Admins.',
    args: { schema: t.arg.string(required), role: t.arg({ type: Grantee, required: true }) },
    resolve: (_root, args, { rooms, call }) => rooms.database.structure.revokeSchemaUsage(call, args).then(() => true),
  }),
}));
