import type { AdvisorRule } from './rules.ts';

/** Below this many rows, statistics and unused indexes cost nothing worth a line. */
const worthwhileRows = 1000;

const policies = `
  FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (SELECT concat_ws(' ', pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) AS text) e
  WHERE NOT system.is_platform_schema(n.nspname)`;

/** The columns begin some index, in any order among themselves. */
const isIndexed = (columns: string, table: string) => `EXISTS (
  SELECT FROM pg_index i WHERE i.indrelid = ${table} AND i.indisvalid AND i.indpred IS NULL
    AND (i.indkey::int2[])[0:cardinality(${columns}) - 1] @> ${columns})`;

/** What makes statements slow, or will. */
export const performanceRules: readonly AdvisorRule[] = [
  {
    id: 'rls-policy-perf',
    severity: 'warning',
    category: 'performance',
    title: 'A policy asks who calls once a row',
    sql: String.raw`SELECT n.nspname AS schema, c.relname || '.' || p.polname AS object,
        'auth.uid() and its like are called for every row; inside a SELECT they are called once.' AS detail,
        'Write (SELECT auth.uid()) instead of auth.uid() in the policy.' AS remedy
      ${policies}
        AND regexp_replace(e.text, 'SELECT (auth\.(uid|jwt|role|email)\(\)|current_setting\([^)]*\))', '', 'g')
          ~ '(auth\.(uid|jwt|role|email)\(\)|current_setting\()'`,
  },
  {
    id: 'missing-rls-index',
    severity: 'warning',
    category: 'performance',
    title: 'A policy filters by a column without an index',
    sql: String.raw`SELECT DISTINCT n.nspname AS schema, c.relname || '.' || a.attname AS object,
        'Every statement of a user scans the whole table.' AS detail,
        format('CREATE INDEX ON %I.%I (%I);', n.nspname, c.relname, a.attname) AS remedy
      FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE NOT system.is_platform_schema(n.nspname)
        AND pg_get_expr(p.polqual, p.polrelid) ~ ('(^|[^\w".])' || regexp_replace(quote_ident(a.attname), '(\W)', '\\\1', 'g')
          || '(::text)?\)? = (\(?\s*SELECT )?\(*auth\.(uid|jwt|email)\(\)')
        AND NOT ${isIndexed('ARRAY[a.attnum]', 'c.oid')}`,
  },
  {
    id: 'missing-fk-index',
    severity: 'warning',
    category: 'performance',
    title: 'A foreign key without an index',
    sql: `SELECT n.nspname AS schema, c.relname || '.' || k.conname AS object,
        'Deleting or re-keying a referenced row, and embedding in this direction, scans the whole table.' AS detail,
        format('CREATE INDEX ON %I.%I (%s);', n.nspname, c.relname, (
          SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY place)
          FROM unnest(k.conkey) WITH ORDINALITY AS part (number, place)
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = part.number)) AS remedy
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE k.contype = 'f' AND k.conparentid = 0 AND NOT system.is_platform_schema(n.nspname)
        AND NOT ${isIndexed('k.conkey', 'c.oid')}`,
  },
  {
    id: 'unused-index',
    severity: 'info',
    category: 'performance',
    title: 'An index that nothing has used',
    sql: `SELECT s.schemaname AS schema, s.indexrelname AS object,
        format('On %I: not read once since statistics began, and %s to keep up.', s.relname,
          pg_size_pretty(pg_relation_size(s.indexrelid))) AS detail,
        format('DROP INDEX %I.%I;', s.schemaname, s.indexrelname) AS remedy
      FROM pg_stat_user_indexes s JOIN pg_index i ON i.indexrelid = s.indexrelid JOIN pg_class c ON c.oid = s.relid
      WHERE s.idx_scan = 0 AND NOT i.indisunique AND NOT system.is_platform_schema(s.schemaname)
        AND c.reltuples >= ${worthwhileRows}
        AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = s.indexrelid)`,
  },
  {
    id: 'sequence-exhaustion',
    severity: 'critical',
    category: 'health',
    title: 'A sequence is running out',
    sql: `SELECT s.schemaname AS schema, s.sequencename AS object,
        format('%s%% of its numbers are gone.', (100 * (s.last_value::numeric / s.max_value))::int) AS detail,
        'Change the column to bigint and the sequence with ALTER SEQUENCE … AS bigint.' AS remedy
      FROM pg_sequences s
      WHERE NOT s.cycle AND s.increment_by > 0 AND s.last_value::numeric / s.max_value > 0.8
        AND NOT system.is_platform_schema(s.schemaname)`,
  },
  {
    id: 'stale-statistics',
    severity: 'info',
    category: 'health',
    title: 'The planner knows an old version of this table',
    sql: `SELECT s.schemaname AS schema, s.relname AS object,
        format('%s rows changed since it was analyzed.', s.n_mod_since_analyze) AS detail,
        format('ANALYZE %I.%I;', s.schemaname, s.relname) AS remedy
      FROM pg_stat_user_tables s
      WHERE s.n_live_tup >= ${worthwhileRows} AND s.n_mod_since_analyze > s.n_live_tup / 2
        AND NOT system.is_platform_schema(s.schemaname)`,
  },
  {
    id: 'dead-tuples',
    severity: 'info',
    category: 'health',
    title: 'Much of this table is dead rows',
    sql: `SELECT s.schemaname AS schema, s.relname AS object,
        format('%s dead beside %s live rows.', s.n_dead_tup, s.n_live_tup) AS detail,
        format('VACUUM %I.%I;', s.schemaname, s.relname) AS remedy
      FROM pg_stat_user_tables s
      WHERE s.n_dead_tup >= ${worthwhileRows} AND s.n_dead_tup > s.n_live_tup / 4
        AND NOT system.is_platform_schema(s.schemaname)`,
  },
];
