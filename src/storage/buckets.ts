import { Prisma } from '../../prisma/generated/client/client.ts';
import { type Call, requireAdmin, requireViewer } from '../core/call.ts';
import type { AuditRecord, Tx } from '../core/in-tx.ts';
import type { Db } from '../core/postgres/catalog-db.ts';
import { requireScope } from './access.ts';
import type { Bucket, BucketSettings, BucketVerbs } from './domain.ts';
import type { StorageDeps } from './engine.ts';
import { accessDenied, bucketExists, bucketNotEmpty, noSuchBucket } from './faults.ts';
import { checkNewBucketName } from './names.ts';

export type BucketRow = NonNullable<Awaited<ReturnType<Db['bucket']['findUnique']>>>;

/** Limits a bucket may set for itself; absent fields stay, null lifts the size cap. */
export interface BucketLimits {
  fileSizeLimitBytes?: number | null | undefined;
  /** `image/png` or `image/*`; empty allows all. */
  allowedMimeTypes?: readonly string[] | undefined;
}

const changed = (change: 'create' | 'update' | 'delete', bucket: string) => ({ bucket, change });
const audited = (action: string, subject: string, details: Record<string, unknown> = {}): AuditRecord => ({
  module: 'STORAGE',
  action,
  subject,
  details,
});

/** Buckets for project admins. */
export function createBuckets({ db, inTx }: Pick<StorageDeps, 'db' | 'inTx'>) {
  return { listBuckets, getBucket, createBucket, updateBucket, deleteBucket };

  /** By name. Errors: as requireAdmin. */
  async function listBuckets(call: Call): Promise<BucketRow[]> {
    requireAdmin(call);
    return db.bucket.findMany({ orderBy: { name: 'asc' } });
  }

  /** Any viewer may learn how a bucket is set up. Errors: as requireViewer, noSuchBucket. */
  async function getBucket(call: Call, name: string): Promise<BucketRow> {
    requireViewer(call);
    const row = await db.bucket.findUnique({ where: { name } });
    if (!row) throw noSuchBucket(name);
    return row;
  }

  /** Errors: as requireAdmin, STORAGE_INVALID_PARAMETER (name), bucketExists. */
  async function createBucket(
    call: Call,
    { name, isPublic, ...limits }: { name: string; isPublic: boolean } & BucketLimits,
  ): Promise<BucketRow> {
    requireAdmin(call);
    checkNewBucketName(name);
    return inTx(call, (tx) => insertBucket(tx, { name, isPublic, ...limitData(limits) }));
  }

  /** Takes effect on the next request. Errors: as requireAdmin, noSuchBucket. */
  async function updateBucket(
    call: Call,
    { name, isPublic, ...limits }: { name: string; isPublic?: boolean | undefined } & BucketLimits,
  ): Promise<BucketRow> {
    requireAdmin(call);
    return inTx(call, async (tx) => {
      const data = { ...(isPublic === undefined ? {} : { isPublic }), ...limitData(limits) };
      await changeBucket(tx, name, data);
      return tx.db.bucket.findUniqueOrThrow({ where: { name } });
    });
  }

  /** With all that is in it. Errors: as requireAdmin, noSuchBucket. */
  async function deleteBucket(call: Call, name: string): Promise<void> {
    requireAdmin(call);
    await inTx(call, (tx) => dropBucket(tx, name));
  }
}

const limitData = ({ fileSizeLimitBytes, allowedMimeTypes }: BucketLimits) => ({
  ...(fileSizeLimitBytes === undefined
    ? {}
    : { fileSizeLimitBytes: fileSizeLimitBytes === null ? null : BigInt(fileSizeLimitBytes) }),
  ...(allowedMimeTypes ? { allowedMimeTypes: allowedMimeTypes.map((type) => type.toLowerCase()) } : {}),
});

/** Errors: bucketExists. */
async function insertBucket(tx: Tx, data: Prisma.BucketCreateInput): Promise<BucketRow> {
  const { count } = await tx.db.bucket.createMany({ data, skipDuplicates: true });
  if (count === 0) throw bucketExists(data.name);
  await tx.audit(audited('CREATE_BUCKET', data.name, { isPublic: data.isPublic }));
  tx.emit('storage.bucket.changed', changed('create', data.name));
  return tx.db.bucket.findUniqueOrThrow({ where: { name: data.name } });
}

