import { resolve } from 'node:path';
import { z } from 'zod';
import { Secret } from './core/secret.ts';
import { type DatabaseConfig, databaseConfig, databaseEnvironment } from './database/config.ts';
import { type StorageConfig, storageConfig, storageEnvironment } from './storage/config.ts';
import { type S3GatewayConfig, s3GatewayConfig, s3GatewayEnvironment } from './storage/gateway/config.ts';

/** What the environment asks for. Unions name the part that is chosen; secrets print as `[redacted]`. */
export interface Config {
  env: 'development' | 'production' | 'test';
  http: {
    host: string;
    /** 0 picks a free port. */
    port: number;
    /** Public base of links in mails and callbacks, without a trailing slash. */
    publicUrl: string | null;
    trustProxy: boolean | number | string[];
    corsOrigins: '*' | string[];
    maxJsonBodyBytes: number;
    maxFormBodyBytes: number;
    maxFileBytes: number;
    keepAliveTimeoutMs: number;
  };
  /** Absolute path; holds secrets, the embedded Postgres and files. */
  dataDir: string;
  postgres: { kind: 'embedded' } | { kind: 'external'; url: Secret };
  /** Null means: made at first start and kept under dataDir. */
  secrets: { jwt: Secret | null; encryption: Secret | null };
  admin: { username: string; password: Secret | null };
  /** First-boot seeds; once stored, the stored value wins. */
  keys: { apiKey: Secret | null; anonKey: Secret | null };
  projectId: string | null;
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  database: DatabaseConfig;
  storage: StorageConfig;
  s3: S3GatewayConfig;
  graphql: {
    maxDepth: number;
    maxCost: number;
    maxAliases: number;
    maxTokens: number;
    maxDirectives: number;
    maxBatch: number;
  };
}

