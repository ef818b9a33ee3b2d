import { expect, test } from 'vitest';
import type { Call } from '../../src/core/call.ts';
import { createInTx } from '../../src/core/in-tx.ts';
import { createLog } from '../../src/core/log.ts';
import { testApp } from '../app.ts';

const call: Call = {
  viewer: { kind: 'apiKey', id: 'api-key', role: 'project_admin', claims: { role: 'project_admin' } },
  credentialError: null,
  signal: new AbortController().signal,
  log: createLog('silent'),
  requestId: 'request-1',
  ip: '127.0.0.1',
};
const deed = { module: 'AUTH', action: 'TEST', subject: 'thing' };

test('the audit row and the event of a transaction leave together, after the commit', async () => {
  await using app = await testApp();
  const inTx = createInTx(app);
  const rowsWhenAnnounced: Promise<unknown>[] = [];
  app.bus.on('auth.user.created', () => rowsWhenAnnounced.push(app.sql('SELECT subject FROM system.audit_entries')));
  await inTx(call, async (tx) => {
    await tx.audit(deed);
    tx.emit('auth.user.created', { userId: 'u' });
    expect(app.events).toEqual([]);
  });
  expect(app.events.toSorted()).toEqual(['audit.recorded', 'auth.user.created']);
  expect(await rowsWhenAnnounced[0]).toEqual([{ subject: 'thing' }]);
  expect(await app.sql('SELECT actor_id, request_id, ip FROM system.audit_entries')).toEqual([
    { actor_id: 'api-key', request_id: 'request-1', ip: '127.0.0.1' },
  ]);
});

test('a transaction that fails leaves no row, no audit and no event', async () => {
  await using app = await testApp();
  const inTx = createInTx(app);
  const failing = inTx(call, async (tx) => {
    await tx.db.user.create({ data: { email: 'ada@example.com' } });
    await tx.audit(deed);
    tx.emit('auth.user.created', { userId: 'u' });
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(app.events).toEqual([]);
  expect(await app.sql('SELECT FROM auth.users UNION ALL SELECT FROM system.audit_entries')).toEqual([]);
});
