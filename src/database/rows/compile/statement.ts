import type { Statement } from '../../../core/postgres/one-trip.ts';
import type { Media } from '../parse/media.ts';
import type { CallPlan, ReadPlan, WritePlan } from '../plan/types.ts';
import { bodySql } from './body.ts';
import { callFrom, plainCallSql } from './call.ts';
import { bareSelect, type CompileContext, type From, selectSql } from './read.ts';
import { createBinder, ident, qualified } from './sql.ts';
import { updatedCounter, writeSql } from './write.ts';

/** What the statement's one row holds, in this order, each as text or NULL. */
export const resultColumns = ['body', 'pageTotal', 'total', 'location', 'updated', 'headers', 'status'] as const;

/** A rule on the number of rows that undoes the whole request when it is broken. */
export interface RowRule {
  code: 'PGRST116' | 'PGRST124' | 'PGRST115' | 'PGRST110';
  /** Rows allowed at most; `exactly` asks for just as many. */
  max: number;
  exactly: boolean;
}

export interface StatementOptions {
  media: Media;
  /** False for HEAD. */
  wantsBody: boolean;
  count: 'exact' | 'planned' | 'estimated' | null;
  /** Rows that count=estimated counts for certain. */
  estimateThreshold: number;
  maxRows: number | null;
  rules: readonly RowRule[];
}

export interface Compiled {
  main: Statement;
  /** EXPLAIN of the counted rows, when an estimate is wanted. */
  estimate: Statement | null;
}

const sourceName = 'pleiad_source';
const headers = `nullif(current_setting('response.headers', true), '')`;
const status = `nullif(current_setting('response.status', true), '')`;

/** A read of a table or view. */
export function compileRead(plan: ReadPlan, options: StatementOptions): Compiled {
  const cx = contextOf(options.maxRows);
  const { relation } = plan;
  if (!relation) throw new Error('invariant: a read has a relation');
  const from: From = {
    sql: `${qualified(relation)} AS ${ident(cx.binder.root(relation.name))}`,
    scope: { alias: relation.name, relation },
    ties: [],
  };
  return finish(cx, { plan, from, options, before: '' });
}

/** The rows of a function, or its value. */
export function compileCall(call: CallPlan, asked: StatementOptions): Compiled {
  const options = call.fn.returns.isSet ? asked : { ...asked, media: oneRow(asked.media) };
  const cx = contextOf(options.maxRows);
  if (call.isPlain) {
    const { body, pageTotal, from } = plainCallSql(cx, call, options);
    const text = `SELECT ${body} AS body, ${pageTotal}::text, ${options.count ? `${pageTotal}::text` : 'NULL'}, NULL, NULL, ${headers}, ${status}${rulesSql(options.rules, pageTotal)} FROM ${from}`;
    return { main: { text, values: cx.binder.values }, estimate: null };
  }
  const called = callFrom(cx, call);
  const needsOnce = options.count !== null || options.rules.length > 0;
  if (!needsOnce) return finish(cx, { plan: call.read, from: called, options, before: '' });
  // Counting reads the rows a second time; the function must not run a second time.
  const before = `WITH ${sourceName} AS MATERIALIZED (SELECT ${ident(called.scope.alias)}.* FROM ${called.sql}) `;
  const from = {
    sql: `${sourceName} AS ${ident(called.scope.alias)}`,
    scope: { ...called.scope, isRecord: true },
    ties: [],
  };
  return finish(cx, { plan: call.read, from, options, before });
}

/** One row rather than a list of one. */
const oneRow = (media: Media): Media =>
  media.kind === 'array' ? { kind: 'object', stripNulls: media.stripNulls } : media;

