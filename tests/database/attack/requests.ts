import fc from 'fast-check';
import { anyText, encoded, fitting, list, logicWords, query, rarely } from './query-texts.ts';

/** One request of the query layer, as generated. */
export interface WireRequest {
  method: string;
  path: string;
  query: string;
  headers: Record<string, string>;
  body: string | null;
}

const prefer = fc
  .subarray(
    [
      'return=representation',
      'return=headers-only',
      'resolution=merge-duplicates',
      'resolution=ignore-duplicates',
      'missing=default',
      'count=exact',
      'count=planned',
      'count=estimated',
      'handling=strict',
      'max-affected=1',
      'timezone=Asia/Tokyo',
      'tx=rollback',
      'nope=1',
    ],
    { maxLength: 5 },
  )
  .map((list) => list.join(', '));
const accept = rarely(
  'application/vnd.pgrst.object+json',
  '*/*',
  'application/json',
  'text/csv',
  'application/vnd.pgrst.array+json;nulls=stripped',
  'application/vnd.pgrst.plan+json; for="text/csv"; options=verbose|nope;',
  'a;b;c=", application/json',
);
const headers = fc
  .record(
    {
      prefer,
      accept,
      range: fc.constantFrom('0-1', '5-2', 'x', '999999999999999-'),
      'accept-profile': fc.oneof(
        { weight: 1, arbitrary: fc.constant('nope') },
        { weight: 60, arbitrary: fc.constant('public') },
      ),
    },
    { requiredKeys: [] },
  )
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, text]) => text !== '')));

const row = fc.dictionary(
  fc.oneof(
    { weight: 80, arbitrary: fc.constantFrom('id', 'title', 'name', 'price', 'tags', 'meta') },
    { weight: 1, arbitrary: anyText },
  ),
  fc.jsonValue({ maxDepth: 2 }),
  { maxKeys: 4 },
);
const body: fc.Arbitrary<{ type: string; text: string }> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .oneof(row, fc.array(row, { maxLength: 3 }), fc.jsonValue())
      .map((json) => ({ type: 'application/json', text: JSON.stringify(json) })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          'application/json',
          'text/csv',
          'application/x-www-form-urlencoded',
          'text/plain',
          'application/octet-stream',
          'nope',
        ),
        anyText,
      )
      .map(([type, text]) => ({ type, text })),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.array(anyText, { minLength: 2, maxLength: 2 }), { maxLength: 3 })
      .map((lines) => ({ type: 'text/csv', text: `id,title\n${lines.map((line) => line.join(',')).join('\n')}` })),
  },
);

export const target = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom('records/books', 'records/authors', 'records/book_shelves', 'records/books_view'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom('rpc/add', 'rpc/all_books', 'rpc/echo', 'rpc/whole', 'rpc/many', 'rpc/nothing'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('records/nope', 'rpc/nope', 'records/%00', 'records/a%22b', 'records/books/x'),
  },
);

const fittingText = fitting.map((parts) => parts.join('.'));
const { tree } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    { weight: 3, arbitrary: fittingText },
    { weight: 1, arbitrary: fc.tuple(logicWords, list(tie('tree'), 3)).map(([head, inner]) => `${head}(${inner})`) },
  ),
}));
const shapes = fc.constantFrom(
  '*',
  'id,*,authors(*,books(id))',
  'title,...authors(name)',
  'id,shelves!inner(name),book_shelves(note,shelves(*))',
  'id,siblings(id,authors!inner(name)),full_label',
  'author_id,price.sum(),count()',
  'x:meta->k->>n,tags->0,span',
  'id,parent_id(id),children:books!parent_id(id)',
  'authors(count()),flag',
  'id,...shelves(name,note:id)',
);
/** Reads that should reach Postgres whole. */
const goodRead: fc.Arbitrary<WireRequest> = fc
  .record({
    path: fc.constantFrom('records/books', 'rpc/all_books'),
    select: shapes,
    filters: fc.array(fitting, { maxLength: 3 }),
    logic: fc.option(list(tree, 3), { nil: null }),
    order: fc.constantFrom('id', 'title.desc.nullslast,id', 'meta->k->n,id', 'author_id.desc', 'price.nullsfirst'),
    limit: fc.constantFrom('0', '1', '3', '100'),
    headers,
  })
  .map(({ path, select, filters, logic, order: by, limit, headers: sent }) => {
    const pairs = filters.map(([column, op, operand]) => [column, `${op}.${operand}`] as const);
    const window = select.includes('count') ? [] : [['order', by] as const, ['limit', limit] as const];
    const groups = logic === null ? [] : [['or', `(${logic})`] as const];
    const text = encoded([['select', select] as const, ...pairs, ...groups, ...window]);
    return { method: 'GET', path, query: text, headers: sent, body: null };
  });

const anyRequest: fc.Arbitrary<WireRequest> = fc
  .record({
    method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE'),
    path: target,
    query,
    headers,
    body,
  })
  .map(({ method, body: sent, ...rest }) =>
    method === 'GET' || method === 'HEAD'
      ? { ...rest, method, body: null }
      : { ...rest, method, headers: { ...rest.headers, 'content-type': sent.type }, body: sent.text },
  );

/** Requests of the right shape, with wrong parts, and plain garbage. */
export const wireRequest = fc.oneof({ weight: 1, arbitrary: anyRequest }, { weight: 2, arbitrary: goodRead });
