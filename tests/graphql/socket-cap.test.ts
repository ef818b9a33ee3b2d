import { createClient } from 'graphql-ws';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { testApp } from '../app.ts';

test('one connection runs a bounded number of operations; the next one is refused', async () => {
  await using app = await testApp();
  const url = `${(await app.listen()).replace('http', 'ws')}/graphql`;
  const client = createClient({ url, webSocketImpl: WebSocket, connectionParams: { apiKey: app.keys.api } });
  const query = 'subscription { auditEntries { id } }';
  const refusal = new Promise<unknown>((resolve, reject) => {
    for (let count = 0; count <= 200; count += 1) {
      client.subscribe({ query }, { next: reject, complete: () => undefined, error: resolve });
    }
  });
  expect(await refusal).toMatchObject([{ extensions: { code: 'TOO_MANY_REQUESTS', status: 429 } }]);
  const alive = client.iterate({ query: '{ health { status } }' });
  await expect(alive.next()).rejects.toMatchObject([{ extensions: { code: 'TOO_MANY_REQUESTS' } }]);
  await client.dispose();
});