/** A write and what it returns. */
export function compileWrite(plan: WritePlan, options: StatementOptions): Compiled {
  const cx = contextOf(null);
  const { relation, representation } = plan;
  const before = `WITH ${sourceName} AS (${writeSql(cx, plan)}) `;
  const affected = `(SELECT count(*) FROM ${sourceName})`;
  const total = options.count ? `${affected}::text` : 'NULL';
  const location = plan.wantsLocation && relation.primaryKey.length > 0 ? locationSql(relation.primaryKey) : 'NULL';
  const updated = `nullif(current_setting('${updatedCounter}', true), '')`;
  const tail = `${affected}::text, ${total}, ${location}, ${updated}, ${headers}, ${status}${rulesSql(options.rules, affected)}`;
  if (!representation)
    return { main: { text: `${before}SELECT NULL, ${tail}`, values: cx.binder.values }, estimate: null };
  const scope = { alias: relation.name, relation, isRecord: true };
  const from = { sql: `${sourceName} AS ${ident(relation.name)}`, scope, ties: [] };
  const select = selectSql(cx, representation, from);
  const { body, page } = bodySql(options.media, { select, alias: ident(cx.binder.alias('p')) });
  // The aggregate is computed first, so that the write has run when the counter and the settings are read.
  const text = `${before}SELECT b.body, ${tail} FROM (SELECT ${body} AS body FROM ${page}) AS b`;
  return { main: { text, values: cx.binder.values }, estimate: null };
}

const contextOf = (maxRows: number | null): CompileContext => ({ binder: createBinder(), maxRows });

/** Key columns and values of the one row written, as a JSON array of pairs. */
function locationSql(primaryKey: readonly string[]): string {
  const values = primaryKey.map((name) => `${ident(name)}::text`).join(', ');
  return `(SELECT json_build_array(${values})::text FROM ${sourceName} LIMIT 1)`;
}

function rulesSql(rules: readonly RowRule[], rows: string): string {
  return rules
    .map(({ code, max, exactly }) => `, system.reject_rows(${rows} ${exactly ? '<>' : '>'} ${max}, '${code}', ${rows})`)
    .join('');
}

interface Finish {
  plan: ReadPlan;
  from: From;
  options: StatementOptions;
  before: string;
}

function finish(cx: CompileContext, { plan, from, options, before }: Finish): Compiled {
  const select = selectSql(cx, plan, from);
  const { body, page } = bodySql(options.media, { select, alias: ident(cx.binder.alias('p')) });
  const isWindowed = plan.limit !== null || plan.offset > 0 || cx.maxRows !== null;
  const total = totalSql(cx, { plan, from, options, isWindowed });
  const affected = isWindowed ? `(SELECT count(*) FROM ${sourceName})` : 'count(*)';
  const text = `${before}SELECT ${options.wantsBody ? body : 'NULL'} AS body, count(*)::text, ${total}, NULL, NULL, ${headers}, ${status}${rulesSql(options.rules, affected)} FROM ${page}`;
  return { main: { text, values: cx.binder.values }, estimate: estimateOf(plan, { from, options }) };
}

function totalSql(
  cx: CompileContext,
  { plan, from, options, isWindowed }: Omit<Finish, 'before'> & { isWindowed: boolean },
) {
  if (options.count === null || options.count === 'planned') return 'NULL';
  if (options.count === 'exact' && !isWindowed) return 'count(*)::text';
  const bare = bareSelect(cx, plan, from);
  if (options.count === 'exact') return `(SELECT count(*) FROM (${bare}) AS c)::text`;
  const atMost = cx.binder.typed(String(options.estimateThreshold + 1), 'bigint');
  return `(SELECT count(*) FROM (${bare} LIMIT ${atMost}) AS c)::text`;
}

/** EXPLAIN reads no rows, so it may mention the relation again; a function's rows have no better estimate than its own. */
function estimateOf(plan: ReadPlan, { from, options }: { from: From; options: StatementOptions }): Statement | null {
  if (options.count !== 'planned' && options.count !== 'estimated') return null;
  if (from.sql.startsWith(sourceName)) return null;
  const cx = contextOf(null);
  cx.binder.root(from.scope.alias);
  return { text: `EXPLAIN (FORMAT JSON) ${bareSelect(cx, plan, from)}`, values: cx.binder.values };
}