/** Errors: noSuchBucket. */
async function changeBucket(tx: Tx, name: string, data: Prisma.BucketUpdateManyMutationInput): Promise<void> {
  const { count } = await tx.db.bucket.updateMany({ where: { name }, data: { ...data, updatedAt: new Date() } });
  if (count === 0) throw noSuchBucket(name);
  await tx.audit(audited('UPDATE_BUCKET', name, { changed: Object.keys(data) }));
  tx.emit('storage.bucket.changed', changed('update', name));
}

/** Errors: noSuchBucket. */
async function dropBucket(tx: Tx, name: string): Promise<void> {
  const { count } = await tx.db.bucket.deleteMany({ where: { name } });
  if (count === 0) throw noSuchBucket(name);
  await tx.audit(audited('DELETE_BUCKET', name));
  tx.emit('storage.bucket.changed', changed('delete', name));
}

/** Buckets for S3 callers, within the scope of their key. */
export function createBucketVerbs({ db, inTx }: Pick<StorageDeps, 'db' | 'inTx'>): BucketVerbs {
  const find = async (name: string): Promise<Bucket> => {
    const row = await db.bucket.findUnique({ where: { name } });
    if (!row) throw noSuchBucket(name);
    return toBucket(row);
  };

  return {
    async listBuckets(call) {
      if (!call.accessKey) throw accessDenied();
      const { buckets } = call.accessKey.scope;
      const where = buckets === null ? {} : { name: { in: [...buckets] } };
      return (await db.bucket.findMany({ where, orderBy: { name: 'asc' } })).map(toBucket);
    },
    async getBucket(call, bucket) {
      requireScope(call, bucket, 'read');
      return find(bucket);
    },
    async createBucket(call, { bucket, isPublic }) {
      requireScope(call, bucket, 'write');
      return toBucket(await inTx(call, (tx) => insertBucket(tx, { name: bucket, isPublic })));
    },
    async deleteBucket(call, bucket) {
      requireScope(call, bucket, 'write');
      await inTx(call, async (tx) => {
        // Locked first: a put that is about to commit either counts or finds no bucket.
        await tx.db.$queryRaw`SELECT FROM storage.buckets WHERE name = ${bucket} FOR UPDATE`;
        if (await tx.db.storageObject.findFirst({ where: { bucketName: bucket }, select: { key: true } }))
          throw bucketNotEmpty(bucket);
        await dropBucket(tx, bucket);
      });
    },
    async updateBucketSettings(call, { bucket, ...settings }) {
      requireScope(call, bucket, 'write');
      await inTx(call, (tx) => changeBucket(tx, bucket, settingsData(settings)));
    },
    async findCorsRules(_call, bucket) {
      const row = await db.bucket.findUnique({ where: { name: bucket }, select: { corsRules: true } });
      return (row?.corsRules as BucketSettings['corsRules'] | undefined) ?? null;
    },
  };
}

function settingsData(settings: Partial<BucketSettings>): Prisma.BucketUpdateManyMutationInput {
  const json = (value: unknown) => (value === null ? Prisma.DbNull : (value as Prisma.InputJsonValue));
  const { isPublic, corsRules, lifecycleRules, tags } = settings;
  return {
    ...(isPublic === undefined ? {} : { isPublic }),
    ...(corsRules === undefined ? {} : { corsRules: json(corsRules) }),
    ...(lifecycleRules === undefined ? {} : { lifecycleRules: json(lifecycleRules) }),
    ...(tags === undefined ? {} : { tags: json(tags) }),
  };
}

const toBucket = (row: BucketRow): Bucket => ({
  name: row.name,
  isPublic: row.isPublic,
  createdAt: row.createdAt,
  corsRules: row.corsRules as Bucket['corsRules'],
  lifecycleRules: readLifecycle(row.lifecycleRules),
  tags: row.tags as Bucket['tags'],
});

type StoredRule = Omit<NonNullable<Bucket['lifecycleRules']>[number], 'expireAt'> & { expireAt?: string };

/** Dates are text in JSON. */
export function readLifecycle(stored: unknown): Bucket['lifecycleRules'] {
  if (!Array.isArray(stored)) return null;
  return (stored as StoredRule[]).map(({ expireAt, ...rule }) => ({
    ...rule,
    ...(expireAt === undefined ? {} : { expireAt: new Date(expireAt) }),
  }));
}