/** Errors: ConfigError, with every fault of the environment at once. */
export class ConfigError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n- ${faults.join('\n- ')}`,
    );
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

const placeholders = [
  /change[-_ ]?me/i,
  /change[-_ ]?this/i,
  /^secret$/i,
  /^password$/i,
  /your[-_]/i,
  /example/i,
  /^admin$/i,
  /^(.)\1+$/,
  /^dev[-_]/i,
];

const blankIsAbsent = (value: unknown) => (typeof value === 'string' && value.trim() === '' ? undefined : value);
const optional = <T extends z.ZodType>(schema: T) => z.preprocess(blankIsAbsent, schema.optional());
const text = optional(z.string().trim());
const integer = (min: number, max: number) =>
  optional(
    z
      .string()
      .trim()
      .regex(/^\d+$/, 'must be a whole number')
      .transform(Number)
      .refine((n) => n >= min && n <= max, `must be between ${min} and ${max}`),
  );
const secret = (minLength: number) =>
  optional(
    z
      .string()
      .min(minLength, `must have at least ${minLength} characters`)
      .max(4096, 'must have at most 4096 characters'),
  );
const size = optional(
  z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^\d+\s*(b|kb|mb|gb)?$/, 'must be a size such as 100mb')
    .transform((value) => {
      const [, amount = '0', unit = 'b'] = /^(\d+)\s*(b|kb|mb|gb)?$/.exec(value) ?? [];
      const bytesPer: Record<string, number> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };
      return Number(amount) * (bytesPer[unit] ?? 1);
    }),
);
const list = optional(
  z.string().transform((value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  ),
);
const trustProxy = optional(
  z
    .string()
    .trim()
    .transform((value): boolean | number | string[] => {
      if (/^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
      if (/^\d+$/.test(value)) return Number(value);
      return value.split(',').map((item) => item.trim());
    }),
);

const environment = z.object({
  NODE_ENV: optional(z.enum(['development', 'production', 'test'])),
  PORT: integer(0, 65535),
  HOST: text,
  API_BASE_URL: optional(z.url('must be an absolute URL').transform((url) => url.replace(/\/+$/, ''))),
  DATA_DIR: text,
  DATABASE_URL: optional(z.string().regex(/^postgres(ql)?:\/\//, 'must start with postgres:// or postgresql://')),
  JWT_SECRET: secret(32),
  ENCRYPTION_KEY: secret(16),
  ROOT_ADMIN_USERNAME: text,
  ADMIN_EMAIL: text,
  ROOT_ADMIN_PASSWORD: secret(1),
  ADMIN_PASSWORD: secret(1),
  ACCESS_API_KEY: secret(16),
  ACCESS_ANON_KEY: secret(16),
  TRUST_PROXY: trustProxy,
  CORS_ORIGINS: list,
  LOG_LEVEL: optional(z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])),
  PROJECT_ID: text,
  MAX_JSON_BODY_SIZE: size,
  MAX_URLENCODED_BODY_SIZE: size,
  MAX_FILE_SIZE: size,
  KEEP_ALIVE_TIMEOUT_MS: integer(0, 3_600_000),
  GRAPHQL_MAX_DEPTH: integer(1, 1000),
  GRAPHQL_MAX_COST: integer(1, 10_000_000),
  GRAPHQL_MAX_ALIASES: integer(1, 10_000),
  GRAPHQL_MAX_TOKENS: integer(1, 1_000_000),
  GRAPHQL_MAX_DIRECTIVES: integer(1, 10_000),
  GRAPHQL_MAX_BATCH: integer(1, 1000),
  ...databaseEnvironment,
  ...storageEnvironment,
  ...s3GatewayEnvironment,
});
type Environment = z.infer<typeof environment>;

/** Pure: reads the names of contract/auth.md §11 and our own from `env`. Errors: ConfigError. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const parsed = environment.safeParse(env);
  const faults = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  faults.push(...placeholderFaults(env));
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  return fromEnvironment(parsed.data, appSettings(env));
}

/** Known defaults of compose files and guides must not guard a production server. */
function placeholderFaults(env: Readonly<Record<string, string | undefined>>): string[] {
  if (env.NODE_ENV !== 'production') return [];
  const names = [
    'JWT_SECRET',
    'ENCRYPTION_KEY',
    'ROOT_ADMIN_PASSWORD',
    'ADMIN_PASSWORD',
    'ACCESS_API_KEY',
    'ACCESS_ANON_KEY',
  ];
  return names
    .filter((name) => placeholders.some((pattern) => pattern.test(env[name]?.trim() ?? '')))
    .map((name) => `${name} is a known placeholder, which NODE_ENV=production refuses; leave it out to have one made`);
}

/** `DB_APP_SETTINGS_<name>` becomes the setting `app.settings.<name>` of every request. */
function appSettings(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const prefix = 'DB_APP_SETTINGS_';
  const entries = Object.entries(env).flatMap(([name, value]) =>
    name.startsWith(prefix) && value !== undefined ? [[name.slice(prefix.length).toLowerCase(), value] as const] : [],
  );
  return Object.fromEntries(entries);
}

const toSecret = (value: string | undefined) => (value === undefined ? null : new Secret(value));

function fromEnvironment(env: Environment, settings: Record<string, string>): Config {
  return {
    env: env.NODE_ENV ?? 'development',
    http: httpConfig(env),
    dataDir: resolve(env.DATA_DIR ?? '.pleiad'),
    postgres: env.DATABASE_URL ? { kind: 'external', url: new Secret(env.DATABASE_URL) } : { kind: 'embedded' },
    secrets: { jwt: toSecret(env.JWT_SECRET), encryption: toSecret(env.ENCRYPTION_KEY) },
    admin: {
      username: env.ROOT_ADMIN_USERNAME ?? env.ADMIN_EMAIL ?? 'admin',
      password: toSecret(env.ROOT_ADMIN_PASSWORD ?? env.ADMIN_PASSWORD),
    },
    keys: { apiKey: toSecret(env.ACCESS_API_KEY), anonKey: toSecret(env.ACCESS_ANON_KEY) },
    projectId: env.PROJECT_ID ?? null,
    logLevel: env.LOG_LEVEL ?? 'info',
    database: databaseConfig(env, settings),
    storage: storageConfig(env, env.DATA_DIR ?? '.pleiad'),
    s3: s3GatewayConfig(env),
    graphql: {
      maxDepth: env.GRAPHQL_MAX_DEPTH ?? 12,
      maxCost: env.GRAPHQL_MAX_COST ?? 10_000,
      maxAliases: env.GRAPHQL_MAX_ALIASES ?? 30,
      maxTokens: env.GRAPHQL_MAX_TOKENS ?? 4_000,
      maxDirectives: env.GRAPHQL_MAX_DIRECTIVES ?? 50,
      maxBatch: env.GRAPHQL_MAX_BATCH ?? 10,
    },
  };
}

function httpConfig(env: Environment): Config['http'] {
  const mebibyte = 1024 ** 2;
  return {
    host: env.HOST ?? '127.0.0.1',
    port: env.PORT ?? 7130,
    publicUrl: env.API_BASE_URL ?? null,
    trustProxy: env.TRUST_PROXY ?? false,
    corsOrigins: env.CORS_ORIGINS && !env.CORS_ORIGINS.includes('*') ? env.CORS_ORIGINS : '*',
    maxJsonBodyBytes: env.MAX_JSON_BODY_SIZE ?? 100 * mebibyte,
    maxFormBodyBytes: env.MAX_URLENCODED_BODY_SIZE ?? 10 * mebibyte,
    maxFileBytes: env.MAX_FILE_SIZE ?? 50 * mebibyte,
    keepAliveTimeoutMs: env.KEEP_ALIVE_TIMEOUT_MS ?? 65_000,
  };
}
