import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestApp, testApp } from '../../app.ts';
import { makeRelations } from './library.ts';

let app: TestApp;
beforeAll(async () => {
  app = await testApp();
  await makeRelations(app);
});
afterAll(() => app[Symbol.asyncDispose]());

const get = async (path: string, headers?: Record<string, string>) =>
  (await app.anon()).get(`/api/database/records/${path}`, headers);

test.each<[string, string, unknown]>([
  [
    'many-to-one by key column',
    'people?id=eq.4&select=name,boss_id(name)',
    [{ name: 'dan', boss_id: { name: 'ben' } }],
  ],
  [
    'children by table name of a self reference',
    'people?id=eq.1&select=people(id)&people.order=id',
    [{ people: [{ id: 2 }, { id: 3 }] }],
  ],
  [
    'children by hint',
    'people?id=eq.1&select=kids:people!people_boss(id)&kids.order=id.desc',
    [{ kids: [{ id: 3 }, { id: 2 }] }],
  ],
  ['children by column hint', 'people?id=eq.2&select=people!boss_id(name)', [{ people: [{ name: 'dan' }] }]],
  [
    'two levels up',
    'people?id=eq.4&select=boss:boss_id(name,boss:boss_id(name))',
    [{ boss: { name: 'ben', boss: { name: 'ann' } } }],
  ],
  [
    'one-to-one from the far side',
    'people?id=lt.4&order=id&select=name,passports(number)',
    [
      { name: 'ann', passports: { number: 'P1' } },
      { name: 'ben', passports: { number: 'P2' } },
      { name: 'cat', passports: null },
    ],
  ],
  ['one-to-one from the near side', 'passports?id=eq.1&select=people(name)', [{ people: { name: 'ann' } }]],
  [
    'many-to-many through a junction',
    'people?id=eq.2&select=teams(name)&teams.order=name',
    [{ teams: [{ name: 'blue' }, { name: 'red' }] }],
  ],
  [
    'the junction itself with its own columns',
    'people?id=eq.2&select=memberships(since,teams(name))&memberships.order=since.desc&memberships.limit=1',
    [{ memberships: [{ since: 2022, teams: { name: 'blue' } }] }],
  ],
  [
    'many-to-many with a junction hint',
    'teams?id=eq.1&select=people!memberships(id)&people.order=id',
    [{ people: [{ id: 1 }, { id: 2 }] }],
  ],
  ['an empty to-many is an empty list', 'teams?id=eq.3&select=people(id)', [{ people: [] }]],
  ['a constraint name as target', 'letters?id=eq.1&select=letters_sender(name)', [{ letters_sender: { name: 'ann' } }]],
  [
    'one of two keys by hint',
    'letters?id=eq.1&select=from:people!letters_sender(name),to:people!receiver_id(name)',
    [{ from: { name: 'ann' }, to: { name: 'ben' } }],
  ],
  [
    'a view inherits the key of its table',
    'letter_view?letter=eq.2&select=text,people(name)',
    [{ text: 'yo', people: { name: 'ben' } }],
  ],
  ['and a view over that view', 'letter_view_view?letter=eq.1&select=people(name)', [{ people: { name: 'ann' } }]],
  ['a table embeds the view', 'people?id=eq.2&select=letter_view(letter)', [{ letter_view: [{ letter: 2 }] }]],
  ['a computed to-many', 'people?id=eq.1&select=staff(name)', [{ staff: [{ name: 'ben' }, { name: 'cat' }] }]],
  ['a computed to-one', 'people?id=eq.4&select=chief(name)', [{ chief: { name: 'ben' } }]],
  [
    'a computed relation inside another',
    'people?id=eq.1&select=staff(name,staff(name))&staff.id=eq.2',
    [{ staff: [{ name: 'ben', staff: [{ name: 'dan' }] }] }],
  ],
  [
    'a computed field in select, filter and order',
    'people?shout=in.(ANN,BEN)&select=shout&order=shout.desc',
    [{ shout: 'BEN' }, { shout: 'ANN' }],
  ],
  [
    'a related row of nulls is an object of nulls',
    'letters?id=eq.3&select=sender:letters_sender(boss_id)',
    [{ sender: { boss_id: null } }],
  ],
  [
    'an inner embed drops parents',
    'people?select=name,teams!inner(name)&teams.name=eq.blue',
    [{ name: 'ben', teams: [{ name: 'blue' }] }],
  ],
  [
    'an inner to-one drops parents',
    'people?select=name,boss_id!inner(name)&boss_id.name=eq.ben',
    [{ name: 'dan', boss_id: { name: 'ben' } }],
  ],
  [
    'an inner below a left drops rows of the left',
    'people?id=lte.2&order=id&select=id,memberships(team_id,teams!inner())&memberships.teams.name=eq.blue',
    [
      { id: 1, memberships: [] },
      { id: 2, memberships: [{ team_id: 2 }] },
    ],
  ],
  ['inner and hint in either order', 'people?id=eq.2&select=people!inner!boss_id(id)', [{ people: [{ id: 4 }] }]],
  ['an anti-join', 'teams?select=name,memberships()&memberships=is.null', [{ name: 'empty' }]],
  [
    'a semi-join inside logic',
    'people?select=id,passports(),memberships()&or=(passports.is.null,memberships.is.null)&order=id',
    [{ id: 3 }, { id: 4 }],
  ],
  [
    'a filter on an embed keeps parents',
    'teams?order=id&select=id,people(id)&people.id=eq.1',
    [
      { id: 1, people: [{ id: 1 }] },
      { id: 2, people: [] },
      { id: 3, people: [] },
    ],
  ],
  [
    'a limit on an embed is per parent',
    'people?order=id&id=lte.2&select=id,people(id)&people.limit=1&people.order=id.desc',
    [
      { id: 1, people: [{ id: 3 }] },
      { id: 2, people: [{ id: 4 }] },
    ],
  ],
  [
    'logic on an embed',
    'people?id=eq.1&select=people(id)&people.or=(id.eq.3,name.eq.nobody)',
    [{ people: [{ id: 3 }] }],
  ],
  [
    'negated logic on an embed',
    'people?id=eq.1&select=people(id)&people.not.or=(id.eq.3,id.eq.9)',
    [{ people: [{ id: 2 }] }],
  ],
  [
    'a to-one spread',
    'people?id=in.(1,4)&order=id&select=name,...boss_id(boss:name)',
    [
      { name: 'ann', boss: null },
      { name: 'dan', boss: 'ben' },
    ],
  ],
  [
    'a spread in a spread lifts embeds too',
    'people?id=eq.4&select=id,...boss_id(...boss_id(top:name,passports(number)))',
    [{ id: 4, top: 'ann', passports: { number: 'P1' } }],
  ],
  [
    'a to-many spread is parallel lists',
    'people?id=eq.1&select=...people!boss_id(ids:id,names:name)&people.order=id.desc',
    [{ ids: [3, 2], names: ['cat', 'ben'] }],
  ],
  ['a to-many spread of none is empty lists', 'people?id=eq.4&select=...people!boss_id(ids:id)', [{ ids: [] }]],
  [
    'an order by a related column',
    'people?boss_id=not.is.null&select=id,boss_id(name)&order=boss_id(name).desc,id',
    [
      { id: 4, boss_id: { name: 'ben' } },
      { id: 2, boss_id: { name: 'ann' } },
      { id: 3, boss_id: { name: 'ann' } },
    ],
  ],
  [
    'an order by a spread relation inside an embed',
    'people?id=eq.1&select=people!boss_id(id,...passports(number))&people.order=passports(number).nullsfirst',
    [
      {
        people: [
          { id: 3, number: null },
          { id: 2, number: 'P2' },
        ],
      },
    ],
  ],
  [
    'an embed named like a column and like its parent',
    'people?id=eq.4&select=name:id,people:boss_id(people:name)',
    [{ name: 4, people: { people: 'ben' } }],
  ],
  ['a legacy count of an embed', 'people?id=eq.1&select=people!boss_id(count)', [{ people: [{ count: 2 }] }]],
])('%s', async (_name, path, expected) => {
  const response = await get(path);
  expect([response.statusCode, response.json()]).toEqual([200, expected]);
});

