import { inTurn, report, requestsPerSecond } from './harness.ts';
import { startRowsBench } from './rows-server.ts';

/** Promise: three levels (20 x 5 x 5 rows) under row-level security >= 0.8 x the hand-written SQL through a bare route. */
await using bench = await startRowsBench(`
  CREATE TABLE public.bench_authors (id int PRIMARY KEY, name text);
  CREATE TABLE public.bench_books (id int PRIMARY KEY, title text, author_id int REFERENCES public.bench_authors);
  CREATE TABLE public.bench_comments (id int PRIMARY KEY, text text, book_id int REFERENCES public.bench_books);
  CREATE INDEX ON public.bench_books (author_id);
  CREATE INDEX ON public.bench_comments (book_id);
  CREATE POLICY all_rows ON public.bench_authors TO authenticated USING (true);
  CREATE POLICY all_rows ON public.bench_books TO authenticated USING (true);
  CREATE POLICY all_rows ON public.bench_comments TO authenticated USING (true);
  INSERT INTO public.bench_authors SELECT n, 'author ' || n FROM generate_series(1, 20) AS n;
  INSERT INTO public.bench_books SELECT n, 'book ' || n, (n - 1) / 5 + 1 FROM generate_series(1, 100) AS n;
  INSERT INTO public.bench_comments SELECT n, 'comment ' || n, (n - 1) / 5 + 1 FROM generate_series(1, 500) AS n`);

const select = 'select=id,name,bench_books(id,title,bench_comments(id,text))';
const result = await inTurn(
  5,
  () => requestsPerSecond({ url: `${bench.records}/bench_authors?${select}`, headers: bench.headers }),
  () => requestsPerSecond({ url: `${bench.baseline}/tree` }),
);
report('records-embed', 'requests/s', result, { atLeast: 0.8 });
