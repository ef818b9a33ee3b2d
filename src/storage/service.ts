import type { Logger } from 'pino';
import { type Call, requireAdmin } from '../core/call.ts';
import type { InAdminTx } from '../core/postgres/admin-tx.ts';
import { createBuckets, createBucketVerbs } from './buckets.ts';
import { createChanges } from './changes.ts';
import type { ObjectDomain, ObjectKey } from './domain.ts';
import { createEngine, type StorageDeps } from './engine.ts';
import { createFiles } from './files.ts';
import { createAccessKeys } from './keys.ts';
import { createMultipartVerbs } from './multipart.ts';
import { createObjectVerbs } from './objects.ts';
import { createPolicies } from './policies.ts';
import { createRenditions, type RenditionCache } from './renditions.ts';
import { createResumables } from './resumable.ts';
import { createSettings } from './settings.ts';
import { createSignedUrls } from './signed-urls.ts';
import { createStrategies } from './strategies.ts';
import { createSweeper } from './sweeper.ts';
import { objectUrl } from './urls.ts';

export type Storage = ReturnType<typeof createStorage>;

/** Usage of one bucket. */
export interface BucketUsage {
  bucket: string;
  objectCount: number;
  sizeBytes: number;
}

/** Where S3 clients connect. */
export interface S3Access {
  /** A bare path when the server knows no public address of its own. */
  endpoint: string;
  region: string;
  available: boolean;
}

interface RoomDeps {
  log: Logger;
  inAdminTx: InAdminTx;
  gateway: { baseUrl: string | null; region: string };
  renditions: RenditionCache;
  /** Base of URLs that are handed out where no request tells it; null makes them root-relative. */
  publicUrl: string | null;
}

/** The storage room: one catalog and one blob store behind the native API, GraphQL and the S3 gateway. */
export function createStorage(deps: StorageDeps & RoomDeps) {
  const engine = createEngine(deps);
  const buckets = createBuckets(deps);
  const settings = createSettings(deps);
  const keys = createAccessKeys(deps);
  const signedUrls = createSignedUrls(deps);
  const files = createFiles({ engine, maxUploadBytes: settings.maxUploadBytes });
  const strategies = createStrategies({ engine, files, signedUrls, isPresigning: deps.isPresigning });
  const sweeper = createSweeper({ engine, pool: deps.pools.system, log: deps.log });
  /** What the S3 gateway calls. */
  const objectDomain: ObjectDomain = {
    ...createBucketVerbs(deps),
    ...createObjectVerbs(engine),
    ...createMultipartVerbs(engine),
    findAccessKey: keys.findAccessKey,
  };
  const { createAccessKey, listAccessKeys, revokeAccessKey } = keys;
  return {
    ...buckets,
    ...settings,
    ...files,
    ...strategies,
    ...createResumables({ engine, files }),
    ...createRenditions(deps.renditions),
    ...createChanges({ bus: deps.bus, files }),
    ...createPolicies({ query: engine.query, inAdminTx: deps.inAdminTx }),
    urlOf: (object: ObjectKey, query?: Record<string, string>) => objectUrl(object, deps.publicUrl ?? '', query),
    createAccessKey,
    listAccessKeys,
    revokeAccessKey,
    checkSignedUrl: signedUrls.check,
    usage,
    bucketUsage,
    metadata,
    s3Config,
    sweeper,
    objectDomain,
  };

  /** Of every bucket, by name. Errors: as requireAdmin. */
  async function usage(call: Call): Promise<BucketUsage[]> {
    requireAdmin(call);
    const { rows } = await engine.query<{ bucket: string; count: string; size: string }>(
      `SELECT b.name AS bucket, count(o.key) AS count, coalesce(sum(o.size), 0) AS size
       FROM storage.buckets b LEFT JOIN storage.objects o ON o.bucket = b.name GROUP BY b.name ORDER BY b.name`,
      [],
    );
    return rows.map(({ bucket, count, size }) => ({ bucket, objectCount: Number(count), sizeBytes: Number(size) }));
  }

  /** Errors: as requireAdmin. */
  async function bucketUsage(call: Call, bucket: string): Promise<BucketUsage> {
    requireAdmin(call);
    const { rows } = await engine.query<{ count: string; size: string }>(
      'SELECT count(*) AS count, coalesce(sum(size), 0) AS size FROM storage.objects WHERE bucket = $1',
      [bucket],
    );
    return { bucket, objectCount: Number(rows[0]?.count), sizeBytes: Number(rows[0]?.size) };
  }

  /** What the project's metadata says of storage. Errors: as requireAdmin. */
  async function metadata(call: Call) {
    const [rows, sizes] = await Promise.all([buckets.listBuckets(call), usage(call)]);
    const countOf = new Map(sizes.map(({ bucket, objectCount }) => [bucket, objectCount]));
    return {
      buckets: rows.map(({ name, isPublic, createdAt }) => ({
        name,
        public: isPublic,
        createdAt,
        objectCount: countOf.get(name) ?? 0,
      })),
      totalSizeInGB: sizes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) / 1024 ** 3,
    };
  }

  /** Errors: as requireAdmin. */
  async function s3Config(call: Call): Promise<S3Access> {
    requireAdmin(call);
    const { baseUrl, region } = deps.gateway;
    return { endpoint: `${baseUrl ?? ''}/storage/v1/s3`, region, available: true };
  }
}
