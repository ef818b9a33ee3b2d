import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { Defer20220824Handler } from '@apollo/client/incremental';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client, cacheExchange, fetchExchange, subscriptionExchange } from '@urql/core';
import { OperationTypeNode } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestApp, testApp } from '../app.ts';
import { openWs } from './transports.ts';

let app: TestApp;
let base: string;
beforeAll(async () => {
  app = await testApp();
  base = await app.listen();
  await app.sql('CREATE TABLE n (id serial PRIMARY KEY); CREATE POLICY all_rows ON n USING (true)');
});
afterAll(() => app[Symbol.asyncDispose]());

const health = '{ health { status } }';
const changes = 'subscription { recordChanges(table: "n") { operation } }';
const signUp =
  'mutation ($email: String!) { signUp(input: {email: $email, password: "long enough 1"}) { accessToken user { email } } }';

/** Writes until the stream has told of it: then it was live. */
const untilTold = async (told: () => boolean) =>
  expect
    .poll(
      async () => {
        await app.sql('INSERT INTO n DEFAULT VALUES');
        return told();
      },
      { timeout: 15_000 },
    )
    .toBe(true);

describe('urql', () => {
  const urql = (headers: Record<string, string>) => {
    const sockets = openWs(base, headers);
    return {
      sockets,
      client: new Client({
        url: `${base}/graphql`,
        preferGetMethod: false,
        fetchOptions: { headers },
        exchanges: [
          cacheExchange,
          fetchExchange,
          subscriptionExchange({
            forwardSubscription: (request) => ({
              subscribe: (sink) => ({
                unsubscribe: sockets.subscribe(
                  { query: request.query ?? '', variables: request.variables as never },
                  sink as never,
                ),
              }),
            }),
          }),
        ],
      }),
    };
  };

  test('queries, mutates, sees error codes and subscribes over a WebSocket', async () => {
    const { client, sockets } = urql((await app.anon()).headers);
    expect((await client.query(health, {})).data).toMatchObject({ health: { status: 'ok' } });
    expect((await client.mutation(signUp, { email: 'urql@example.com' })).data.signUp.user.email).toBe(
      'urql@example.com',
    );
    const refused = await client.query('{ auditEntries { edges { node { id } } } }', {});
    expect(refused.error?.graphQLErrors[0]?.extensions).toMatchObject({ code: 'AUTH_UNAUTHORIZED', status: 403 });
    const told: unknown[] = [];
    const { unsubscribe } = client.subscription(changes, {}).subscribe(({ data }) => told.push(data));
    await untilTold(() => told.length > 0);
    unsubscribe();
    expect(told[0]).toEqual({ recordChanges: { operation: 'INSERT' } });
    await sockets.dispose();
  });

  test('subscribes over SSE by its own fetch', async () => {
    const { headers } = await app.anon();
    const client = new Client({
      url: `${base}/graphql`,
      preferGetMethod: false,
      fetchOptions: { headers },
      fetchSubscriptions: true,
      exchanges: [fetchExchange],
    });
    const told: unknown[] = [];
    const { unsubscribe } = client.subscription(changes, {}).subscribe(({ data }) => told.push(data));
    await untilTold(() => told.length > 0);
    unsubscribe();
    expect(told[0]).toMatchObject({ recordChanges: { operation: 'INSERT' } });
  });
});

describe('Apollo Client', () => {
  const apollo = (headers: Record<string, string>) => {
    const sockets = openWs(base, headers);
    const client = new ApolloClient({
      cache: new InMemoryCache(),
      incrementalHandler: new Defer20220824Handler(),
      link: ApolloLink.split(
        ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
        new GraphQLWsLink(sockets),
        new HttpLink({ uri: `${base}/graphql`, headers }),
      ),
    });
    return { client, sockets };
  };

  test('queries, mutates, sees error codes and subscribes over a WebSocket', async () => {
    const { client, sockets } = apollo((await app.anon()).headers);
    expect((await client.query({ query: gql(health) })).data).toMatchObject({ health: { status: 'ok' } });
    const made = await client.mutate<{ signUp: { user: { email: string } } }>({
      mutation: gql(signUp),
      variables: { email: 'apollo@example.com' },
    });
    expect(made.data?.signUp.user.email).toBe('apollo@example.com');
    await expect(client.query({ query: gql('{ auditEntries { edges { node { id } } } }') })).rejects.toMatchObject({
      errors: [{ extensions: { code: 'AUTH_UNAUTHORIZED', status: 403 } }],
    });
    const told: unknown[] = [];
    const subscription = client.subscribe({ query: gql(changes) }).subscribe(({ data }) => told.push(data));
    await untilTold(() => told.length > 0);
    subscription.unsubscribe();
    expect(told[0]).toMatchObject({ recordChanges: { operation: 'INSERT' } });
    await sockets.dispose();
  });

  test('@defer brings the first part before the deferred one', async () => {
    const { client, sockets } = apollo((await app.admin()).headers);
    const query = gql('query { health { status } ... @defer { auditEntries { edges { node { id } } } } }');
    const states: unknown[] = [];
    await new Promise<void>((resolve, reject) => {
      client.watchQuery({ query, fetchPolicy: 'network-only' }).subscribe({
        next: ({ data, dataState, error }) => {
          if (error) reject(error);
          if (data)
            states.push([
              dataState,
              Object.keys(data)
                .filter((name) => name !== '__typename')
                .sort(),
            ]);
          if (dataState === 'complete') resolve();
        },
        error: reject,
      });
    });
    expect(states).toEqual([
      ['streaming', ['health']],
      ['complete', ['auditEntries', 'health']],
    ]);
    await sockets.dispose();
  });
});

test('@stream brings a list item by item, in the form of August 2022', async () => {
  const { headers } = await app.admin();
  const response = await fetch(`${base}/graphql`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', accept: 'multipart/mixed;deferSpec=20220824' },
    body: JSON.stringify({
      query: '{ auditEntries(first: 2) { edges @stream(initialCount: 1) { node { action } } } }',
    }),
  });
  expect(response.headers.get('content-type')).toContain('multipart/mixed');
  const parts = (await response.text())
    .split(/\r?\n---.*\r?\n?/)
    .flatMap((part) => /\{.*\}/.exec(part)?.[0] ?? [])
    .map((part) => JSON.parse(part));
  expect(parts[0]).toMatchObject({ data: { auditEntries: { edges: [{}] } }, hasNext: true });
  expect(parts.slice(1).flatMap((part) => part.incremental ?? [])).toMatchObject([
    { items: [{ node: {} }], path: ['auditEntries', 'edges', 1] },
  ]);
  expect(parts.at(-1)).toMatchObject({ hasNext: false });
});
