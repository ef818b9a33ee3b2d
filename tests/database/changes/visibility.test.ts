import { expect, test } from 'vitest';
import { testApp } from '../../app.ts';
import { watch } from './watch.ts';

const notes = `
  CREATE TABLE notes (id int PRIMARY KEY, owner uuid, title text, secret text DEFAULT 'hush');
  CREATE POLICY own ON notes FOR SELECT TO authenticated USING (owner = auth.uid());
  CREATE POLICY open ON notes FOR SELECT TO anon USING (title LIKE 'public%');`;

test('each sees the inserts, updates and deletes of the rows that its policies show, and no others', async () => {
  await using app = await testApp();
  await app.sql(`SET ROLE project_admin; ${notes} RESET ROLE`);
  const [ada, bob] = [await app.as('ada'), await app.as('bob')];
  await using forAda = await watch(app, ada, 'notes');
  await using forBob = await watch(app, bob, 'notes');
  await using forAnon = await watch(app, await app.anon(), 'notes');
  await using forAdmin = await watch(app, await app.admin(), 'notes');

  await app.sql(`INSERT INTO notes (id, owner, title) VALUES (1, $1, 'a')`, [ada.id]);
  await app.sql(`UPDATE notes SET title = 'b' WHERE id = 1`);
  await app.sql('DELETE FROM notes WHERE id = 1');
  // What comes last is for everybody: whatever they were sent before it, they have read by then.
  await app.sql(`INSERT INTO notes (id, owner, title) VALUES (2, $1, 'public'), (3, $2, 'public too')`, [
    ada.id,
    bob.id,
  ]);

  const row = (id: number, owner: string, title: string) => ({ id, owner, title, secret: 'hush' });
  const adas = [
    ['INSERT', row(1, ada.id, 'a'), null],
    ['UPDATE', row(1, ada.id, 'b'), { id: 1 }],
    ['DELETE', null, { id: 1 }],
    ['INSERT', row(2, ada.id, 'public'), null],
  ];
  const bobs = ['INSERT', row(3, bob.id, 'public too'), null];
  expect(await forAda.take(4)).toEqual(adas);
  expect(await forBob.next()).toEqual(bobs);
  expect(await forAnon.take(2)).toEqual([adas[3], bobs]);
  expect(await forAdmin.take(5)).toEqual([...adas, bobs]);
});

test('a row that leaves the sight of a subscriber is a DELETE of its key, one that enters it an INSERT', async () => {
  await using app = await testApp();
  await app.sql(notes);
  const [ada, bob] = [await app.as('ada'), await app.as('bob')];
  await app.sql(`INSERT INTO notes (id, owner, title) VALUES (1, $1, 'a')`, [ada.id]);
  await using forAda = await watch(app, ada, 'notes');
  await using forBob = await watch(app, bob, 'notes');
  await using forAnon = await watch(app, await app.anon(), 'notes');

  await app.sql('UPDATE notes SET owner = $1 WHERE id = 1', [bob.id]);
  await app.sql(`INSERT INTO notes (id, owner, title) VALUES (2, $1, 'public')`, [ada.id]);

  expect((await forAda.take(2)).map(([operation, , key]) => [operation, key])).toEqual([
    ['DELETE', { id: 1 }],
    ['INSERT', null],
  ]);
  expect(await forBob.next()).toEqual(['INSERT', { id: 1, owner: bob.id, title: 'a', secret: 'hush' }, null]);
  expect((await forAnon.next())[1]).toMatchObject({ id: 2 });
});

test('columns that a role may not select are in no record and no key', async () => {
  await using app = await testApp();
  await app.sql(`CREATE TABLE people (tenant text, id int, name text, salary int, PRIMARY KEY (tenant, id));
    CREATE POLICY all_rows ON people USING (salary > 0);
    REVOKE SELECT ON people FROM anon;
    GRANT SELECT (id, name) ON people TO anon`);
  await using forAnon = await watch(app, await app.anon(), 'people');
  await app.sql(`INSERT INTO people VALUES ('acme', 1, 'Ada', 100)`);
  await app.sql('UPDATE people SET salary = 200');
  await app.sql('DELETE FROM people');
  expect(await forAnon.take(3)).toEqual([
    ['INSERT', { id: 1, name: 'Ada' }, null],
    ['UPDATE', { id: 1, name: 'Ada' }, { id: 1 }],
    ['DELETE', null, { id: 1 }],
  ]);
});

