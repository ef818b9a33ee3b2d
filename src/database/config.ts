import { z } from 'zod';
import type { Role } from '../core/call.ts';

/** One value for each role that requests run as. */
export type ByRole<T> = Readonly<Record<Role, T>>;

/** Contract/postgrest.md §16, and our own limits. Null is no cap. */
export interface DatabaseConfig {
  poolSize: number;
  statementTimeoutMs: ByRole<number>;
  /** Cap on every read level. */
  maxRows: ByRole<number | null>;
  maxBodyBytes: ByRole<number | null>;
  aggregates: ByRole<boolean>;
  planOutput: boolean;
  txEnd: 'commit' | 'commit-allow-override' | 'rollback' | 'rollback-allow-override';
  /** `schema.function` or `function` of the request schema. */
  preRequest: string | null;
  extraSearchPath: string[];
  /** Null means: every schema but the platform's own. */
  exposedSchemas: string[] | null;
  /** Function-level settings that are applied to the whole request. */
  hoistedSettings: string[];
  emptyCreatedBody: 'array' | 'empty';
  appSettings: Record<string, string>;
  /** Rows that count=estimated counts for certain. */
  estimateThreshold: number;
  /** anon and authenticated may not PATCH or DELETE without a filter. */
  requiresFilter: boolean;
  /** What a bulk insert puts where an object lacks a key, when the request does not say. */
  missing: 'null' | 'default';
  limits: { maxUrlBytes: number; maxFilters: number; maxEmbedDepth: number };
}

const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (typeof value === 'string' && value.trim() === '' ? undefined : value), schema.optional());
const text = z.string().trim();
const integer = (min: number, max: number) =>
  optional(
    text
      .regex(/^\d+$/, 'must be a whole number')
      .transform(Number)
      .refine((n) => n >= min && n <= max, `must be between ${min} and ${max}`),
  );
const flag = optional(
  text
    .toLowerCase()
    .pipe(z.enum(['true', 'false', '1', '0', 'on', 'off']))
    .transform((value) => ['true', '1', 'on'].includes(value)),
);
const split = (value: string) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
const list = optional(z.string().transform(split));
const roles = ['anon', 'authenticated', 'project_admin'] as const;
/** A flag for all roles, or the roles for which it is on: `authenticated,project_admin`. */
const rolesOrFlag = optional(
  text.toLowerCase().transform((value, context): readonly Role[] => {
    if (['true', '1', 'on'].includes(value)) return roles;
    if (['false', '0', 'off'].includes(value)) return [];
    const named = split(value);
    const unknown = named.filter((name) => !(roles as readonly string[]).includes(name));
    if (unknown.length > 0)
      context.addIssue({ code: 'custom', message: `must be true, false or roles of ${roles.join(', ')}` });
    return named as Role[];
  }),
);
const timeout = integer(0, 3_600_000);
const rows = integer(1, 2 ** 31);
const bytes = integer(1, 2 ** 31);

/** The room's names of the environment. */
export const databaseEnvironment = {
  DB_POOL_SIZE: integer(1, 1000),
  DB_STATEMENT_TIMEOUT_ANON_MS: timeout,
  DB_STATEMENT_TIMEOUT_AUTHENTICATED_MS: timeout,
  DB_STATEMENT_TIMEOUT_ADMIN_MS: timeout,
  DB_MAX_ROWS: rows,
  DB_MAX_ROWS_ANON: rows,
  DB_MAX_ROWS_AUTHENTICATED: rows,
  DB_MAX_ROWS_ADMIN: rows,
  DB_MAX_BODY_BYTES: bytes,
  DB_MAX_BODY_BYTES_ANON: bytes,
  DB_MAX_BODY_BYTES_AUTHENTICATED: bytes,
  DB_MAX_BODY_BYTES_ADMIN: bytes,
  DB_AGGREGATES_ENABLED: rolesOrFlag,
  DB_PLAN_ENABLED: flag,
  DB_TX_END: optional(z.enum(['commit', 'commit-allow-override', 'rollback', 'rollback-allow-override'])),
  DB_PRE_REQUEST: optional(text),
  DB_EXTRA_SEARCH_PATH: list,
  DB_SCHEMAS: list,
  DB_HOISTED_SETTINGS: list,
  DB_EMPTY_CREATED_BODY: optional(z.enum(['array', 'empty'])),
  DB_ESTIMATE_THRESHOLD: integer(0, 2 ** 31),
  DB_REQUIRE_FILTER: flag,
  DB_MISSING: optional(z.enum(['null', 'default'])),
  DB_MAX_URL_BYTES: integer(1024, 2 ** 20),
  DB_MAX_FILTERS: integer(1, 10_000),
  DB_MAX_EMBED_DEPTH: integer(0, 64),
};

type Environment = z.infer<z.ZodObject<typeof databaseEnvironment>>;

/** `appSettings` come from names that are not known beforehand. */
export function databaseConfig(env: Environment, appSettings: Record<string, string>): DatabaseConfig {
  const aggregates = env.DB_AGGREGATES_ENABLED ?? [];
  return {
    poolSize: env.DB_POOL_SIZE ?? 50,
    statementTimeoutMs: {
      anon: env.DB_STATEMENT_TIMEOUT_ANON_MS ?? 3_000,
      authenticated: env.DB_STATEMENT_TIMEOUT_AUTHENTICATED_MS ?? 8_000,
      project_admin: env.DB_STATEMENT_TIMEOUT_ADMIN_MS ?? 30_000,
    },
    maxRows: {
      anon: env.DB_MAX_ROWS_ANON ?? env.DB_MAX_ROWS ?? null,
      authenticated: env.DB_MAX_ROWS_AUTHENTICATED ?? env.DB_MAX_ROWS ?? null,
      project_admin: env.DB_MAX_ROWS_ADMIN ?? env.DB_MAX_ROWS ?? null,
    },
    maxBodyBytes: {
      anon: env.DB_MAX_BODY_BYTES_ANON ?? env.DB_MAX_BODY_BYTES ?? null,
      authenticated: env.DB_MAX_BODY_BYTES_AUTHENTICATED ?? env.DB_MAX_BODY_BYTES ?? null,
      project_admin: env.DB_MAX_BODY_BYTES_ADMIN ?? env.DB_MAX_BODY_BYTES ?? null,
    },
    aggregates: {
      anon: aggregates.includes('anon'),
      authenticated: aggregates.includes('authenticated'),
      project_admin: aggregates.includes('project_admin'),
    },
    planOutput: env.DB_PLAN_ENABLED ?? false,
    txEnd: env.DB_TX_END ?? 'commit',
    preRequest: env.DB_PRE_REQUEST ?? null,
    extraSearchPath: env.DB_EXTRA_SEARCH_PATH ?? ['public'],
    exposedSchemas: env.DB_SCHEMAS ?? null,
    hoistedSettings: env.DB_HOISTED_SETTINGS ?? [
      'statement_timeout',
      'plan_filter.statement_cost_limit',
      'default_transaction_isolation',
    ],
    emptyCreatedBody: env.DB_EMPTY_CREATED_BODY ?? 'array',
    appSettings,
    estimateThreshold: env.DB_ESTIMATE_THRESHOLD ?? 1000,
    requiresFilter: env.DB_REQUIRE_FILTER ?? false,
    missing: env.DB_MISSING ?? 'null',
    limits: {
      maxUrlBytes: env.DB_MAX_URL_BYTES ?? 65_536,
      maxFilters: env.DB_MAX_FILTERS ?? 500,
      maxEmbedDepth: env.DB_MAX_EMBED_DEPTH ?? 10,
    },
  };
}
