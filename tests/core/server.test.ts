import { expect, test } from 'vitest';
import { testApp } from '../app.ts';
import { graphql } from '../gql/index.ts';

const AuditEntries = graphql(`query AuditEntries { auditEntries { edges { node { id action subject } } } }`);

test('health keeps the shape that clients of the compatible API check', async () => {
  await using app = await testApp();
  const health = (await app.nobody().get('/api/health')).json();
  expect(health).toMatchObject({ status: 'ok', service: 'Pleiad' });
  expect(Number(health.version.split('.')[0])).toBeGreaterThanOrEqual(2);
  expect(new Date(health.timestamp).toISOString()).toBe(health.timestamp);
});

test('an unknown endpoint is a JSON 404 with a next action', async () => {
  await using app = await testApp();
  const response = await app.nobody().get('/api/nowhere?x=1');
  expect(response.statusCode).toBe(404);
  expect(response.json()).toMatchObject({
    error: 'NOT_FOUND',
    message: 'Endpoint /api/nowhere not found',
    statusCode: 404,
  });
  expect(response.json().nextAction).toBe(response.json().nextActions);
});

test('the audit log is for admins', async () => {
  await using app = await testApp();
  expect((await app.nobody().gql(AuditEntries)).errors?.[0]?.extensions).toMatchObject({
    code: 'AUTH_INVALID_CREDENTIALS',
    status: 401,
  });
  expect((await (await app.anon()).gql(AuditEntries)).errors?.[0]?.extensions).toMatchObject({
    code: 'AUTH_UNAUTHORIZED',
    status: 403,
  });
  expect((await (await app.as('ada')).gql(AuditEntries)).errors?.[0]?.extensions).toMatchObject({
    code: 'AUTH_UNAUTHORIZED',
    status: 403,
  });
  expect((await (await app.admin()).gql(AuditEntries)).data).toEqual({ auditEntries: { edges: [] } });
});
