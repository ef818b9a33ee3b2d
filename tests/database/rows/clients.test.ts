import { createClient } from '@insforge/sdk';
import { PostgrestClient } from '@supabase/postgrest-js';
import { PostgrestClient as PostgrestClient1 } from 'postgrest-js-1';
import { expect, test } from 'vitest';
import { type TestApp, testApp } from '../../app.ts';
import { makeLibrary } from './library.ts';

/** The parts of the three clients' builders that are alike. */
type From = Pick<PostgrestClient, 'from'>;

const clients: [string, (app: TestApp) => Promise<From>][] = [
  [
    'postgrest-js 1',
    async (app) =>
      new PostgrestClient1(`${await app.listen()}/api/database/records`, await credentials(app)) as unknown as From,
  ],
  [
    'postgrest-js 2',
    async (app) => new PostgrestClient(`${await app.listen()}/api/database/records`, await credentials(app)),
  ],
  [
    '@insforge/sdk',
    async (app) => createClient({ baseUrl: await app.listen(), anonKey: app.keys.anon }).database as unknown as From,
  ],
];
const credentials = async (app: TestApp) => ({ headers: { authorization: `Bearer ${app.keys.anon}` } });

test.each(clients)('%s selects, counts, filters, orders and pages', async (_name, connect) => {
  await using app = await testApp();
  await makeLibrary(app);
  const db = await connect(app);
  const page = await db
    .from('books')
    .select('id, title', { count: 'exact' })
    .gt('price', 1)
    .order('id', { ascending: false })
    .range(1, 2);
  expect(page).toMatchObject({ error: null, count: 4, data: [{ id: 3 }, { id: 2, title: 'Beta' }] });
  const head = await db.from('books').select('*', { count: 'exact', head: true }).is('author_id', null);
  expect(head).toMatchObject({ count: 1, error: null });
  const some = await db
    .from('books')
    .select('id')
    .or('price.lt.2,and(title.eq.Delta,author_id.is.null)')
    .not('id', 'in', '(2,3)')
    .order('id');
  expect(some.data).toEqual([{ id: 1 }, { id: 4 }]);
  const listed = await db.from('books').select('id').in('title', ['Gamma, the third', 'Beta']).order('id');
  expect(listed.data).toEqual([{ id: 2 }, { id: 3 }]);
});

test.each(clients)('%s inserts, upserts, updates and deletes, with and without the rows', async (_name, connect) => {
  await using app = await testApp();
  await makeLibrary(app);
  const db = await connect(app);
  expect(await db.from('authors').insert({ name: 'mia' })).toMatchObject({ status: 201, error: null });
  const many = await db
    .from('authors')
    .insert([{ name: 'kim' }, { name: 'lee' }])
    .select('name');
  expect(many).toMatchObject({ status: 201, data: [{ name: 'kim' }, { name: 'lee' }] });
  const merged = await db.from('authors').upsert({ id: 1, name: 'Ada' }).select().single();
  expect(merged).toMatchObject({ status: 200, data: { id: 1, name: 'Ada' } });
  expect(await db.from('authors').update({ name: 'Bob' }).eq('id', 2)).toMatchObject({ status: 204, error: null });
  expect((await db.from('authors').delete().eq('id', 3).select()).data).toEqual([{ id: 3, name: 'eve' }]);
  expect((await db.from('authors').insert({ name: 'Bob' })).error).toMatchObject({ code: '23505' });
});

test.each(clients)('%s reads one row or none, and embeds', async (_name, connect) => {
  await using app = await testApp();
  await makeLibrary(app);
  const db = await connect(app);
  expect((await db.from('authors').select('name, books(title)').eq('id', 2).single()).data).toEqual({
    name: 'bob',
    books: [{ title: 'Gamma, the third' }],
  });
  expect((await db.from('authors').select().eq('id', 77).maybeSingle()).data).toBeNull();
  expect((await db.from('authors').select().single()).error).toMatchObject({
    code: 'PGRST116',
    details: 'The result contains 3 rows',
  });
});
