/** What the wire text says, before any name is looked up. Made by parse/, read by plan/. */

/** One step of a JSON path; an index is digits with an optional leading minus. */
export interface JsonStep {
  arrow: '->' | '->>';
  key: string;
  isIndex: boolean;
}

/** A column (or computed field) with the path into it. */
export interface Field {
  name: string;
  path: readonly JsonStep[];
}

export type Aggregate = 'sum' | 'avg' | 'count' | 'max' | 'min';

export type SelectNode =
  | { kind: 'star' }
  | {
      kind: 'field';
      field: Field;
      alias: string | null;
      cast: string | null;
      aggregate: Aggregate | null;
      aggregateCast: string | null;
    }
  | { kind: 'count'; alias: string | null; cast: string | null }
  | EmbedNode;

export interface EmbedNode {
  kind: 'embed';
  name: string;
  alias: string | null;
  hint: string | null;
  isInner: boolean;
  isSpread: boolean;
  select: readonly SelectNode[];
}

export type Comparison =
  | 'eq'
  | 'neq'
  | 'gt'
  | 'gte'
  | 'lt'
  | 'lte'
  | 'like'
  | 'ilike'
  | 'match'
  | 'imatch'
  | 'cs'
  | 'cd'
  | 'ov'
  | 'sl'
  | 'sr'
  | 'nxr'
  | 'nxl'
  | 'adj'
  | 'isdistinct';
export type TextSearch = 'fts' | 'plfts' | 'phfts' | 'wfts';
export type IsValue = 'null' | 'not_null' | 'true' | 'false' | 'unknown';

export type Operation =
  | { kind: 'compare'; op: Comparison; quantifier: 'any' | 'all' | null; value: string }
  | { kind: 'in'; values: readonly string[] }
  | { kind: 'is'; value: IsValue }
  | { kind: 'search'; op: TextSearch; config: string | null; value: string };

export interface FilterNode {
  kind: 'filter';
  field: Field;
  isNegated: boolean;
  operation: Operation;
}

export interface GroupNode {
  kind: 'and' | 'or';
  isNegated: boolean;
  items: readonly LogicNode[];
}

export type LogicNode = FilterNode | GroupNode;

/** `relation` is set for `order=rel(col)`. */
export interface OrderNode {
  field: Field;
  relation: string | null;
  direction: 'asc' | 'desc' | null;
  nulls: 'first' | 'last' | null;
}

/** Parameters of one level of the tree: the root, or the embed at `path` (aliases or names, outermost first). */
export interface Level {
  path: readonly string[];
  filters: LogicNode[];
  order: readonly OrderNode[] | null;
  limit: number | null;
  offset: number | null;
}

/** A whole query string. */
export interface QueryText {
  select: readonly SelectNode[] | null;
  columns: readonly string[] | null;
  onConflict: readonly string[] | null;
  root: Level;
  levels: readonly Level[];
  /** Arguments of a GET call: what is not a filter, in order, repeats kept. */
  args: readonly (readonly [name: string, value: string])[];
}
