import type { Condition, Embed, OrderTerm, ReadPlan } from '../plan/types.ts';
import { embedJoin, existsSql, relatedOrderSql } from './embed.ts';
import { comparableSql, filterSql, type Scope } from './expression.ts';
import { hasAggregates, type OutputSql, outputsOf, spreadItems } from './outputs.ts';
import type { Binder } from './sql.ts';

export interface CompileContext {
  binder: Binder;
  /** Cap on the rows of every read level; null for none. */
  maxRows: number | null;
}

/** Where a level reads from: the FROM item (alias included), and conditions that tie it to its parent. */
export interface From {
  sql: string;
  scope: Scope;
  ties: readonly string[];
}

/** One level as SELECT text, its outputs named by their keys. */
export function selectSql(cx: CompileContext, plan: ReadPlan, from: From): string {
  const level = levelOf(cx, plan, from);
  return level.select(level.outputs.map((output) => `${output.sql}${output.as}`));
}

export interface Level {
  outputs: OutputSql[];
  select(items: readonly string[]): string;
}

/** Compiles everything of a level but the list of what it selects. A lifted level leaves its aggregates to the one above. */
export function levelOf(cx: CompileContext, plan: ReadPlan, from: From, isLifted = false): Level {
  const joins = new Map<Embed, { alias: string; sql: string; lifted: OutputSql[] }>();
  for (const embed of plan.embeds) {
    const join = embedJoin(cx, embed, from.scope);
    if (join) joins.set(embed, join);
  }
  const outputs = isLifted
    ? spreadItems(cx.binder, plan, from.scope, joins)
    : outputsOf(cx.binder, plan, { scope: from.scope, joins });
  const conditions = [
    ...from.ties,
    ...plan.where.map((condition) => conditionSql(cx, from.scope, condition)),
    ...innerConditions(cx, plan, { scope: from.scope, joined: joins }),
  ];
  const tail = `${isLifted ? '' : grouping(plan, outputs)}${orderSql(cx, plan.order, from.scope)}${windowSql(cx, plan)}`;
  return {
    outputs,
    select: (items) =>
      `SELECT ${items.join(', ')} FROM ${from.sql}${[...joins.values()].map(({ sql }) => sql).join('')}${whereSql(conditions)}${tail}`,
  };
}

/** `SELECT 1` over the same rows, without window and order: for counting and for EXISTS. */
export function bareSelect(cx: CompileContext, plan: ReadPlan, from: From, item = '1'): string {
  if (hasAggregates(plan)) {
    const level = levelOf({ ...cx, maxRows: null }, { ...plan, limit: null, offset: 0, order: [] }, from);
    return level.select(level.outputs.map((output, at) => `${output.sql} AS c${at + 1}`));
  }
  const conditions = [
    ...from.ties,
    ...plan.where.map((condition) => conditionSql(cx, from.scope, condition)),
    ...innerConditions(cx, plan, { scope: from.scope, joined: new Map() }),
  ];
  return `SELECT ${item} FROM ${from.sql}${whereSql(conditions)}`;
}

/** A to-one inner embed that is joined drops rows by its join; all others by EXISTS. */
function innerConditions(
  cx: CompileContext,
  plan: ReadPlan,
  { scope, joined }: { scope: Scope; joined: ReadonlyMap<Embed, unknown> },
): string[] {
  return plan.embeds
    .filter((embed) => embed.isInner && (embed.isMany || !joined.has(embed)))
    .map((embed) => existsSql(cx, embed, scope));
}

export function conditionSql(cx: CompileContext, scope: Scope, condition: Condition): string {
  switch (condition.kind) {
    case 'filter':
      return filterSql(cx.binder, scope, condition);
    case 'exists':
      return `${condition.isNegated ? 'NOT ' : ''}${existsSql(cx, condition.embed, scope)}`;
    default: {
      const items = condition.items.map((item) => conditionSql(cx, scope, item));
      const joined = `(${items.join(condition.kind === 'and' ? ' AND ' : ' OR ')})`;
      return condition.isNegated ? `NOT ${joined}` : joined;
    }
  }
}

export const whereSql = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;

/** Grouping is by position: what is not an aggregate is a key. */
function grouping(plan: ReadPlan, outputs: readonly OutputSql[]): string {
  if (!hasAggregates(plan)) return '';
  const keys = outputs.flatMap((output, at) => (output.isAggregate ? [] : [at + 1]));
  return keys.length === 0 ? '' : ` GROUP BY ${keys.join(', ')}`;
}

export function orderSql(cx: CompileContext, terms: readonly OrderTerm[], scope: Scope): string {
  if (terms.length === 0) return '';
  const parts = terms.map((term) => {
    const by = term.embed
      ? relatedOrderSql(cx, { embed: term.embed, field: term.field }, scope)
      : comparableSql(cx.binder, scope, term.field);
    const direction = term.direction === null ? '' : ` ${term.direction.toUpperCase()}`;
    return `${by}${direction}${term.nulls === null ? '' : ` NULLS ${term.nulls.toUpperCase()}`}`;
  });
  return ` ORDER BY ${parts.join(', ')}`;
}

/** LIMIT and OFFSET as parameters, so that one prepared statement serves all pages. */
export function windowSql(cx: CompileContext, { limit, offset }: { limit: number | null; offset: number }): string {
  const capped = cx.maxRows === null ? limit : Math.min(limit ?? cx.maxRows, cx.maxRows);
  return (
    (capped === null ? '' : ` LIMIT ${cx.binder.typed(String(capped), 'bigint')}`) +
    (offset === 0 ? '' : ` OFFSET ${cx.binder.typed(String(offset), 'bigint')}`)
  );
}
