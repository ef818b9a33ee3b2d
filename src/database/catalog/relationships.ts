import type {
  CatalogFunction,
  ColumnPairs,
  ComputedRelationship,
  DirectRelationship,
  Relation,
  Relationship,
} from './types.ts';

export interface ForeignKey {
  name: string;
  source: Relation;
  target: Relation;
  columns: ColumnPairs;
  /** The key's columns are exactly a primary or unique key of the source. */
  isUnique: boolean;
}

/** A relation that shows `base`, with the names it has for the base's columns: itself, or a view over it. */
export interface Carrier {
  relation: Relation;
  base: Relation;
  /** Every name under which a base column appears. */
  names(column: string): readonly string[];
}

/** One end of a foreign key as one relation shows it. */
interface End {
  relation: Relation;
  columns: readonly string[];
}

/** All ways in which `carriers` show the given columns of their base: one per choice among repeated columns. */
function ends(carriers: readonly Carrier[], columns: readonly string[]): End[] {
  return carriers.flatMap((carrier) =>
    columns
      .reduce<string[][]>(
        (chosen, column) => chosen.flatMap((names) => carrier.names(column).map((name) => [...names, name])),
        [[]],
      )
      .map((names) => ({ relation: carrier.relation, columns: names })),
  );
}

/** Relationships that foreign keys give, both ways, views included; views have at most 200 of one key. */
export function directRelationships(
  keys: readonly ForeignKey[],
  carriersOf: (base: Relation) => readonly Carrier[],
): DirectRelationship[] {
  return keys.flatMap((key) => {
    const sources = ends(
      carriersOf(key.source),
      key.columns.map(([column]) => column),
    );
    const targets = ends(
      carriersOf(key.target),
      key.columns.map(([, column]) => column),
    );
    return sources.flatMap((source) => targets.flatMap((target) => bothWays(key, source, target))).slice(0, 400);
  });
}

function bothWays(key: ForeignKey, source: End, target: End): DirectRelationship[] {
  const pairs = source.columns.map((column, at) => [column, target.columns[at] ?? ''] as const);
  const isSelf = source.relation === target.relation;
  const common = { kind: 'direct', constraint: key.name, isSelf } as const;
  return [
    {
      ...common,
      source: source.relation,
      target: target.relation,
      cardinality: key.isUnique ? 'one-to-one' : 'many-to-one',
      isForward: true,
      columns: pairs,
    },
    {
      ...common,
      source: target.relation,
      target: source.relation,
      cardinality: key.isUnique ? 'one-to-one' : 'one-to-many',
      isForward: false,
      columns: pairs.map(([a, b]) => [b, a] as const),
    },
  ];
}

/** Many-to-many: two foreign keys of a junction table whose columns are all in its primary key. */
export function junctionRelationships(
  direct: readonly DirectRelationship[],
  isExposed: (relation: Relation) => boolean,
): Relationship[] {
  const byJunction = new Map<Relation, DirectRelationship[]>();
  for (const edge of direct) {
    const { source } = edge;
    if (!edge.isForward || source.kind !== 'table' || !isExposed(source)) continue;
    if (!edge.columns.every(([column]) => source.primaryKey.includes(column))) continue;
    byJunction.set(source, [...(byJunction.get(source) ?? []), edge]);
  }
  return [...byJunction].flatMap(([junction, edges]) =>
    edges.flatMap((near) =>
      edges
        .filter((far) => far.constraint !== near.constraint)
        .map((far) => ({
          kind: 'junction' as const,
          cardinality: 'many-to-many' as const,
          source: near.target,
          target: far.target,
          isSelf: near.target === far.target,
          junction,
          constraints: [near.constraint, far.constraint] as const,
          sourceColumns: near.columns.map(([inJunction, inSource]) => [inSource, inJunction] as const),
          targetColumns: far.columns,
        })),
    ),
  );
}

/** Functions from one relation's row type to another's. */
export function computedRelationships(
  functions: readonly { fn: CatalogFunction; argument: Relation }[],
  relationByOid: ReadonlyMap<string, Relation>,
): ComputedRelationship[] {
  return functions.flatMap(({ fn, argument }) => {
    const target = fn.returns.relationOid ? relationByOid.get(fn.returns.relationOid) : undefined;
    if (!target) return [];
    return [
      {
        kind: 'computed' as const,
        cardinality: !fn.returns.isSet || fn.returns.isOneRow ? ('many-to-one' as const) : ('one-to-many' as const),
        source: argument,
        target,
        isSelf: argument === target,
        functionSchema: fn.schema,
        functionName: fn.name,
      },
    ];
  });
}
