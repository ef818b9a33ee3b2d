import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type TestApp, testApp } from '../../app.ts';
import { asOwner } from '../rows/library.ts';
import {
  and,
  arrays,
  comparisons,
  type Fact,
  type Filter,
  isDistinct,
  like,
  not,
  or,
  ranges,
  type Test,
} from './oracle.ts';
import { encoded } from './query-texts.ts';
import { records } from './stage.ts';

const seed = Number(process.env.FUZZ_SEED ?? 20261123);

const words = [
  '',
  'a',
  'A',
  'ab',
  'a%b',
  'a_b',
  'a,b',
  'a.b',
  '(x)',
  '"q"',
  'back\\slash',
  'null',
  'x y',
  'ünï',
  '{c}',
  '*',
];
const word = fc.constantFrom(...words);
const small = fc.integer({ min: -3, max: 6 });
const tags = fc.uniqueArray(fc.constantFrom('x', 'y', 'z z', 'a,b', 'q"'), { maxLength: 3 });
const span = fc
  .tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 1, max: 4 }))
  .map(([from, size]): [number, number] => [from, from + size]);
const orNull = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null, freq: 4 });
const fact = fc.record({
  n: orNull(small),
  t: orNull(word),
  flag: orNull(fc.boolean()),
  tags: orNull(tags),
  span: orNull(span),
  doc: orNull(fc.record({ k: orNull(small), s: word, list: fc.array(small, { maxLength: 3 }) }, { requiredKeys: [] })),
});
const facts: Fact[] = fc.sample(fact, { numRuns: 300, seed }).map((made, at) => ({ id: at + 1, ...made }));

async function load(app: TestApp) {
  await asOwner(
    app,
    `CREATE TABLE public.facts (id int PRIMARY KEY, n int, t text COLLATE "C", flag boolean, tags text[], span int4range, doc jsonb);
     ALTER TABLE public.facts DISABLE ROW LEVEL SECURITY`,
  );
  const rows = facts.map((row) => ({ ...row, span: row.span && `[${row.span[0]},${row.span[1]})` }));
  const made = await (await app.admin()).post(`${records}/facts?columns=id,n,t,flag,tags,span,doc`, rows);
  expect(made.statusCode).toBe(201);
}

const array = (list: readonly string[]) => `{${list.map((item) => `"${item.replace(/[\\"]/g, '\\$&')}"`).join(',')}}`;
const filter = (column: string, text: string, meaning: Test): Filter => ({ column, text, test: meaning });
const keyOf = (table: object) => fc.constantFrom(...Object.keys(table));

const onNumbers = fc.tuple(fc.constantFrom('n', 'doc->k'), keyOf(comparisons), small).map(([column, op, value]) =>
  filter(column, `${op}.${value}`, (row) => {
    // jsonb null is a value: it is below every number and not SQL's NULL.
    const left = column === 'n' ? row.n : row.doc?.k;
    if (column !== 'n' && left === null) return op === 'neq' || op === 'lt' || op === 'lte';
    return comparisons[op]?.(left, value) ?? null;
  }),
);
const onTexts = fc
  .tuple(fc.constantFrom('t', 'doc->>s'), keyOf(comparisons), word)
  .map(([column, op, value]) =>
    filter(column, `${op}.${value}`, (row) => comparisons[op]?.(column === 't' ? row.t : row.doc?.s, value) ?? null),
  )
  .filter(({ column, text }) => column === 't' || /^n?eq\./.test(text));
const patterns = fc.constantFrom('a*', '*b', 'a_b', '*a*', 'A*', 'a\\%b', '%', '*\\_*', '', '(*)', '{*}');
const onPatterns = fc
  .tuple(fc.constantFrom('like', 'ilike'), patterns)
  .map(([op, value]) => filter('t', `${op}.${value}`, (row) => like(row.t, value, op === 'ilike')));
