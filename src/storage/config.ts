import { resolve } from 'node:path';
import { z } from 'zod';
import { Secret } from '../core/secret.ts';
import type { BlobStoreConfig } from './provider.ts';

/** Where bytes go, and what the S3 gateway signs with. */
export interface StorageConfig {
  provider: BlobStoreConfig;
  /** Whether clients are sent to the S3 store itself by presigned URLs. */
  isPresigning: boolean;
  /** Region that the gateway signs and answers with. */
  region: string;
  /** Cap of one PUT or part through the gateway, in bytes. */
  maxObjectBytes: number;
  /** Public base of the gateway without a trailing slash; null when not configured. */
  gatewayBaseUrl: string | null;
}

const text = z.preprocess(
  (value) => (typeof value === 'string' && value.trim() === '' ? undefined : value),
  z.string().trim().optional(),
);
const flag = z.preprocess(
  (value) => (typeof value === 'string' && value.trim() === '' ? undefined : value),
  z
    .string()
    .trim()
    .toLowerCase()
    .pipe(z.enum(['true', 'false', '1', '0']))
    .transform((value) => value === 'true' || value === '1')
    .optional(),
);

/** The room's names of the environment. */
export const storageEnvironment = {
  STORAGE_DIR: text,
  S3_BUCKET: text,
  AWS_S3_BUCKET: text,
  S3_REGION: text,
  AWS_REGION: text,
  S3_ENDPOINT_URL: z.preprocess(
    (value) => (value === '' ? undefined : value),
    z.url('must be an absolute URL').optional(),
  ),
  S3_ACCESS_KEY_ID: text,
  S3_SECRET_ACCESS_KEY: text,
  AWS_ACCESS_KEY_ID: text,
  AWS_SECRET_ACCESS_KEY: text,
  S3_FORCE_PATH_STYLE: flag,
  S3_USE_PRESIGNED_URLS: flag,
  S3_PREFIX: text,
  S3_MAX_OBJECT_SIZE_BYTES: z.preprocess(
    (value) => (value === '' ? undefined : value),
    z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).optional(),
  ),
  VITE_API_BASE_URL: text,
};
type Environment = z.infer<z.ZodObject<typeof storageEnvironment>>;

/** Pure. A bucket name selects S3; without one, files under `dataDir`. */
export function storageConfig(env: Environment, dataDir: string): StorageConfig {
  const bucket = env.S3_BUCKET ?? env.AWS_S3_BUCKET;
  const region = env.S3_REGION ?? env.AWS_REGION ?? 'us-east-2';
  return {
    provider: bucket
      ? {
          kind: 's3',
          bucket,
          region,
          endpoint: env.S3_ENDPOINT_URL ?? null,
          credentials: credentialsOf(env),
          isPathStyle: env.S3_FORCE_PATH_STYLE ?? true,
          prefix: env.S3_PREFIX ? `${env.S3_PREFIX.replace(/^\/+|\/+$/g, '')}/` : '',
        }
      : { kind: 'disk', dir: resolve(env.STORAGE_DIR ?? `${dataDir}/storage`) },
    isPresigning: env.S3_USE_PRESIGNED_URLS ?? true,
    region,
    maxObjectBytes: env.S3_MAX_OBJECT_SIZE_BYTES ?? 5 * 1024 ** 3,
    gatewayBaseUrl: env.VITE_API_BASE_URL?.replace(/\/+$/, '') ?? null,
  };
}

/** The pair of one family of names, never mixed. */
function credentialsOf(env: Environment): { accessKeyId: string; secretAccessKey: Secret } | null {
  const pairs = [
    [env.S3_ACCESS_KEY_ID, env.S3_SECRET_ACCESS_KEY],
    [env.AWS_ACCESS_KEY_ID, env.AWS_SECRET_ACCESS_KEY],
  ] as const;
  for (const [id, secret] of pairs) if (id && secret) return { accessKeyId: id, secretAccessKey: new Secret(secret) };
  return null;
}
