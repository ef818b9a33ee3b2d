import type { Catalog, Relation, Relationship } from '../../catalog/types.ts';
import { pgrst } from '../errors.ts';
import { mostSimilar } from './similar.ts';

export interface RelationshipQuery {
  /** The name in the text: a relation, a constraint, a foreign-key column or a computed relationship. */
  target: string;
  hint: string | null;
  /** Far sides must be in it. */
  schema: string;
}

/** The one relationship that `target[!hint]` means (contract/postgrest.md §7.2). Errors: PGRST200, PGRST201. */
export function findRelationship(catalog: Catalog, source: Relation, query: RelationshipQuery): Relationship {
  const all = catalog.relationships(source);
  const computed = all.find((edge) => edge.kind === 'computed' && edge.functionName === query.target);
  if (computed) return computed;
  const reachable = all.filter((edge) => edge.kind !== 'computed' && edge.target.schema === query.schema);
  const found = reachable.filter((edge) =>
    query.hint === null ? matchesName(edge, query.target) : matchesHint(edge, query),
  );
  const [only] = found;
  if (found.length === 1 && only) return only;
  if (found.length > 1) throw ambiguous(source, query.target, found);
  throw missing(source, query, reachable);
}

function matchesName(edge: Relationship, target: string): boolean {
  if (edge.kind === 'computed') return false;
  const isByName = edge.target.name === target;
  if (edge.kind === 'junction') return isByName;
  // Among rows of one table the table's name means the children, the key column the parent.
  if (isByName && !(edge.isSelf && edge.isForward)) return true;
  if (edge.target.kind !== 'table') return false;
  if (edge.isForward && edge.columns.length === 1 && edge.columns[0]?.[0] === target) return true;
  return edge.constraint === target && !(edge.isSelf && edge.isForward);
}

function matchesHint(edge: Relationship, { target, hint }: RelationshipQuery): boolean {
  if (edge.kind === 'computed' || edge.target.name !== target) return false;
  if (edge.kind === 'junction') return edge.junction.name === hint;
  if (edge.isSelf && edge.isForward) return false;
  const [pair] = edge.columns.length === 1 ? edge.columns : [];
  return edge.constraint === hint || pair?.[0] === hint || pair?.[1] === hint;
}

function missing(source: Relation, { target, hint, schema }: RelationshipQuery, reachable: readonly Relationship[]) {
  const using = hint === null ? '' : ` using the hint '${hint}'`;
  const similar = mostSimilar(
    target,
    reachable.map((edge) => edge.target.name),
  );
  return pgrst({
    status: 400,
    code: 'PGRST200',
    message: `Could not find a relationship between '${source.name}' and '${target}' in the schema cache`,
    details: `Searched for a foreign key relationship between '${source.name}' and '${target}'${using} in the schema '${schema}', but no matches were found.`,
    hint: similar && similar !== target ? `Perhaps you meant '${similar}' instead of '${target}'.` : null,
  });
}

function ambiguous(source: Relation, target: string, found: readonly Relationship[]) {
  const choices = found.map((edge) => `'${target}!${hintOf(edge)}'`);
  return pgrst({
    status: 300,
    code: 'PGRST201',
    message: `Could not embed because more than one relationship was found for '${source.name}' and '${target}'`,
    details: found.map((edge) => ({
      cardinality: edge.cardinality,
      embedding: `${edge.source.name} with ${edge.target.name}`,
      relationship: describe(edge),
    })),
    hint: `Try changing '${target}' to one of the following: ${[...new Set(choices)].join(', ')}. Find the desired relationship in the 'details' key.`,
  });
}

function describe(edge: Relationship): string {
  const list = (names: readonly string[]) => names.join(', ');
  if (edge.kind === 'direct') {
    const near = list(edge.columns.map(([a]) => a));
    const far = list(edge.columns.map(([, b]) => b));
    return `${edge.constraint} using ${edge.source.name}(${near}) and ${edge.target.name}(${far})`;
  }
  if (edge.kind === 'computed') return edge.functionName;
  const [toSource, toTarget] = edge.constraints;
  const first = list(edge.sourceColumns.map(([, inJunction]) => inJunction));
  const second = list(edge.targetColumns.map(([inJunction]) => inJunction));
  return `${edge.junction.name} using ${toSource}(${first}) and ${toTarget}(${second})`;
}

function hintOf(edge: Relationship): string {
  if (edge.kind === 'junction') return edge.junction.name;
  return edge.kind === 'direct' ? edge.constraint : edge.functionName;
}