const onRegexes = fc
  .tuple(fc.constantFrom('match', 'imatch'), fc.constantFrom('^a', 'b$', 'a.b', '^$', '[ax]'))
  .map(([op, value]) =>
    filter('t', `${op}.${value}`, (row) =>
      row.t === null ? null : new RegExp(value, op === 'imatch' ? 'i' : '').test(row.t),
    ),
  );
const quantified = fc
  .tuple(fc.constantFrom('eq', 'gt', 'lte'), fc.constantFrom('any', 'all'), fc.array(small, { maxLength: 3 }))
  .map(([op, quantifier, list]) =>
    filter('n', `${op}(${quantifier}).{${list.join(',')}}`, (row) =>
      (quantifier === 'any' ? or : and)(list.map((value) => comparisons[op]?.(row.n, value) ?? null)),
    ),
  );
const quantifiedLike = fc
  .tuple(fc.constantFrom('any', 'all'), fc.array(fc.constantFrom('a*', '*b', '*.*'), { minLength: 1, maxLength: 3 }))
  .map(([quantifier, list]) =>
    filter('t', `like(${quantifier}).{${list.join(',')}}`, (row) =>
      (quantifier === 'any' ? or : and)(list.map((value) => like(row.t, value, false))),
    ),
  );
const quoted = (text: string) => `"${text.replace(/[\\"]/g, '\\$&')}"`;
const inLists = fc.oneof(
  fc
    .array(small, { maxLength: 4 })
    .map((list) =>
      filter('n', `in.(${list.join(',')})`, (row) => or(list.map((value) => comparisons.eq?.(row.n, value) ?? null))),
    ),
  fc
    .array(word, { minLength: 1, maxLength: 4 })
    .map((list) =>
      filter('t', `in.(${list.map(quoted).join(',')})`, (row) =>
        or(list.map((value) => comparisons.eq?.(row.t, value) ?? null)),
      ),
    ),
);
const onNulls = fc.oneof(
  fc
    .tuple(fc.constantFrom('n', 't', 'flag', 'tags', 'span', 'doc'), fc.constantFrom('null', 'not_null', 'NULL'))
    .map(([column, value]) =>
      filter(column, `is.${value}`, (row) => (row[column as keyof Fact] === null) === (value.toLowerCase() === 'null')),
    ),
  fc
    .constantFrom('true', 'false', 'unknown')
    .map((value) => filter('flag', `is.${value}`, (row) => String(row.flag ?? 'unknown') === value)),
  small.map((value) => filter('n', `isdistinct.${value}`, (row) => isDistinct(row.n, value))),
);
const onArrays = fc
  .tuple(keyOf(arrays), tags)
  .map(([op, list]) => filter('tags', `${op}.${array(list)}`, (row) => arrays[op]?.(row.tags, list) ?? null));
const onRanges = fc
  .tuple(keyOf(ranges), span)
  .map(([op, value]) =>
    filter('span', `${op}.[${value[0]},${value[1]})`, (row) => ranges[op]?.(row.span, value) ?? null),
  );

const leaf = fc
  .tuple(
    fc.oneof(
      onNumbers,
      onTexts,
      onPatterns,
      onRegexes,
      quantified,
      quantifiedLike,
      inLists,
      onNulls,
      onArrays,
      onRanges,
    ),
    fc.boolean(),
  )
  .map(([made, isNegated]) =>
    isNegated ? filter(made.column, `not.${made.text}`, (row) => not(made.test(row))) : made,
  );
