import type { Field } from '../ast.ts';
import type { Embed } from '../plan/types.ts';
import { fieldSql, rowSql, type Scope } from './expression.ts';
import type { OutputSql } from './outputs.ts';
import { bareSelect, type CompileContext, type From, levelOf, windowSql } from './read.ts';
import { ident, qualified } from './sql.ts';

/**
 * The LEFT or INNER JOIN LATERAL that computes an embed for each parent row: column `j` holds its JSON, or `c1`, `c2`, ...
 * the columns of a spread. Null when the embed puts nothing into the output.
 */
export function embedJoin(
  cx: CompileContext,
  embed: Embed,
  parent: Scope,
): { alias: string; sql: string; lifted: OutputSql[] } | null {
  if (embed.plan.outputs.length === 0) return null;
  const alias = cx.binder.alias('e');
  const level = levelOf(cx, onePlan(embed).plan, embedFrom(cx, embed, parent), embed.isSpread);
  if (embed.isSpread && level.outputs.length === 0) return null;
  const inner = level.select(
    level.outputs.map((output, at) => (embed.isSpread ? `${output.sql} AS c${at + 1}` : `${output.sql}${output.as}`)),
  );
  const kind = embed.isInner && !embed.isMany ? 'JOIN' : 'LEFT JOIN';
  const sql = ` ${kind} LATERAL (${shape(cx, embed, { inner, count: level.outputs.length })}) AS ${ident(alias)} ON TRUE`;
  return { alias, sql, lifted: level.outputs };
}

/** Puts an embed's rows into the one row that its parent joins. */
function shape(cx: CompileContext, embed: Embed, { inner, count }: { inner: string; count: number }): string {
  if (embed.isSpread && !embed.isMany) return inner;
  const row = ident(cx.binder.alias('x'));
  if (embed.isSpread) {
    const lists = Array.from(
      { length: count },
      (_, at) => `coalesce(json_agg(${row}.c${at + 1}), '[]'::json) AS c${at + 1}`,
    );
    return `SELECT ${lists.join(', ')} FROM (${inner}) AS ${row}`;
  }
  if (embed.isMany) return `SELECT coalesce(json_agg(${row}), '[]'::json) AS j FROM (${inner}) AS ${row}`;
  return `SELECT row_to_json(${row}) AS j FROM (${inner}) AS ${row}`;
}

/** A to-one far side that is no table with a key may still hold several rows; the parent must not be repeated. */
function onePlan(embed: Embed): Embed {
  const isSure = embed.relationship.kind === 'direct' && embed.relationship.target.kind === 'table';
  if (embed.isMany || isSure) return embed;
  return { ...embed, plan: { ...embed.plan, limit: Math.min(embed.plan.limit ?? 1, 1) } };
}

/** The far side's FROM item and what ties it to the parent's row. */
export function embedFrom(cx: CompileContext, embed: Embed, parent: Scope): From {
  const { relationship } = embed;
  const { target } = relationship;
  const alias = cx.binder.alias(target.name);
  const scope = { alias, relation: target };
  const equal = (pairs: readonly (readonly [string, string])[], left: string, right: string) =>
    pairs.map(([a, b]) => `${ident(left)}.${ident(a)} = ${ident(right)}.${ident(b)}`);
  if (relationship.kind === 'computed') {
    const name = qualified({ schema: relationship.functionSchema, name: relationship.functionName });
    return { sql: `${name}(${rowSql(parent)}) AS ${ident(alias)}`, scope, ties: [] };
  }
  if (relationship.kind === 'direct') {
    return {
      sql: `${qualified(target)} AS ${ident(alias)}`,
      scope,
      ties: equal(relationship.columns, parent.alias, alias),
    };
  }
  const between = cx.binder.alias(relationship.junction.name);
  return {
    sql: `${qualified(target)} AS ${ident(alias)}, ${qualified(relationship.junction)} AS ${ident(between)}`,
    scope,
    ties: [
      ...equal(relationship.sourceColumns, parent.alias, between),
      ...equal(relationship.targetColumns, between, alias),
    ],
  };
}

/** "Has at least one such row", the embed's own filters and window included. */
export function existsSql(cx: CompileContext, embed: Embed, parent: Scope): string {
  const { plan } = embed;
  const window = plan.offset > 0 || plan.limit === 0 ? windowSql({ ...cx, maxRows: null }, plan) : '';
  return `EXISTS (${bareSelect(cx, { ...plan, outputs: [] }, embedFrom(cx, embed, parent))}${window})`;
}

/** The value of a to-one embed's field, for ordering its parent. */
export function relatedOrderSql(
  cx: CompileContext,
  { embed, field }: { embed: Embed; field: Field },
  parent: Scope,
): string {
  const from = embedFrom(cx, embed, parent);
  return `(${bareSelect(cx, { ...embed.plan, outputs: [] }, from, fieldSql(cx.binder, from.scope, field))} LIMIT 1)`;
}
