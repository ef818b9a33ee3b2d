import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { send } from '@fastify/send';
import Fastify from 'fastify';

/** Files and nothing else: what a download and an upload cost at the least on this machine. */
const dir = await mkdtemp(join(process.env.BENCH_DIR ?? '', 'baseline-'));
const app = Fastify({ logger: false });
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', (_req, _body, done) => done(null));

const fileOf = (params: unknown) => encodeURIComponent((params as { '*': string })['*']);
app.get('/*', async (req, reply) => {
  const { statusCode, headers, stream } = await send(req.raw, fileOf(req.params), { root: dir });
  return reply.code(statusCode).headers(headers).send(stream);
});
app.put('/*', async (req) => {
  const file = join(dir, fileOf(req.params));
  // `flush` syncs the file before it is closed: what a write that survives a power cut costs.
  await pipeline(req.raw, createWriteStream(file, { flush: req.headers['x-sync'] !== undefined }));
  return '';
});
app.delete('/*', async (req, reply) => {
  await unlink(join(dir, fileOf(req.params))).catch(() => undefined);
  return reply.code(204).send();
});

console.log(`ready ${await app.listen({ host: '127.0.0.1', port: 0 })}`);
process.on('SIGINT', async () => {
  await app.close();
  await rm(dir, { recursive: true, force: true });
  process.exit(0);
});