test.each<[string, string, number, Record<string, unknown>]>([
  [
    'no relationship',
    'people?select=nothing(id)',
    400,
    { code: 'PGRST200', message: "Could not find a relationship between 'people' and 'nothing' in the schema cache" },
  ],
  ['a UNION view inherits none', 'letter_union?select=people(name)', 400, { code: 'PGRST200' }],
  [
    'two keys to one table',
    'letters?select=people(name)',
    300,
    {
      code: 'PGRST201',
      details: [
        {
          cardinality: 'many-to-one',
          embedding: 'letters with people',
          relationship: 'letters_receiver using letters(receiver_id) and people(id)',
        },
        {
          cardinality: 'many-to-one',
          embedding: 'letters with people',
          relationship: 'letters_sender using letters(sender_id) and people(id)',
        },
      ],
      hint: expect.stringContaining("'people!letters_receiver', 'people!letters_sender'"),
    },
  ],
  [
    'a filter on what is not embedded',
    'people?teams.name=eq.x',
    400,
    { code: 'PGRST108', message: "'teams' is not an embedded resource in this request" },
  ],
  ['an order by what is not embedded', 'people?order=teams(name)', 400, { code: 'PGRST108' }],
  ['a related order on many', 'people?select=teams(name)&order=teams(name)', 400, { code: 'PGRST118' }],
  ['another operator on an embed', 'people?select=teams(name)&teams=eq.1', 400, { code: 'PGRST120' }],
  ['an aggregate', 'people?select=id.sum()', 400, { code: 'PGRST123' }],
  [
    'a hint that fits nothing',
    'letters?select=people!nope(name)',
    400,
    { code: 'PGRST200', details: expect.stringContaining("'nope'") },
  ],
])('%s is refused', async (_name, path, status, body) => {
  const response = await get(path);
  expect([response.statusCode, response.json()]).toMatchObject([status, body]);
  expect(Object.keys(response.json())).toEqual(['code', 'details', 'hint', 'message']);
});