test('restrictive policies narrow, policies of other roles and of other commands do not widen', async () => {
  await using app = await testApp();
  await app.sql(`CREATE TABLE items (id int PRIMARY KEY, is_open boolean, is_banned boolean);
    CREATE POLICY open ON items FOR SELECT USING (is_open);
    CREATE POLICY not_banned ON items AS RESTRICTIVE USING (NOT is_banned);
    CREATE POLICY admins ON items FOR SELECT TO project_admin USING (true);
    CREATE POLICY writers ON items FOR UPDATE USING (true)`);
  await using forAnon = await watch(app, await app.anon(), 'items');
  await app.sql('INSERT INTO items VALUES (1, true, true), (2, false, false), (3, true, false), (4, NULL, false)');
  await app.sql('DELETE FROM items WHERE id <> 3');
  await app.sql('DELETE FROM items');
  expect(await forAnon.take(2)).toEqual([
    ['INSERT', { id: 3, is_open: true, is_banned: false }, null],
    ['DELETE', null, { id: 3 }],
  ]);
});

test('a policy that looks into another table is asked as the subscriber', async () => {
  await using app = await testApp();
  const [ada, bob] = [await app.as('ada'), await app.as('bob')];
  await app.sql(`CREATE TABLE members (team int, member uuid, PRIMARY KEY (team, member));
    CREATE POLICY me ON members FOR SELECT USING (member = auth.uid());
    CREATE TABLE posts (id int PRIMARY KEY, team int);
    CREATE POLICY team ON posts FOR SELECT
      USING (EXISTS (SELECT FROM members WHERE members.team = posts.team))`);
  await app.sql('INSERT INTO members VALUES (1, $1), (2, $2)', [ada.id, bob.id]);
  await using forAda = await watch(app, ada, 'posts');
  await app.sql('INSERT INTO posts VALUES (10, 2), (11, 1)');
  await app.sql('DELETE FROM posts');
  expect(await forAda.take(2)).toEqual([
    ['INSERT', { id: 11, team: 1 }, null],
    ['DELETE', null, { id: 11 }],
  ]);
});

test('a changed policy holds for the very next commit', async () => {
  await using app = await testApp();
  await app.sql(notes);
  await using forAnon = await watch(app, await app.anon(), 'notes');
  for (let id = 0; id < 40; id += 4) {
    await app.sql(`ALTER POLICY open ON notes USING (title = 'public')`);
    await app.sql(`INSERT INTO notes (id, title) VALUES ($1, 'public')`, [id]);
    expect((await forAnon.next())[1]).toMatchObject({ id });
    await app.sql(`ALTER POLICY open ON notes USING (title = 'marker')`);
    await app.sql(`INSERT INTO notes (id, title) VALUES ($1, 'public')`, [id + 1]);
    await app.sql(`INSERT INTO notes (id, title) VALUES ($1, 'marker')`, [id + 2]);
    expect((await forAnon.next())[1]).toMatchObject({ id: id + 2 });
  }
});

test('a row on which a policy fails is withheld, and the rows around it arrive', async () => {
  await using app = await testApp();
  await app.sql(`CREATE TABLE ratios (id int PRIMARY KEY, d int);
    CREATE POLICY ratio ON ratios FOR SELECT USING (10 / d > 1)`);
  await using forAnon = await watch(app, await app.anon(), 'ratios');
  await app.sql('INSERT INTO ratios VALUES (1, 2), (2, 0), (3, 4)');
  expect((await forAnon.take(2)).map(([, record]) => record)).toEqual([
    { id: 1, d: 2 },
    { id: 3, d: 4 },
  ]);
});