/** In a tree, values that hold its punctuation are quoted. */
function inTree({ column, text }: Filter): string {
  const [, head = '', value = ''] = /^((?:not\.)?[a-z]+(?:\([a-z]+\))?\.)(.*)$/s.exec(text) ?? [];
  const isPlain = /^(?:not\.)?(?:in|is)\./.test(head) || (!/[,()"{}\\]/.test(value) && value !== '');
  return `${column}.${head}${isPlain ? value : quoted(value)}`;
}
interface Tree {
  text: string;
  test: Test;
}
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    leaf.map((made): Tree => ({ text: inTree(made), test: made.test })),
    fc
      .tuple(fc.constantFrom('and', 'or', 'not.and', 'not.or'), fc.array(tie('tree'), { minLength: 1, maxLength: 3 }))
      .map(([head, parts]): Tree => {
        const join = head.endsWith('and') ? and : or;
        const all: Test = (row) => join(parts.map((part) => part.test(row)));
        return {
          text: `${head}(${parts.map(({ text }) => text).join(',')})`,
          test: head.startsWith('not.') ? (row) => not(all(row)) : all,
        };
      }),
  ),
}));

const byOrder = {
  'id.asc': (a: Fact, b: Fact) => a.id - b.id,
  'id.desc': (a: Fact, b: Fact) => b.id - a.id,
  'n.asc,id': (a: Fact, b: Fact) => nullsLast(a.n, b.n, 1) || a.id - b.id,
  'n.desc.nullslast,id.desc': (a: Fact, b: Fact) => nullsLast(a.n, b.n, -1) || b.id - a.id,
  't.nullsfirst,id': (a: Fact, b: Fact) => nullsFirst(a.t, b.t) || a.id - b.id,
};
const compare = <T>(a: T, b: T) => Number(a > b) - Number(a < b);
const nullsLast = <T>(a: T | null, b: T | null, sign: number) =>
  a === null || b === null ? Number(a === null) - Number(b === null) : sign * compare(a, b);
/** Bytes, as COLLATE "C" has it. */
const nullsFirst = (a: string | null, b: string | null) =>
  a === null || b === null ? Number(b === null) - Number(a === null) : Buffer.compare(Buffer.from(a), Buffer.from(b));

test('filters, trees, order, windows and counts select the rows that they mean', { timeout: 60_000 }, async () => {
  await using app = await testApp();
  await load(app);
  const anon = await app.anon();
  const question = fc.record({
    filters: fc.array(leaf, { maxLength: 2 }),
    trees: fc.array(tree, { maxLength: 2 }),
    order: fc.constantFrom(...(Object.keys(byOrder) as (keyof typeof byOrder)[])),
    limit: fc.option(fc.nat(40), { nil: null }),
    offset: fc.option(fc.nat(20), { nil: null }),
  });
  let asked = 0;
  await fc.assert(
    fc.asyncProperty(question, async ({ filters, trees, order, limit, offset }) => {
      const query = encoded([
        ['select', 'id'],
        ...filters.map(({ column, text }) => [column, text] as const),
        ...trees.map(({ text }) => ['and', `(${text})`] as const),
        ['order', order],
        ...(limit === null ? [] : [['limit', String(limit)] as const]),
        ...(offset === null ? [] : [['offset', String(offset)] as const]),
      ]);
      const answer = await anon.get(`${records}/facts?${query}`, { prefer: 'count=exact' });
      const meant = facts.filter((row) => and([...filters, ...trees].map((part) => part.test(row))) === true);
      const from = offset ?? 0;
      const page = meant.toSorted(byOrder[order]).slice(from, limit === null ? undefined : from + limit);
      const text = `${decodeURIComponent(query)} -> ${answer.body.slice(0, 300)}`;
      if (from > meant.length) {
        expect([answer.statusCode, answer.headers['content-range']], text).toEqual([416, `*/${meant.length}`]);
      } else {
        expect(answer.statusCode, text).toBe(page.length < meant.length ? 206 : 200);
        expect(
          (answer.json() as { id: number }[]).map(({ id }) => id),
          text,
        ).toEqual(page.map(({ id }) => id));
        const range = page.length === 0 ? '*' : `${from}-${from + page.length - 1}`;
        expect(answer.headers['content-range'], text).toBe(`${range}/${meant.length}`);
      }
      asked++;
    }),
    { seed, numRuns: 1_200, interruptAfterTimeLimit: 9_000, markInterruptAsFailure: false },
  );
  expect(asked).toBeGreaterThan(50);
});
