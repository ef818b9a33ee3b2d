/** The schema as the row engine needs it; rights are not in it, Postgres enforces those at run time. */
export interface Catalog {
  /** Grows with every load that replaced the one before. */
  readonly generation: number;
  /** The same for two loads that found the same schema. */
  readonly fingerprint: string;
  /** Exposed schemas, `public` first. */
  readonly schemas: readonly string[];
  relation(schema: string, name: string): Relation | undefined;
  relations(schema: string): Iterable<Relation>;
  /** Everything that may be embedded in rows of `relation`, computed ones included. */
  relationships(relation: Relation): readonly Relationship[];
  /** All overloads of one name. */
  functions(schema: string, name: string): readonly CatalogFunction[];
  functionNames(schema: string): Iterable<string>;
  /** What ALTER ROLE ... SET stored, by role; SET ROLE does not apply it. */
  roleSettings(role: string): readonly (readonly [name: string, value: string])[];
}

export interface Column {
  name: string;
  /** As written in a cast, with length: `character varying(20)`, `integer[]`. */
  type: string;
  /** The type's own name below domains: `varchar`, `int4`, `_int4`, `jsonb`. */
  baseType: string;
  isNullable: boolean;
  /** SQL of the default: the column's, an identity's nextval, or the domain's; null when there is none. */
  defaultSql: string | null;
  isGenerated: boolean;
}

export interface Relation {
  oid: string;
  schema: string;
  name: string;
  kind: 'table' | 'view' | 'materializedView' | 'foreignTable';
  /** In table order. */
  columns: ReadonlyMap<string, Column>;
  /** Empty when there is none; of a view, the base table's when the view carries it. */
  primaryKey: readonly string[];
  isInsertable: boolean;
  isUpdatable: boolean;
  isDeletable: boolean;
}

/** Pairs of columns that are equal: [source side, far side]. */
export type ColumnPairs = readonly (readonly [string, string])[];

interface RelationshipBase {
  source: Relation;
  target: Relation;
  isSelf: boolean;
}

export interface DirectRelationship extends RelationshipBase {
  kind: 'direct';
  cardinality: 'many-to-one' | 'one-to-many' | 'one-to-one';
  /** The source holds the foreign key. */
  isForward: boolean;
  constraint: string;
  columns: ColumnPairs;
}

export interface JunctionRelationship extends RelationshipBase {
  kind: 'junction';
  cardinality: 'many-to-many';
  junction: Relation;
  constraints: readonly [toSource: string, toTarget: string];
  /** [source column, junction column] */
  sourceColumns: ColumnPairs;
  /** [junction column, target column] */
  targetColumns: ColumnPairs;
}

export interface ComputedRelationship extends RelationshipBase {
  kind: 'computed';
  cardinality: 'many-to-one' | 'one-to-many';
  functionSchema: string;
  functionName: string;
}

export type Relationship = DirectRelationship | JunctionRelationship | ComputedRelationship;

export interface Parameter {
  /** Empty for an unnamed one. */
  name: string;
  type: string;
  isRequired: boolean;
  isVariadic: boolean;
}

export interface CatalogFunction {
  schema: string;
  name: string;
  parameters: readonly Parameter[];
  returns: {
    kind: 'void' | 'scalar' | 'composite';
    type: string;
    baseType: string;
    isSet: boolean;
    /** The relation whose row type is returned. */
    relationOid: string | null;
    /** Declared `ROWS 1`. */
    isOneRow: boolean;
    /** Set when the result is a domain named like a media type: the value is a whole body of that type. */
    media: { type: string; isBinary: boolean } | null;
    /** Names of OUT and TABLE columns. */
    columns: readonly string[];
  };
  volatility: 'volatile' | 'stable' | 'immutable';
  /** `SET name = value` clauses of the function. */
  settings: readonly (readonly [name: string, value: string])[];
}
