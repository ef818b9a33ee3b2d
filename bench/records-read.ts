import { inTurn, report, requestsPerSecond } from './harness.ts';
import { startRowsBench } from './rows-server.ts';

/** Promise: one row by key under row-level security >= 0.6 x a bare Fastify route with the same plain select. */
await using bench = await startRowsBench(`
  CREATE TABLE public.bench_notes (id int PRIMARY KEY, owner uuid NOT NULL, title text, body text, created_at timestamptz DEFAULT now());
  CREATE POLICY own ON public.bench_notes TO authenticated USING (owner = (SELECT auth.uid()));
  INSERT INTO public.bench_notes (id, owner, title, body)
    SELECT n, :user, 'note ' || n, repeat('x', 200) FROM generate_series(1, 10000) AS n`);

const result = await inTurn(
  5,
  () => requestsPerSecond({ url: `${bench.records}/bench_notes?id=eq.4711`, headers: bench.headers }),
  () => requestsPerSecond({ url: `${bench.baseline}/row?id=4711` }),
);
report('records-read', 'requests/s', result, { atLeast: 0.6 });
