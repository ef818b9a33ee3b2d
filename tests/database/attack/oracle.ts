/** What filters mean, told a second time: three-valued logic over rows in memory. */

export interface Fact {
  id: number;
  n: number | null;
  t: string | null;
  flag: boolean | null;
  tags: string[] | null;
  /** Half-open; null is no range. */
  span: [number, number] | null;
  doc: { k?: number | null; s?: string; list?: number[] } | null;
}
/** Null is SQL's unknown. */
export type Truth = boolean | null;
export type Test = (fact: Fact) => Truth;

/** A filter as wire text, and what it means. */
export interface Filter {
  /** `column.op.value`, quoted for a logic tree. */
  column: string;
  text: string;
  test: Test;
}

export const not = (truth: Truth): Truth => (truth === null ? null : !truth);
export const and = (truths: readonly Truth[]): Truth => {
  if (truths.includes(false)) return false;
  return truths.includes(null) ? null : true;
};
export const or = (truths: readonly Truth[]): Truth => not(and(truths.map(not)));

/** Strict in both operands, as operators of Postgres are. */
const strict =
  <A, B>(work: (a: A, b: B) => boolean) =>
  (a: A | null | undefined, b: B | null): Truth =>
    a === null || a === undefined || b === null ? null : work(a, b);

type Ordered = number | string;
export const comparisons: Record<string, (a: Ordered | null | undefined, b: Ordered | null) => Truth> = {
  eq: strict((a, b) => a === b),
  neq: strict((a, b) => a !== b),
  gt: strict((a, b) => a > b),
  gte: strict((a, b) => a >= b),
  lt: strict((a, b) => a < b),
  lte: strict((a, b) => a <= b),
};
export const isDistinct = (a: Ordered | null, b: Ordered | null): Truth => a !== b;

/** LIKE: `*` and `%` are any text, `_` one character, a backslash takes the next one literally. */
export function like(text: string | null, pattern: string, isInsensitive: boolean): Truth {
  if (text === null) return null;
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const c = pattern[at] as string;
    if (c === '*' || c === '%') source += '[^]*';
    else if (c === '_') source += '[^]';
    else source += literal(c === '\\' ? (pattern[++at] ?? '') : c);
  }
  return new RegExp(`^${source}$`, isInsensitive ? 'i' : '').test(text);
}
const literal = (c: string) => c.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

const has = (list: readonly string[], all: readonly string[]) => all.every((item) => list.includes(item));
export const arrays: Record<string, (a: string[] | null, b: string[] | null) => Truth> = {
  cs: strict((a, b) => has(a, b)),
  cd: strict((a, b) => has(b, a)),
  ov: strict((a, b) => a.some((item) => b.includes(item))),
  eq: strict((a, b) => a.length === b.length && a.every((item, at) => item === b[at])),
};

type Span = [number, number];
export const ranges: Record<string, (a: Span | null, b: Span | null) => Truth> = {
  cs: strict(([a, b], [c, d]) => a <= c && d <= b),
  cd: strict(([a, b], [c, d]) => c <= a && b <= d),
  ov: strict(([a, b], [c, d]) => a < d && c < b),
  sl: strict(([, b], [c]) => b <= c),
  sr: strict(([a], [, d]) => a >= d),
  nxr: strict(([, b], [, d]) => b <= d),
  nxl: strict(([a], [c]) => a >= c),
  adj: strict(([a, b], [c, d]) => b === c || d === a),
};
