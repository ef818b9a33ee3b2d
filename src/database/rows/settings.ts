import type { Role } from '../../core/call.ts';
import type { QueryLimits } from './parse/query.ts';

/** Behavior switches of the query layer (contract/postgrest.md §16). */
export interface RowsSettings {
  /** Null means every schema that is not the platform's. */
  exposedSchemas: readonly string[] | null;
  extraSearchPath: readonly string[];
  statementTimeoutMs: Readonly<Record<Role, number>>;
  /** Cap on every read level; null for none. */
  maxRows: number | null;
  aggregates: boolean;
  planOutput: boolean;
  txEnd: 'commit' | 'commit-allow-override' | 'rollback' | 'rollback-allow-override';
  /** `schema.function` or `function` of the request schema, called before the statement; null for none. */
  preRequest: string | null;
  /** Function-level settings that are applied to the whole request. */
  hoistedSettings: readonly string[];
  appSettings: Readonly<Record<string, string>>;
  /** Rows that count=estimated counts for certain. */
  estimateThreshold: number;
  /** anon and authenticated may not PATCH or DELETE without a filter. */
  requiresFilter: boolean;
  /** What a bulk insert puts where an object lacks a key, when the request does not say. */
  missing: 'null' | 'default';
  limits: QueryLimits;
}

/** The settings that a configuration asks for; what it does not name has a fixed value. */
export const rowsSettings = (configured: Partial<RowsSettings>): RowsSettings => ({
  exposedSchemas: null,
  extraSearchPath: ['public'],
  statementTimeoutMs: { anon: 3_000, authenticated: 8_000, project_admin: 30_000 },
  maxRows: null,
  aggregates: false,
  planOutput: false,
  txEnd: 'commit',
  preRequest: null,
  hoistedSettings: ['statement_timeout', 'plan_filter.statement_cost_limit', 'default_transaction_isolation'],
  appSettings: {},
  estimateThreshold: 1000,
  requiresFilter: false,
  missing: 'null',
  limits: { maxUrlBytes: 65_536, maxFilters: 500, maxEmbedDepth: 10 },
  ...configured,
});
