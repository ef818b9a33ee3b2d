import { expect, test } from 'vitest';
import { testApp } from '../../app.ts';
import { asOwner, makeLibrary, makeNotes } from './library.ts';

test('the graph and REST read the same rows for the same conditions', async () => {
  await using app = await testApp();
  await makeLibrary(app);
  const user = await app.as('ada');
  const graph = await user.gql<{ records: unknown }, unknown>(
    `query ($where: JSON, $orderBy: JSON) { records(table: "books", where: $where, orderBy: $orderBy, limit: 2) }`,
    {
      where: {
        price: { gt: 1, lte: 4 },
        or: [{ title: { like: '*a' } }, { tags: { cs: ['x'] } }],
        not: { id: { in: [3] } },
      },
      orderBy: [{ price: 'DESC' }, { id: 'ASC_NULLS_LAST' }],
    },
  );
  const query = 'price=gt.1&price=lte.4&or=(title.like.*a,tags.cs.{x})&id=not.in.(3)&order=price.desc,id&limit=2';
  const rest = await user.get(`/api/database/records/books?${query}`);
  expect(graph.data?.records).toEqual(rest.json());
  expect(rest.json()).toMatchObject([{ id: 4 }, { id: 2 }]);
});

test('rows are inserted, updated and deleted on the graph under row-level security', async () => {
  await using app = await testApp();
  await makeNotes(app);
  const [ada, bob] = [await app.as('ada'), await app.as('bob')];
  const insert = `mutation ($r: [JSON!]!) { insertRecords(table: "notes", records: $r) }`;
  const made = await ada.gql<{ insertRecords: unknown }, unknown>(insert, {
    r: [{ body: 'one' }, { body: 'two', owner: ada.id }],
  });
  expect(made.data?.insertRecords).toMatchObject([
    { body: 'one', owner: ada.id },
    { body: 'two', owner: ada.id },
  ]);
  const change = `mutation { updateRecords(table: "notes", where: {body: {eq: "one"}}, set: {body: "1"}) deleteRecords(table: "notes", where: {}) }`;
  expect((await bob.gql(change)).data).toEqual({ updateRecords: [], deleteRecords: [] });
  expect((await ada.gql<{ updateRecords: unknown[]; deleteRecords: unknown[] }, unknown>(change)).data).toMatchObject({
    updateRecords: [{ body: '1' }],
    deleteRecords: [{ body: 'two' }, { body: '1' }],
  });
  const forged = await bob.gql(insert, { r: [{ body: 'x', owner: ada.id }] });
  expect(forged.errors?.[0]?.extensions).toMatchObject({ code: '42501', status: 403 });
});

test('an upsert on the graph updates the rows that are there', async () => {
  await using app = await testApp();
  await makeLibrary(app);
  const admin = await app.admin();
  const result = await admin.gql<{ insertRecords: unknown }, unknown>(
    `mutation { insertRecords(table: "authors", records: [{name: "ada"}, {name: "new"}], onConflict: ["name"]) }`,
  );
  expect(result.data?.insertRecords).toMatchObject([{ id: 1, name: 'ada' }, { name: 'new' }]);
});

test('numbers keep their digits on the graph', async () => {
  await using app = await testApp();
  await asOwner(
    app,
    `CREATE TABLE public.big (n numeric, i bigint); INSERT INTO public.big VALUES (12345678901234567890.123456789, 9007199254740993)`,
  );
  const admin = await app.admin();
  const response = await admin.post('/graphql', { query: `{ records(table: "big") }` });
  expect(response.body).toContain('12345678901234567890.123456789');
  expect(response.body).toContain('9007199254740993');
});

test.each([
  ['{ records(table: "nope") }', 'PGRST205'],
  ['{ records(table: "books", schema: "auth") }', 'PGRST106'],
  ['{ records(table: "books", where: {price: {beats: 1}}) }', 'INVALID_INPUT'],
  ['{ records(table: "books", where: {price: 1}) }', 'INVALID_INPUT'],
  ['{ records(table: "books", where: {or: []}) }', 'INVALID_INPUT'],
  ['{ records(table: "books", where: {nope: {eq: 1}}) }', '42703'],
  ['{ records(table: "books", limit: -1) }', 'INVALID_INPUT'],
  ['{ records(table: "books", orderBy: [{id: "UP"}]) }', 'INVALID_INPUT'],
  ['mutation { insertRecords(table: "books", records: [{nope: 1}]) }', 'PGRST204'],
  ['mutation { insertRecords(table: "books", records: [{price: "much"}]) }', '22P02'],
])('%s is refused with %s', async (document, code) => {
  await using app = await testApp();
  await makeLibrary(app);
  expect((await (await app.anon()).gql(document)).errors?.[0]?.extensions?.code).toBe(code);
  expect((await app.nobody().gql(document)).errors?.[0]?.extensions?.code).toBe('AUTH_INVALID_CREDENTIALS');
});
