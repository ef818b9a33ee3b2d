import type { Aggregate } from '../ast.ts';
import type { Embed, Output, ReadPlan } from '../plan/types.ts';
import { fieldSql, type Scope } from './expression.ts';
import { type Binder, castType, ident } from './sql.ts';

/** One item of a SELECT list. */
export interface OutputSql {
  sql: string;
  /** ` AS "key"`, or empty for `alias.*`. */
  as: string;
  key: string;
  isAggregate: boolean;
  /** For items of a to-one spread, whose aggregate is computed one level up: what to wrap around the lifted column. */
  hoist: ((column: string) => string) | null;
}

/** What an embed's join offers to its parent. */
export interface Joined {
  alias: string;
  /** The columns `c1`, `c2`, ... of a spread. */
  lifted: readonly OutputSql[];
}

/** Whether rows of this level are grouped; aggregates of to-one spreads count for the level that they are spread into. */
export function hasAggregates(plan: ReadPlan): boolean {
  return plan.outputs.some((output) => {
    if (output.kind === 'count') return true;
    if (output.kind === 'field') return output.aggregate !== null;
    return output.kind === 'embed' && output.embed.isSpread && !output.embed.isMany && hasAggregates(output.embed.plan);
  });
}

/** The SELECT items of a level, spreads lifted into it. */
export function outputsOf(
  binder: Binder,
  plan: ReadPlan,
  { scope, joins }: { scope: Scope; joins: ReadonlyMap<Embed, Joined> },
): OutputSql[] {
  const isGrouped = hasAggregates(plan);
  return plan.outputs.flatMap((output) => {
    if (output.kind !== 'embed') return ownOutput(binder, output, { scope, plan, isGrouped });
    const joined = joins.get(output.embed);
    if (!joined) return [];
    if (output.embed.isSpread)
      return joined.lifted.map((item, at) => liftedOutput(item, `${ident(joined.alias)}.c${at + 1}`));
    // json cannot be grouped by; jsonb can.
    const value = `${ident(joined.alias)}.j`;
    return [plain(isGrouped ? `${value}::jsonb` : value, output.embed.key)];
  });
}

function liftedOutput({ key, hoist }: OutputSql, column: string): OutputSql {
  return {
    sql: hoist ? hoist(column) : column,
    as: ` AS ${ident(key)}`,
    key,
    isAggregate: hoist !== null,
    hoist: null,
  };
}

const plain = (sql: string, key: string): OutputSql => ({
  sql,
  as: ` AS ${ident(key)}`,
  key,
  isAggregate: false,
  hoist: null,
});

function ownOutput(
  binder: Binder,
  output: Exclude<Output, { kind: 'embed' }>,
  { scope, plan, isGrouped }: { scope: Scope; plan: ReadPlan; isGrouped: boolean },
): OutputSql[] {
  if (output.kind === 'star') {
    // Grouping by position needs each column by itself.
    const columns = isGrouped ? [...(plan.relation?.columns.keys() ?? [])] : [];
    if (columns.length > 0) return columns.map((name) => plain(`${ident(scope.alias)}.${ident(name)}`, name));
    return [{ sql: `${ident(scope.alias)}.*`, as: '', key: '*', isAggregate: false, hoist: null }];
  }
  const { key, cast } = output;
  if (output.kind === 'count') {
    return [{ ...plain(castSql('count(*)', cast), key), isAggregate: true, hoist: () => castSql('count(*)', cast) }];
  }
  const { aggregate, aggregateCast } = output;
  const value = castSql(fieldSql(binder, scope, output.field), cast);
  if (aggregate === null) return [plain(value, key)];
  const wrap = (sql: string) => castSql(`${aggregateName[aggregate]}(${sql})`, aggregateCast);
  return [{ ...plain(wrap(value), key), isAggregate: true, hoist: wrap }];
}

const aggregateName: Readonly<Record<Aggregate, string>> = {
  sum: 'sum',
  avg: 'avg',
  count: 'count',
  max: 'max',
  min: 'min',
};

const castSql = (sql: string, type: string | null) => (type === null ? sql : `CAST(${sql} AS ${castType(type)})`);

/** The items inside a to-one spread, aggregates left to the level above: the bare value is what is lifted. */
export function spreadItems(
  binder: Binder,
  plan: ReadPlan,
  scope: Scope,
  joins: ReadonlyMap<Embed, Joined>,
): OutputSql[] {
  return plan.outputs.flatMap((output): OutputSql[] => {
    if (output.kind === 'star') {
      return [...(plan.relation?.columns.keys() ?? [])].map((name) =>
        plain(`${ident(scope.alias)}.${ident(name)}`, name),
      );
    }
    if (output.kind === 'embed') {
      const joined = joins.get(output.embed);
      if (!joined) return [];
      if (!output.embed.isSpread) return [plain(`${ident(joined.alias)}.j`, output.embed.key)];
      return joined.lifted.map((item, at) => ({ ...item, sql: `${ident(joined.alias)}.c${at + 1}` }));
    }
    const [item] = ownOutput(binder, output, { scope, plan, isGrouped: false });
    if (!item) return [];
    if (output.kind === 'count') return [{ ...item, sql: 'NULL::int', isAggregate: false }];
    if (output.aggregate === null) return [item];
    return [{ ...item, sql: castSql(fieldSql(binder, scope, output.field), output.cast), isAggregate: false }];
  });
}
