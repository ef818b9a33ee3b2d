import { join } from 'node:path';
import { inTurn, report, requestsPerSecond, startPleiad, startProgram } from './harness.ts';

/** Promise: a trivial query through the full plugin stack >= 0.8 x bare Yoga on the same Fastify, with the same graph. */
await using pleiad = await startPleiad();
await using bare = await startProgram(join(import.meta.dirname, 'graphql-pipeline.baseline.ts'), /ready (http:\S+)/);

const request = {
  method: 'POST' as const,
  headers: { 'content-type': 'application/json', accept: 'application/json' },
  body: JSON.stringify({ query: 'query Health { health { status } }' }),
};
const result = await inTurn(
  5,
  () => requestsPerSecond({ ...request, url: `${pleiad.url}/graphql` }),
  () => requestsPerSecond({ ...request, url: `${bare.answer}/graphql` }),
);
report('graphql-pipeline', 'requests/s', result, { atLeast: 0.8 });
