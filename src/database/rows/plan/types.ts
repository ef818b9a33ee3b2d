import type { CatalogFunction, Relation, Relationship } from '../../catalog/types.ts';
import type { Aggregate, Field, FilterNode } from '../ast.ts';

/** What rows to read, in which shape. Both faces make this; compile/ turns it into SQL. */
export interface ReadPlan {
  /** The columns' home; null for functions whose result is no known relation. */
  relation: Relation | null;
  outputs: readonly Output[];
  /** ANDed. */
  where: readonly Condition[];
  order: readonly OrderTerm[];
  limit: number | null;
  offset: number;
  embeds: readonly Embed[];
}

export type Output =
  | { kind: 'star' }
  | {
      kind: 'field';
      field: Field;
      key: string;
      cast: string | null;
      aggregate: Aggregate | null;
      aggregateCast: string | null;
    }
  | { kind: 'count'; key: string; cast: string | null }
  | { kind: 'embed'; embed: Embed };

export interface Embed {
  /** Output key; a spread has none of its own. */
  key: string;
  /** As written in the text; order, filters and levels may use it or the key. */
  name: string;
  relationship: Relationship;
  isMany: boolean;
  isInner: boolean;
  isSpread: boolean;
  plan: ReadPlan;
}

export type Condition =
  | FilterNode
  | { kind: 'and' | 'or'; isNegated: boolean; items: readonly Condition[] }
  | { kind: 'exists'; embed: Embed; isNegated: boolean };

export interface OrderTerm {
  field: Field;
  /** Set to order by a column of this to-one embed. */
  embed: Embed | null;
  direction: 'asc' | 'desc' | null;
  nulls: 'first' | 'last' | null;
}

/** The rows of a write, as one JSON text that Postgres expands. */
export interface InputRows {
  json: string;
  /** The text is an array. */
  isArray: boolean;
  columns: readonly string[];
  rowCount: number;
  /** A missing key takes the column's default rather than NULL. */
  missing: 'null' | 'default';
}

export interface ConflictRule {
  action: 'merge' | 'ignore';
  /** Columns of the conflict target. */
  target: readonly string[];
}

export type WritePlan = {
  relation: Relation;
  /** Shape of the representation; null when none is wanted. Its `where` holds filters of the write only. */
  representation: ReadPlan | null;
  /** Return the primary key for a Location header. */
  wantsLocation: boolean;
} & (
  | {
      kind: 'insert';
      rows: InputRows;
      conflict: ConflictRule | null /** PUT: only rows with this key. */;
      keyFilters: readonly FilterNode[];
    }
  | {
      kind: 'update';
      rows: InputRows;
      where: readonly Condition[];
      window: WriteWindow | null;
      order: readonly OrderTerm[];
    }
  | { kind: 'delete'; where: readonly Condition[]; window: WriteWindow | null; order: readonly OrderTerm[] }
);

/** PATCH and DELETE with a limit: the rows that come first in `order`, whose columns should be unique. */
export interface WriteWindow {
  order: readonly OrderTerm[];
  limit: number;
  offset: number;
}

export interface CallPlan {
  fn: CatalogFunction;
  /** How the arguments arrive. */
  args:
    | { kind: 'none' }
    /** One text per parameter; a variadic one has a list. */
    | { kind: 'texts'; values: readonly (readonly [name: string, value: string | readonly string[]])[] }
    /** One JSON object (or the first element of an array) with these keys. */
    | { kind: 'json'; json: string; isArray: boolean; names: readonly string[] }
    /** The whole body is the one unnamed parameter. */
    | { kind: 'whole'; value: string | Buffer };
  read: ReadPlan;
  /** The value itself is the answer: nothing selects, filters or orders it. */
  isPlain: boolean;
}
