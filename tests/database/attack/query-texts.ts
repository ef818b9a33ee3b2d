import fc from 'fast-check';

const columns = ['id', 'title', 'price', 'tags', 'meta', 'author_id', 'made_at', 'span', 'flag', 'имя', 'a.b', 'name'];
const relations = ['books', 'authors', 'shelves', 'book_shelves', 'author_id', 'parent_id', 'siblings'];
export const anyText = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 12 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 8 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '\0',
      '"',
      "'",
      '\\',
      '--',
      '/*',
      '$1',
      ';',
      '%00',
      '{}',
      '()',
      '(',
      ')',
      '__proto__',
      '*',
      '',
    ),
  },
);
/** The first one time in ten, else one of the others. */
export const rarely = (seldom: string, ...often: string[]) =>
  fc.oneof({ weight: 1, arbitrary: fc.constant(seldom) }, { weight: 9, arbitrary: fc.constantFrom(...often) });
const quote = (text: string) => `"${text.replace(/[\\"]/g, '\\$&')}"`;
export const name = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.constantFrom(...columns.map((column) => (column.includes('.') ? quote(column) : column))),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('to_jsonb', 'row_to_json', 'xmin', 'tableoid', 'full_label', 'count', 'and', 'not'),
  },
  { weight: 1, arbitrary: anyText.map(quote) },
  { weight: 1, arbitrary: anyText },
);
export const value = fc.oneof(
  fc.integer().map(String),
  fc.constantFrom(
    'null',
    'true',
    '2026-01-02',
    '{a,b}',
    '[1,5)',
    '{"k":1}',
    '(1,2)',
    '1e400',
    'NaN',
    '99999999999999999999',
    'x'.repeat(3000),
  ),
  fc.double().map(String),
  fc.json({ maxDepth: 3 }),
  anyText,
);
const step = fc
  .tuple(
    fc.constantFrom('->', '->>'),
    fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom('k', 'n', '0', '-1', '2147483648', 'a b') },
      { weight: 1, arbitrary: anyText },
    ),
  )
  .map((pair) => pair.join(''));
const field = fc.oneof(
  { weight: 4, arbitrary: name },
  {
    weight: 1,
    arbitrary: fc
      .tuple(name, fc.array(step, { minLength: 1, maxLength: 3 }))
      .map(([head, steps]) => head + steps.join('')),
  },
);
const operators =
  'eq neq gt gte lt lte like ilike match imatch is isdistinct fts plfts phfts wfts cs cd ov sl sr nxr nxl adj'.split(
    ' ',
  );
const operation = fc
  .tuple(
    fc.constantFrom('', '', '', 'not.'),
    fc.oneof(
      fc
        .tuple(
          fc.constantFrom(...operators),
          fc.constantFrom(...Array<string>(20).fill(''), '(any)', '(all)', '(english)', '()'),
        )
        .map((pair) => pair.join('')),
      fc.constantFrom('in', 'nope'),
    ),
    fc.oneof(
      value,
      fc.array(value, { maxLength: 4 }).map((list) => `(${list.join(',')})`),
      fc.constantFrom('null', 'TRUE', 'unknown', 'not_null'),
    ),
  )
  .map(([not, op, operand]) => `${not}${op}.${operand}`);