test('an exact count honors inner embeds and anti-joins, not the page', async () => {
  const counted = { prefer: 'count=exact' };
  expect((await get('people?select=id,teams!inner(id)&limit=1', counted)).headers['content-range']).toBe('0-0/2');
  expect((await get('people?select=id,passports()&passports=is.null&limit=1', counted)).headers['content-range']).toBe(
    '0-0/2',
  );
  expect(
    (await get('people?select=id,boss_id!inner()&boss_id.name=eq.ann&limit=1', counted)).headers['content-range'],
  ).toBe('0-0/2');
});

test('embeds nest only as deep as the limit says', async () => {
  const nested = (depth: number): string => (depth === 0 ? 'id' : `people!boss_id(${nested(depth - 1)})`);
  expect((await get(`people?select=${nested(10)}`)).statusCode).toBe(200);
  expect((await get(`people?select=${nested(11)}`)).json()).toMatchObject({ code: 'PGRST100' });
});

test('written rows embed what they are related to', async () => {
  const anon = await app.anon();
  const returned = { prefer: 'return=representation' };
  const made = await anon.post(
    '/api/database/records/people?select=name,shout,boss_id(name),staff(name)',
    [{ id: 50, name: 'new', boss_id: 1 }],
    returned,
  );
  expect(made.json()).toEqual([{ name: 'new', shout: 'NEW', boss_id: { name: 'ann' }, staff: [] }]);
  const gone = await anon.delete(
    '/api/database/records/people?id=eq.50&select=id,boss:boss_id(name)',
    undefined,
    returned,
  );
  expect(gone.json()).toEqual([{ id: 50, boss: { name: 'ann' } }]);
});
