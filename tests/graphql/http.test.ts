import { expect, test } from 'vitest';
import { testApp } from '../app.ts';

const query = '{ health { status } }';

test('bodies that a form of another origin could send are refused', async () => {
  await using app = await testApp();
  const nobody = app.nobody();
  const types = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
  ];
  for (const type of types) {
    const response = await nobody.request('POST', '/graphql', `{"query":"${query}"}`, { 'content-type': type });
    expect([type, response.statusCode]).toEqual([type, 415]);
    expect(response.json().errors[0].extensions).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE', status: 415 });
  }
});

test('a query may come by GET, a mutation may not', async () => {
  await using app = await testApp();
  const get = (text: string) =>
    app.nobody().get(`/graphql?query=${encodeURIComponent(text)}`, { accept: 'application/json' });
  expect((await get(query)).json()).toEqual({ data: { health: { status: 'ok' } } });
  const mutation = await get(
    'mutation { signUp(input: {email: "a@example.com", password: "longenough1"}) { accessToken } }',
  );
  expect(mutation.statusCode).toBe(405);
  expect(mutation.json().errors[0].extensions).toMatchObject({ code: 'BAD_REQUEST', status: 405 });
  expect(await app.db.user.count()).toBe(0);
  expect((await app.nobody().delete('/graphql')).statusCode).toBe(405);
});

test.each([
  ['an empty body', ''],
  ['malformed JSON', '{"query": '],
  ['a body that is a string', '"hello"'],
  ['a body that is null', 'null'],
  ['no query', '{}'],
  ['a query that is a number', '{"query": 1}'],
  ['variables that are a list', `{"query": "${query}", "variables": []}`],
  ['variables that are text', `{"query": "${query}", "variables": "x"}`],
  ['extensions that are text', `{"query": "${query}", "extensions": "x"}`],
  ['an operation name that is an object', `{"query": "${query}", "operationName": {}}`],
  ['an unknown parameter', `{"query": "${query}", "nonsense": 1}`],
  ['a batch of nothing sensible', '[1, null]'],
])('%s is a 4xx with a code and what to do', async (_what, payload) => {
  await using app = await testApp();
  const response = await app.nobody().request('POST', '/graphql', payload, { 'content-type': 'application/json' });
  const body = response.json();
  const first = Array.isArray(body) ? body[0] : body;
  if (!Array.isArray(body)) expect(response.statusCode).toBe(400);
  expect(first.errors[0].extensions).toMatchObject({
    code: 'BAD_REQUEST',
    status: 400,
    nextActions: expect.any(String),
  });
});

test.each([
  ['does not parse', 400, '{'],
  ['does not fit the schema', 400, '{ nothing }'],
  ['is too complex', 400, `{ health { ${'status '.repeat(5000)} } }`],
  ['has no such operation', 400, 'query A { __typename } query B { __typename }'],
  ['misses a variable', 400, 'query ($a: Boolean!) { __typename @skip(if: $a) }'],
  ['runs and is refused', 200, '{ auditEntries { edges { node { id } } } }'],
])('with the media type that allows it, a document that %s has status %i', async (_what, status, text) => {
  await using app = await testApp();
  const response = await app
    .nobody()
    .post('/graphql', { query: text }, { accept: 'application/graphql-response+json' });
  expect(response.statusCode).toBe(status);
  expect(response.json().errors[0].extensions).toMatchObject({
    code: expect.any(String),
    nextActions: expect.any(String),
  });
});

test('an empty batch is refused', async () => {
  await using app = await testApp();
  const response = await app.nobody().request('POST', '/graphql', '[]', { 'content-type': 'application/json' });
  expect(response.statusCode).toBe(400);
});

test('a body larger than a document can be is a 413', async () => {
  await using app = await testApp();
  const payload = JSON.stringify({ query: `{ health { status } } # ${'x'.repeat(4 * 1024 * 1024)}` });
  const response = await app.nobody().request('POST', '/graphql', payload, { 'content-type': 'application/json' });
  expect(response.statusCode).toBe(413);
  expect(response.json().errors[0].extensions).toMatchObject({ code: 'INVALID_INPUT', status: 413 });
});

test('a fault shows nothing of itself and is logged once, with its stack', async () => {
  const lines: string[] = [];
  await using app = await testApp({ onLog: (line) => lines.push(line) });
  const admin = await app.admin();
  await app.sql('ALTER TABLE system.audit_entries RENAME TO gone');
  const response = await admin.post('/graphql', { query: '{ auditEntries { edges { node { id } } } }' });
  expect(response.json()).toEqual({
    data: { auditEntries: null },
    errors: [
      {
        message: 'Internal server error',
        path: ['auditEntries'],
        locations: [{ line: 1, column: 3 }],
        extensions: { code: 'INTERNAL_ERROR', status: 500 },
      },
    ],
  });
  const faults = lines.map((line) => JSON.parse(line)).filter((line) => line.msg === 'fault');
  expect(faults).toHaveLength(1);
  expect(faults[0].err.stack).toContain('audit_entries');
});

test('a refused credential fails what needs one and not what is public', async () => {
  await using app = await testApp();
  const { json } = await app
    .nobody()
    .post(
      '/graphql',
      { query: `{ health { status } auditEntries { edges { node { id } } } }` },
      { authorization: 'Bearer not.a.token' },
    );
  const body = json();
  expect(body.data).toEqual({ health: { status: 'ok' }, auditEntries: null });
  expect(body.errors[0].extensions).toMatchObject({ code: 'AUTH_UNAUTHORIZED', status: 401 });
});