/** Filters that fit their column, so that most requests reach Postgres. */
export const fitting = fc.oneof(
  fc.tuple(
    fc.constantFrom('id', 'price', 'author_id', 'parent_id'),
    fc.constantFrom('eq', 'neq', 'gt', 'lte', 'isdistinct'),
    fc.integer({ min: -9, max: 9 }).map(String),
  ),
  fc.tuple(
    fc.constantFrom('title', 'имя', 'full_label'),
    fc.constantFrom('eq', 'lt', 'like', 'ilike', 'match', 'fts', 'plfts', 'wfts'),
    value,
  ),
  fc.tuple(fc.constantFrom('tags'), fc.constantFrom('cs', 'cd', 'ov', 'eq'), fc.constantFrom('{a,b}', '{}', '{"x y"}')),
  fc.tuple(
    fc.constantFrom('span'),
    fc.constantFrom('sl', 'sr', 'nxl', 'nxr', 'adj', 'ov', 'cs'),
    fc.constantFrom('[1,5)', 'empty', '(,3]'),
  ),
  fc.tuple(
    fc.constantFrom('meta->k->n', 'meta->list->0', 'meta'),
    fc.constantFrom('eq', 'cs', 'gt', 'is'),
    fc.constantFrom('1', '{"k":{"n":1}}', 'null'),
  ),
  fc.tuple(
    fc.constantFrom('flag', 'made_at', 'id'),
    fc.constantFrom('is', 'not.is'),
    fc.constantFrom('null', 'not_null'),
  ),
  fc.tuple(
    fc.constantFrom('id', 'title'),
    fc.constantFrom('in', 'not.in'),
    fc.array(fc.integer({ max: 9 }).map(String), { maxLength: 4 }).map((all) => `(${all})`),
  ),
);
const { condition } = fc.letrec<{ condition: string; group: string }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small' },
    fc.tuple(field, operation).map((pair) => pair.join('.')),
    tie('group'),
  ),
  group: fc
    .tuple(
      fc.constantFrom('and', 'or', 'not.and', 'not.or'),
      fc.array(tie('condition'), { minLength: 1, maxLength: 3 }),
    )
    .map(([head, items]) => `${head}(${items.join(',')})`),
}));
const { items } = fc.letrec<{ items: string; item: string }>((tie) => ({
  items: fc.array(tie('item'), { maxLength: 4 }).map((all) => all.join(',')),
  item: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('*', 'count()', 'n:count()'),
    field,
    fc
      .tuple(name, field, fc.constantFrom('', '::text', '::int', '::nope', '::double precision'))
      .map(([alias, head, cast]) => `${alias}:${head}${cast}`),
    fc
      .tuple(field, fc.constantFrom('.sum()', '.avg()', '.max()', '::int.min()', '.count()::text'))
      .map((pair) => pair.join('')),
    fc
      .tuple(
        fc.constantFrom('', 'x:', '...'),
        fc.constantFrom(...relations),
        fc.constantFrom('', '', '', '!inner', '!left', '!author_id', '!parent_id!inner'),
        tie('items'),
      )
      .map(([head, target, hint, list]) => `${head}${target}${hint}(${list})`),
  ),
}));
const order = fc
  .array(
    fc.tuple(
      fc.oneof(
        field,
        fc.tuple(fc.constantFrom(...relations), field).map(([target, column]) => `${target}(${column})`),
      ),
      rarely('.up', '', '.asc', '.desc', '.desc.nullslast', '.nullsfirst'),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((terms) => terms.map((term) => term.join('')).join(','));
const number = fc.oneof(
  fc.integer().map(String),
  fc.constantFrom('0', '1', '2', '3', '7', '99999999999999999999999', '', 'x'),
);
const prefix = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom(...relations, 'x').map((head) => `${head}.`) },
);
export const list = (of: fc.Arbitrary<string>, maxLength: number) =>
  fc.array(of, { minLength: 1, maxLength }).map((parts) => parts.join(','));
const glued = (...parts: [fc.Arbitrary<string>, fc.Arbitrary<string>]) =>
  fc.tuple(...parts).map((pair) => pair.join(''));
const pair = (weight: number, key: fc.Arbitrary<string>, text: fc.Arbitrary<string>) => ({
  weight,
  arbitrary: fc.tuple(key, text),
});
export const logicWords = fc.constantFrom('and', 'or', 'not.and', 'not.or');
/** One parameter of a query string, decoded. */
export const parameter: fc.Arbitrary<[string, string]> = fc.oneof(
  {
    weight: 20,
    arbitrary: fitting.map(([column, op, operand]): [string, string] => [column, `${op}.${operand}`]),
  },
  pair(14, fc.constant('select'), items),
  pair(3, glued(prefix, field), operation),
  pair(
    6,
    glued(prefix, logicWords),
    list(condition, 3).map((inner) => `(${inner})`),
  ),
  pair(6, glued(prefix, fc.constant('order')), order),
  pair(6, glued(prefix, fc.constantFrom('limit', 'offset')), number),
  pair(2, fc.constantFrom('columns', 'on_conflict'), list(fc.constantFrom('id', 'title', 'name', 'price'), 3)),
  pair(3, fc.constantFrom('x', 'y', 'items'), value),
  pair(1, anyText, anyText),
);
export const encoded = (pairs: readonly (readonly [string, string])[]) =>
  pairs.map(([key, text]) => `${safely(key)}=${safely(text)}`).join('&');
const safely = (text: string) => encodeURIComponent(text.toWellFormed());

const garbage = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'select=',
        'and=',
        'or=(',
        'order=',
        'id=in.(',
        '&',
        '=',
        '%',
        '%zz',
        '%F0%9F',
        '+',
        '"',
        '(',
        ')',
        ',',
        '.',
        '->',
        '::',
        '!',
        '...',
        '{',
        '%00',
      ),
      fc.stringMatching(/^[\x21\x24-\x7e]{0,6}$/),
    ),
    { maxLength: 14 },
  )
  .map((pieces) => pieces.join(''));
export const query = fc.oneof(
  { weight: 5, arbitrary: fc.array(parameter, { maxLength: 4 }).map(encoded) },
  { weight: 1, arbitrary: garbage },
);
