import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AdminVerbs } from '../admin-verbs.ts';
import type { ExportResult, ExportSink } from '../transfer/export/export.ts';

/** Contract §5.3, streamed: the answer is never in memory whole. */
export const exportRest =
  ({ transfer }: Pick<AdminVerbs, 'transfer'>) =>
  async (api: FastifyInstance): Promise<void> => {
    api.post('/database/advance/export', (req, reply) =>
      stream(req, reply, async (out) => {
        const body = jsonBody(out);
        await body.end(await transfer.exportDatabase(req.call, req.body, body.sink));
      }),
    );

    api.get<{ Querystring: { token?: string } }>('/database/advance/export/download', (req, reply) =>
      stream(req, reply, async (out) => {
        const sink: ExportSink = {
          begin: async ({ format, timestamp }) => {
            const name = `database-${timestamp.replaceAll(':', '-')}.${format}`;
            reply.header('content-disposition', `attachment; filename="${name}"`);
            reply.header('x-content-type-options', 'nosniff');
            reply.type(format === 'sql' ? 'application/sql; charset=utf-8' : 'application/json; charset=utf-8');
          },
          write: out,
        };
        await transfer.openExportLink(req.call, String(req.query.token ?? ''), sink);
      }),
    );
  };

type Write = (text: string) => Promise<void>;

/** Answers once there is something to send: what fails before that is an ordinary error, what fails later cuts the answer. */
async function stream(req: FastifyRequest, reply: FastifyReply, run: (write: Write) => Promise<void>) {
  const out = new PassThrough();
  const write: Write = async (text) => {
    req.call.signal.throwIfAborted();
    if (!out.write(text)) await once(out, 'drain', { signal: req.call.signal });
  };
  reply.type('application/json; charset=utf-8');
  const done = run(write).then(
    () => void out.end(),
    (error: unknown) => {
      out.destroy(error as Error);
      throw error;
    },
  );
  const started = once(out, 'readable');
  started.catch(() => undefined);
  await Promise.race([started, done]);
  done.catch((error: unknown) => req.log.warn({ operation: 'database.export', err: error }, 'export cut short'));
  return reply.send(out);
}

/** `{"format":…,"data":…,"timestamp":…}`, with the script as one JSON string or the JSON object as it is. */
function jsonBody(write: Write) {
  let head = { format: 'sql', timestamp: '' };
  const sink: ExportSink = {
    begin: async (given) => {
      head = given;
      await write(`{"format":"${head.format}","data":${head.format === 'sql' ? '"' : ''}`);
    },
    write: (text) => write(head.format === 'sql' ? JSON.stringify(text).slice(1, -1) : text),
  };
  const end = async ({ truncatedTables, rowLimit }: ExportResult) => {
    const cut = truncatedTables.length > 0 ? { truncatedTables, rowLimit } : {};
    const tail = JSON.stringify({ timestamp: head.timestamp, ...cut }).slice(1);
    await write(`${head.format === 'sql' ? '"' : ''},${tail}`);
  };
  return { sink, end };
}
