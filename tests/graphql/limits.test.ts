import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestApp, testApp } from '../app.ts';
import { transports } from './transports.ts';

const many = (count: number, part: (at: number) => string) =>
  Array.from({ length: count }, (_none, at) => part(at)).join(' ');
const tooComplex: [what: string, query: string][] = [
  [
    'depth',
    `{ __type(name: "Query") { name } ${'auditEntries { edges { node { id '.repeat(5)} ${'} } } '.repeat(5)} }`,
  ],
  [
    'cost',
    `{ ${many(20, (at) => `a${at}: auditEntries(first: 100) { edges { node { id action actorId details } } }`)} }`,
  ],
  ['aliases', `{ ${many(40, (at) => `a${at}: health { status }`)} }`],
  ['tokens', `{ health { ${'status '.repeat(5000)} } }`],
  ['directives', `{ health { status ${'@include(if: true) '.repeat(60)} } }`],
];

let app: TestApp;
let base: string;
beforeAll(async () => {
  app = await testApp({ env: { GRAPHQL_MAX_COST: '2000' } });
  base = await app.listen();
});
afterAll(() => app[Symbol.asyncDispose]());

describe.each(Object.entries(transports))('over %s', (_name, send) => {
  test.each(tooComplex)('a document with too much %s is refused before it runs', async (_what, query) => {
    const results = await send(base, (await app.admin()).headers, { query });
    expect(results).toHaveLength(1);
    expect(results[0]?.data ?? null).toBeNull();
    expect(results[0]?.errors?.[0]?.extensions).toMatchObject({
      code: 'QUERY_TOO_COMPLEX',
      status: 400,
      nextActions: expect.any(String),
    });
  });

  test.each([
    ['does not parse', 'GRAPHQL_PARSE_FAILED', { query: '{ health { ' }],
    ['does not fit the schema', 'GRAPHQL_VALIDATION_FAILED', { query: '{ nothing }' }],
    ['names no operation', 'OPERATION_RESOLUTION_FAILURE', { query: 'query A { __typename } query B { __typename }' }],
    [
      'names an unknown operation',
      'OPERATION_RESOLUTION_FAILURE',
      { query: 'query A { __typename }', operationName: 'B' },
    ],
    ['misses a variable', 'BAD_USER_INPUT', { query: 'query ($id: ID!) { node(id: $id) { id } }' }],
    [
      'has a variable of another type',
      'BAD_USER_INPUT',
      { query: 'query ($a: Boolean!) { __typename @skip(if: $a) }', variables: { a: 'x' } },
    ],
  ])('a document that %s is refused as %s', async (_what, code, body) => {
    const [result] = await send(base, {}, body);
    expect(result?.data ?? null).toBeNull();
    expect(result?.errors?.[0]?.extensions).toEqual({ code, status: 400, nextActions: expect.any(String) });
  });

  test('in production the schema is shown to admins only', async () => {
    await using production = await testApp({ env: { NODE_ENV: 'production' } });
    const url = await production.listen();
    const query = getIntrospectionQuery();
    for (const caller of [production.nobody(), await production.anon(), await production.as('ada')]) {
      const [result] = await send(url, caller.headers, { query });
      expect(result?.data ?? null).toBeNull();
      expect(result?.errors?.[0]?.extensions).toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' });
    }
    const [result] = await send(url, (await production.admin()).headers, { query });
    expect(result?.data).toHaveProperty('__schema');
  });
});

test('a batch larger than the limit is refused whole, one within it is answered in order', async () => {
  const one = { query: '{ health { status } }' };
  const small = await app.nobody().post('/graphql', [one, one, one]);
  expect(small.json()).toEqual(Array.from({ length: 3 }, () => ({ data: { health: { status: 'ok' } } })));
  const large = await app.nobody().post(
    '/graphql',
    Array.from({ length: 11 }, () => one),
  );
  expect(large.statusCode).toBe(413);
  expect(large.json().errors[0].extensions).toMatchObject({
    code: 'QUERY_TOO_COMPLEX',
    nextActions: expect.any(String),
  });
});
