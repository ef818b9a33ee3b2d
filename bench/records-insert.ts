import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { inTurn, report } from './harness.ts';
import { startRowsBench } from './rows-server.ts';

/** Promise: a bulk of 10,000 rows through one POST >= 0.5 x the same rows through COPY. */
await using bench = await startRowsBench(`
  CREATE TABLE public.bench_rows (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY, name text, score float8, at timestamptz);
  CREATE POLICY all_rows ON public.bench_rows TO authenticated USING (true) WITH CHECK (true)`);
const rows = Array.from({ length: 10_000 }, (_, n) => ({ name: `row ${n}`, score: n / 7, at: '2026-01-02T03:04:05Z' }));
const json = JSON.stringify(rows);
const lines = rows.map(({ name, score, at }) => `${name}\t${score}\t${at}\n`).join('');

const client = new pg.Client({ connectionString: bench.databaseUrl });
await client.connect();
const perSecond = async (insert: () => Promise<void>) => {
  const startedAt = performance.now();
  for (let n = 0; n < 10; n += 1) await insert();
  const figure = (10 * rows.length) / ((performance.now() - startedAt) / 1000);
  await client.query('TRUNCATE public.bench_rows');
  return figure;
};
const result = await inTurn(
  5,
  () =>
    perSecond(async () => {
      const headers = { ...bench.headers, 'content-type': 'application/json' };
      const answer = await fetch(`${bench.records}/bench_rows`, { method: 'POST', headers, body: json });
      if (answer.status !== 201) throw new Error(`The insert was answered ${answer.status}: ${await answer.text()}`);
      await answer.arrayBuffer();
    }),
  () =>
    perSecond(() => pipeline([lines], client.query(copyFrom('COPY public.bench_rows (name, score, at) FROM STDIN')))),
);
report('records-insert', 'rows/s', result, { atLeast: 0.5 });
await client.end();
