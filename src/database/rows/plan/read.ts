import type { Catalog, Relation } from '../../catalog/types.ts';
import type { EmbedNode, Field, Level, LogicNode, OrderNode, QueryText, SelectNode } from '../ast.ts';
import { limitError, notEmbedded, notImplemented, pgrst } from '../errors.ts';
import { findRelationship } from './find-relationship.ts';
import type { Condition, Embed, OrderTerm, Output, ReadPlan } from './types.ts';

export interface PlanContext {
  catalog: Catalog;
  /** The request's schema: where embedded relations and functions are looked up. */
  schema: string;
  allowsAggregates: boolean;
  maxEmbedDepth: number;
}

interface LevelNode {
  level: Level | null;
  children: Map<string, LevelNode>;
}

/** The plan of a query string on a relation, or on a function's rows. Errors: PGRST100, 108, 118, 120, 123, 127, 200, 201. */
export function planRead(context: PlanContext, relation: Relation | null, query: QueryText): ReadPlan {
  const tree: LevelNode = { level: query.root, children: new Map() };
  for (const level of query.levels) {
    let node = tree;
    for (const name of level.path) {
      const child = node.children.get(name) ?? { level: null, children: new Map() };
      node.children.set(name, child);
      node = child;
    }
    node.level = level;
  }
  const select = query.select === null || query.select.length === 0 ? [{ kind: 'star' } as const] : query.select;
  return planLevel(context, { relation, select, node: tree, depth: 0 });
}

interface LevelInput {
  relation: Relation | null;
  select: readonly SelectNode[];
  node: LevelNode;
  depth: number;
}

function planLevel(context: PlanContext, { relation, select, node, depth }: LevelInput): ReadPlan {
  if (depth > context.maxEmbedDepth) {
    throw limitError(
      `Embeds may be nested ${context.maxEmbedDepth} deep at most`,
      'Ask for the deeper rows in a request of their own.',
    );
  }
  const embeds: Embed[] = [];
  const used = new Set<string>();
  const outputs = select.map((item): Output => {
    if (item.kind === 'embed') {
      const embed = planEmbed(context, { item, relation, node, depth, used });
      embeds.push(embed);
      return { kind: 'embed', embed };
    }
    return planOutput(context, item);
  });
  for (const name of node.children.keys()) if (!used.has(name)) throw notEmbedded(name);
  const { level } = node;
  return {
    relation,
    outputs: outputs.filter((output) => output.kind !== 'embed' || output.embed.plan.outputs.length > 0),
    where: (level?.filters ?? []).map((filter) => planCondition(filter, { relation, embeds })),
    order: (level?.order ?? []).map((term) => planOrder(term, relation, embeds)),
    limit: level?.limit ?? null,
    offset: level?.offset ?? 0,
    embeds,
  };
}

function planOutput(context: PlanContext, item: Exclude<SelectNode, EmbedNode>): Exclude<Output, { kind: 'embed' }> {
  if (item.kind === 'star') return item;
  if (item.kind === 'count') {
    requireAggregates(context);
    return { kind: 'count', key: item.alias ?? 'count', cast: item.cast };
  }
  if (item.aggregate) requireAggregates(context);
  const { field, cast, aggregate, aggregateCast } = item;
  return { kind: 'field', field, key: item.alias ?? aggregate ?? keyOf(field), cast, aggregate, aggregateCast };
}

function requireAggregates({ allowsAggregates }: PlanContext): void {
  if (allowsAggregates) return;
  throw pgrst({ status: 400, code: 'PGRST123', message: 'Use of aggregate functions is not allowed' });
}

/** The last key of a path; when the path ends in indexes, the nearest key before them. */
function keyOf({ name, path }: Field): string {
  return path.findLast((step) => !step.isIndex)?.key ?? name;
}

interface EmbedInput {
  item: EmbedNode;
  relation: Relation | null;
  node: LevelNode;
  depth: number;
  used: Set<string>;
}

function planEmbed(context: PlanContext, { item, relation, node, depth, used }: EmbedInput): Embed {
  const { catalog, schema } = context;
  if (!relation) {
    throw pgrst({
      status: 400,
      code: 'PGRST200',
      message: `Could not find a relationship between the function's result and '${item.name}' in the schema cache`,
      details: 'Only functions that return rows of a table or view have relationships.',
    });
  }
  const relationship = findRelationship(catalog, relation, { target: item.name, hint: item.hint, schema });
  const isMany = relationship.cardinality === 'one-to-many' || relationship.cardinality === 'many-to-many';
  const key = item.alias ?? item.name;
  const child = node.children.get(key) ?? node.children.get(item.name) ?? { level: null, children: new Map() };
  used.add(node.children.has(key) ? key : item.name);
  const plan = planLevel(context, {
    relation: relationship.target,
    select: item.select,
    node: child,
    depth: depth + 1,
  });
  if (item.isSpread && isMany && plan.outputs.some(isAggregated)) {
    throw notImplemented('Aggregates are not implemented for one-to-many or many-to-many spreads.');
  }
  return { key, name: item.name, relationship, isMany, isInner: item.isInner, isSpread: item.isSpread, plan };
}

const isAggregated = (output: Output): boolean =>
  output.kind === 'count' ||
  (output.kind === 'field' && output.aggregate !== null) ||
  (output.kind === 'embed' && output.embed.isSpread && output.embed.plan.outputs.some(isAggregated));

const findEmbed = (embeds: readonly Embed[], name: string) =>
  embeds.find((embed) => embed.key === name) ?? embeds.find((embed) => embed.name === name);

function planCondition(node: LogicNode, at: { relation: Relation | null; embeds: readonly Embed[] }): Condition {
  if (node.kind !== 'filter') {
    return { ...node, items: node.items.map((item) => planCondition(item, at)) };
  }
  const embed = node.field.path.length === 0 ? findEmbed(at.embeds, node.field.name) : undefined;
  if (!embed) return node;
  const { operation } = node;
  if (operation.kind === 'is' && (operation.value === 'null' || operation.value === 'not_null')) {
    const wantsNone = operation.value === 'null';
    return { kind: 'exists', embed, isNegated: wantsNone !== node.isNegated };
  }
  if (at.relation?.columns.has(node.field.name)) return node;
  throw pgrst({
    status: 400,
    code: 'PGRST120',
    message: `Bad operator on the '${node.field.name}' embedded resource`,
    hint: 'Only is null or not is null filters are allowed on embedded resources',
  });
}

function planOrder(term: OrderNode, relation: Relation | null, embeds: readonly Embed[]): OrderTerm {
  const { field, direction, nulls } = term;
  if (term.relation === null) return { field, direction, nulls, embed: null };
  const embed = findEmbed(embeds, term.relation);
  if (!embed) throw notEmbedded(term.relation);
  if (embed.isMany) {
    throw pgrst({
      status: 400,
      code: 'PGRST118',
      message: `A related order on '${term.relation}' is not possible`,
      details: `'${relation?.name ?? ''}' and '${term.relation}' do not form a many-to-one or one-to-one relationship`,
    });
  }
  return { field, direction, nulls, embed };
}
