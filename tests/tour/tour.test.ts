import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startProcess } from '../boot/process.ts';

/** The README's tour, on the program that `npm start` runs, with nothing but what it prints and HTTP. */
test('a stranger signs up, makes a table, writes and reads rows on both faces, and sees the change arrive', async () => {
  await using server = await startProcess();
  const base = await server.url();
  const [, adminPassword = ''] = await server.printed(/Admin\s+admin \/ (\S+)/);
  const anonHeaders = JSON.parse(
    /"headers":"(\{.*?\})"/
      .exec(await graphiqlPage(base))?.[1]
      ?.replaceAll('\\n', '')
      .replaceAll('\\"', '"') ?? '{}',
  );
  expect(anonHeaders.authorization, 'GraphiQL opens with the anon key').toMatch(/^Bearer anon_[0-9a-f]{64}$/);

  const ada = await ask(
    base,
    'mutation { signUp(input: {email: "ada@example.com", password: "correct horse battery", name: "Ada"}) { user { id email } accessToken refreshToken } }',
  );
  const bob = await ask(
    base,
    'mutation { signUp(input: {email: "bob@example.com", password: "correct horse battery", name: "Bob"}) { accessToken } }',
  );
  const admin = await ask(
    base,
    `mutation { signInAdmin(input: {username: "admin", password: "${adminPassword}"}) { accessToken } }`,
  );
  const as = (session: { accessToken: string }) => ({ authorization: `Bearer ${session.accessToken}` });

  const table = `CREATE TABLE posts (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      owner uuid NOT NULL DEFAULT auth.uid() REFERENCES auth.users (id),
      title text NOT NULL
    );
    CREATE POLICY own ON posts USING (owner = auth.uid());`;
  await ask(base, `mutation { runSql(query: """${table}""") { rowCount } }`, as(admin.signInAdmin));

  const changes = watch(base, as(ada.signUp), 'subscription { recordChanges(table: "posts") { operation record } }');
  const foreign = watch(base, as(bob.signUp), 'subscription { recordChanges(table: "posts") { operation record } }');

  const written = await ask(
    base,
    'mutation { insertRecords(table: "posts", records: [{title: "Hello"}]) }',
    as(ada.signUp),
  );
  expect(written.insertRecords).toMatchObject([{ title: 'Hello', owner: ada.signUp.user.id }]);

  const query = '{ records(table: "posts", orderBy: [{title: "ASC"}]) }';
  expect((await ask(base, query, as(ada.signUp))).records).toEqual(written.insertRecords);
  expect((await ask(base, query, as(bob.signUp))).records).toEqual([]);
  expect((await ask(base, query, anonHeaders)).records).toEqual([]);

  const rest = (headers: Record<string, string>) =>
    fetch(`${base}/api/database/records/posts?select=id,owner,title&order=title`, { headers }).then((response) =>
      response.json(),
    );
  expect(await rest(as(ada.signUp))).toEqual(written.insertRecords);
  expect(await rest(as(bob.signUp))).toEqual([]);

  // A subscription tells of what is committed after it has begun, so each writes until the echo of one of its rows.
  const insert = (session: { accessToken: string }, title: string) =>
    ask(base, `mutation { insertRecords(table: "posts", records: [{title: "${title}"}]) }`, as(session));
  const own = await echo(changes, () => insert(ada.signUp, "Ada's"));
  expect(own).toMatchObject({ operation: 'INSERT', record: { title: "Ada's", owner: ada.signUp.user.id } });
  const seenByBob = await echo(foreign, async () => {
    await insert(ada.signUp, "Ada's again");
    await insert(bob.signUp, 'Bob was here');
  });
  expect(seenByBob).toMatchObject({ operation: 'INSERT', record: { title: 'Bob was here' } });
});

/** Writes until the subscription answers. */
async function echo(changes: AsyncIterator<{ recordChanges: object }>, write: () => Promise<unknown>): Promise<object> {
  const first = changes.next();
  for (let seen = false; !seen; ) {
    await write();
    seen = await Promise.race([first.then(() => true), delay(200, false)]);
  }
  return (await first).value.recordChanges;
}

const graphiqlPage = async (base: string) =>
  (await fetch(`${base}/graphql`, { headers: { accept: 'text/html' } })).text();

// biome-ignore lint/suspicious/noExplicitAny: the tour reads answers as a person would, without generated types
async function ask(base: string, query: string, headers: Record<string, string> = {}): Promise<any> {
  const response = await fetch(`${base}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = await response.json();
  expect(errors, query).toBeUndefined();
  return data;
}

function watch(base: string, connectionParams: Record<string, string>, query: string) {
  const url = `${base.replace('http', 'ws')}/graphql`;
  return recordChanges(createClient({ url, webSocketImpl: WebSocket, connectionParams }).iterate({ query }));
}

async function* recordChanges(
  results: AsyncIterable<{ data?: unknown; errors?: unknown }>,
): AsyncGenerator<{ recordChanges: object }> {
  for await (const { data, errors } of results) {
    expect(errors).toBeUndefined();
    yield data as { recordChanges: object };
  }
}
