import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { requireAdmin } from '../../core/call.ts';
import { parse } from '../../core/parse.ts';
import { metadataMarkdown } from '../metadata-markdown.ts';
import type { Database } from '../service.ts';

const query = z.object({ format: z.enum(['json', 'markdown']).default('json') });

/** Contract §6.2. The names of slices win over tables of the same name; other fixed names are other rooms' routes. */
export const metadataRest =
  ({ metadata }: Pick<Database, 'metadata'>) =>
  async (api: FastifyInstance): Promise<void> => {
    api.get('/metadata', async (req, reply) => {
      requireAdmin(req.call);
      const { format } = parse(query, req.query);
      const whole = await metadata.whole(req.call);
      if (format === 'json') return whole;
      return reply.type('text/markdown; charset=utf-8').send(metadataMarkdown(whole));
    });

    api.get<{ Params: { name: string }; Querystring: { schema?: string } }>('/metadata/:name', (req) => {
      const { name } = req.params;
      if (metadata.isSlice(name)) return metadata.slice(req.call, name);
      return metadata.table(req.call, { schema: req.query.schema, tableName: name });
    });
  };
