import type { BucketRow } from '../src/storage/buckets.ts';
import type { BucketUsage } from '../src/storage/service.ts';
import { builder } from './builder.ts';
import { keyOfCursor, type ObjectPage, StorageObject, StorageObjectConnection } from './storage-objects.ts';

const maxPage = 1000;

const StorageUsage = builder.objectRef<BucketUsage>('StorageUsage').implement({
  fields: (t) => ({ objectCount: t.exposeInt('objectCount'), sizeBytes: t.exposeFloat('sizeBytes') }),
});

const Bucket = builder.objectRef<BucketRow>('Bucket').implement({
  description: 'A container of objects.',
  fields: (t) => ({
    name: t.exposeString('name'),
    isPublic: t.exposeBoolean('isPublic', {
      description: 'Anyone may read its objects; lists and writes need a credential.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    fileSizeLimitBytes: t.float({
      nullable: true,
      description: "Null: the project's limit.",
      resolve: ({ fileSizeLimitBytes }) => (fileSizeLimitBytes === null ? null : Number(fileSizeLimitBytes)),
    }),
    allowedMimeTypes: t.exposeStringList('allowedMimeTypes', {
      description: '`image/png` or `image/*`; empty allows all.',
    }),
    usage: t.field({
      type: StorageUsage,
      description: 'How many objects there are and how much room they take. Admins.',
      nullable: true,
      resolve: ({ name }, _args, { rooms, call }) => rooms.storage.bucketUsage(call, name),
    }),
    objects: t.field({
      type: StorageObjectConnection,
      args: {
        prefix: t.arg.string(),
        search: t.arg.string({ description: 'Part of the key, literally.' }),
        first: t.arg.int({ description: `At most ${maxPage}; 100 when absent.` }),
        after: t.arg.string(),
      },
      resolve: async ({ name: bucket }, args, { rooms, call }): Promise<ObjectPage> => {
        const first = Math.min(Math.max(args.first ?? 100, 1), maxPage);
        const page = { bucket, prefix: args.prefix ?? '', search: args.search ?? '', after: keyOfCursor(args.after) };
        const found = await rooms.storage.pageFiles(call, { ...page, limit: first + 1 });
        return { objects: found.slice(0, first), hasNextPage: found.length > first };
      },
    }),
  }),
});

builder.queryFields((t) => ({
  buckets: t.field({
    type: [Bucket],
    nullable: true,
    description: 'By name. Admins.',
    resolve: (_root, _args, { rooms, call }) => rooms.storage.listBuckets(call),
  }),
  bucket: t.field({
    type: Bucket,
    nullable: true,
    args: { name: t.arg.string({ required: true }) },
    resolve: (_root, { name }, { rooms, call }) => rooms.storage.getBucket(call, name),
  }),
}));

const limitsOf = (args: {
  fileSizeLimitBytes?: number | null | undefined;
  allowedMimeTypes?: string[] | null | undefined;
}) => ({
  fileSizeLimitBytes: args.fileSizeLimitBytes,
  allowedMimeTypes: args.allowedMimeTypes ?? undefined,
});

builder.mutationFields((t) => ({
  createBucket: t.field({
    type: Bucket,
    nullable: true,
    description: 'Admins. Private unless said otherwise.',
    args: {
      name: t.arg.string({ required: true }),
      isPublic: t.arg.boolean(),
      fileSizeLimitBytes: t.arg.float(),
      allowedMimeTypes: t.arg.stringList(),
    },
    resolve: (_root, { name, isPublic, ...limits }, { rooms, call }) =>
      rooms.storage.createBucket(call, { name, isPublic: isPublic ?? false, ...limitsOf(limits) }),
  }),
  updateBucket: t.field({
    type: Bucket,
    nullable: true,
    description: 'Admins. What is absent stays; a null size limit lifts it.',
    args: {
      name: t.arg.string({ required: true }),
      isPublic: t.arg.boolean(),
      fileSizeLimitBytes: t.arg.float(),
      allowedMimeTypes: t.arg.stringList(),
    },
    resolve: (_root, { name, isPublic, ...limits }, { rooms, call }) =>
      rooms.storage.updateBucket(call, { name, isPublic: isPublic ?? undefined, ...limitsOf(limits) }),
  }),
  deleteBucket: t.boolean({
    nullable: true,
    description: 'Admins. With all that is in it.',
    args: { name: t.arg.string({ required: true }) },
    resolve: async (_root, { name }, { rooms, call }) => {
      await rooms.storage.deleteBucket(call, name);
      return true;
    },
  }),
  deleteObjects: t.field({
    type: ['String'],
    nullable: true,
    description: 'The keys that were there and are gone now. At most 1000 at once.',
    args: { bucket: t.arg.string({ required: true }), keys: t.arg.stringList({ required: true }) },
    resolve: async (_root, { bucket, keys }, { rooms, call }) => {
      const results = await rooms.storage.deleteFiles(call, { bucket, keys });
      return results.filter(({ status }) => status === 'deleted').map(({ key }) => key);
    },
  }),
}));

const target = (bucket: string, key: string) => ({ bucket, key });
for (const verb of ['copyObject', 'moveObject'] as const)
  builder.mutationField(verb, (t) =>
    t.field({
      type: StorageObject,
      nullable: true,
      description: verb === 'copyObject' ? 'The bytes are shared, not moved.' : 'A new key, perhaps in another bucket.',
      args: {
        bucket: t.arg.string({ required: true }),
        key: t.arg.string({ required: true }),
        toKey: t.arg.string({ required: true }),
        toBucket: t.arg.string({ description: 'Absent: the same.' }),
      },
      resolve: (_root, { bucket, key, toKey, toBucket }, { rooms, call }) => {
        const input = { from: target(bucket, key), to: target(toBucket ?? bucket, toKey) };
        return verb === 'copyObject' ? rooms.storage.copyFile(call, input) : rooms.storage.moveFile(call, input);
      },
    }),
  );
