import Fastify from 'fastify';
import pg from 'pg';

/** Bare routes with the same plain SQL: what the rows cost without the query layer. Prints its address. */
const pool = new pg.Pool({ connectionString: process.env.BENCH_DATABASE_URL, max: 50 });
const server = Fastify();

server.get<{ Querystring: { id: string } }>('/row', async (req) => {
  const { rows } = await pool.query('SELECT * FROM public.bench_notes WHERE id = $1', [req.query.id]);
  return rows;
});

/** Three levels, written by hand: Postgres builds the whole body. */
server.get('/tree', async (_req, reply) => {
  const { rows } = await pool.query<{ body: string }>(`
    SELECT json_agg(a)::text AS body FROM (
      SELECT a.id, a.name, (
        SELECT coalesce(json_agg(b), '[]') FROM (
          SELECT b.id, b.title, (
            SELECT coalesce(json_agg(c), '[]') FROM (
              SELECT c.id, c.text FROM public.bench_comments c WHERE c.book_id = b.id) c) AS bench_comments
          FROM public.bench_books b WHERE b.author_id = a.id) b) AS bench_books
      FROM public.bench_authors a) a`);
  return reply.type('application/json; charset=utf-8').send(rows[0]?.body);
});

await server.listen({ host: '127.0.0.1', port: 0 });
const address = server.server.address();
if (address && typeof address === 'object') console.log(`ready http://127.0.0.1:${address.port}`);
process.once('SIGINT', () => void server.close().then(() => pool.end()));
