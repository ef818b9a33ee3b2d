import type { AccessKeyInfo } from '../src/storage/keys.ts';
import type { StoragePolicy } from '../src/storage/policies.ts';
import type { S3Access } from '../src/storage/service.ts';
import { builder } from './builder.ts';

const S3Config = builder.objectRef<S3Access>('S3Config').implement({
  description: 'Where S3 clients connect.',
  fields: (t) => ({
    endpoint: t.exposeString('endpoint', { description: 'Root-relative when the server knows no public address.' }),
    region: t.exposeString('region'),
    available: t.exposeBoolean('available'),
  }),
});

const S3AccessKey = builder.objectRef<AccessKeyInfo & { secretAccessKey?: string }>('S3AccessKey').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    accessKeyId: t.exposeString('accessKeyId'),
    secretAccessKey: t.exposeString('secretAccessKey', { nullable: true, description: 'Shown once, when it is made.' }),
    description: t.exposeString('description', { nullable: true }),
    buckets: t.stringList({
      nullable: true,
      description: 'Null: every bucket.',
      resolve: ({ buckets }) => (buckets ? [...buckets] : null),
    }),
    isReadOnly: t.exposeBoolean('isReadOnly'),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', nullable: true, description: 'To the minute.' }),
  }),
});

const PolicyCommand = builder.enumType('StoragePolicyCommand', {
  values: ['ALL', 'SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const,
});
const Policy = builder.objectRef<StoragePolicy>('StoragePolicy').implement({
  description: 'A row-level security policy on `storage.objects`; conditions are SQL.',
  fields: (t) => ({
    name: t.exposeString('name'),
    command: t.expose('command', { type: PolicyCommand }),
    roles: t.stringList({ resolve: ({ roles }) => [...roles] }),
    isPermissive: t.exposeBoolean('isPermissive'),
    using: t.exposeString('using', { nullable: true, description: 'Which rows there are.' }),
    withCheck: t.exposeString('withCheck', { nullable: true, description: 'Which rows may be written.' }),
  }),
});

builder.queryFields((t) => ({
  s3Config: t.field({
    type: S3Config,
    nullable: true,
    description: 'What an S3 client needs to be configured with. Admins.',
    resolve: (_root, _args, { rooms, call }) => rooms.storage.s3Config(call),
  }),
  s3AccessKeys: t.field({
    type: [S3AccessKey],
    nullable: true,
    description: 'Newest first, without secrets. Admins.',
    resolve: (_root, _args, { rooms, call }) => rooms.storage.listAccessKeys(call),
  }),
  storagePolicies: t.field({
    type: [Policy],
    nullable: true,
    description: 'Who may do what with objects. Admins.',
    resolve: (_root, _args, { rooms, call }) => rooms.storage.listPolicies(call),
  }),
}));

builder.mutationFields((t) => ({
  createS3AccessKey: t.field({
    type: S3AccessKey,
    nullable: true,
    description: 'Admins. At most 50.',
    args: {
      description: t.arg.string(),
      buckets: t.arg.stringList({ description: 'Absent: every bucket.' }),
      isReadOnly: t.arg.boolean(),
      expiresAt: t.arg({ type: 'DateTime' }),
    },
    resolve: (_root, { isReadOnly, ...input }, { rooms, call }) =>
      rooms.storage.createAccessKey(call, { ...input, isReadOnly: isReadOnly ?? false }),
  }),
  revokeS3AccessKey: t.boolean({
    nullable: true,
    description: 'Admins. It stops working at once.',
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { rooms, call }) => {
      await rooms.storage.revokeAccessKey(call, String(id));
      return true;
    },
  }),
  createStoragePolicy: t.field({
    type: Policy,
    nullable: true,
    description: 'Adds a row-level security policy to the objects of storage. Admins.',
    args: {
      name: t.arg.string({ required: true }),
      command: t.arg({ type: PolicyCommand, required: true }),
      roles: t.arg.stringList({ description: '`anon`, `authenticated`; absent: authenticated.' }),
      using: t.arg.string(),
      withCheck: t.arg.string(),
    },
    resolve: (_root, { roles, ...input }, { rooms, call }) =>
      rooms.storage.createPolicy(call, { ...input, roles: roles ?? ['authenticated'] }),
  }),
  dropStoragePolicy: t.boolean({
    nullable: true,
    description: 'Removes a policy from the objects of storage. Admins.',
    args: { name: t.arg.string({ required: true }) },
    resolve: async (_root, { name }, { rooms, call }) => {
      await rooms.storage.dropPolicy(call, name);
      return true;
    },
  }),
}));
