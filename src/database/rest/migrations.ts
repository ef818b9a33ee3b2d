import type { FastifyInstance } from 'fastify';
import type { AdminVerbs } from '../admin-verbs.ts';

/** Contract §8. */
export const migrationsRest =
  ({ migrations }: Pick<AdminVerbs, 'migrations'>) =>
  async (api: FastifyInstance): Promise<void> => {
    api.get('/database/migrations', async (req) => ({ migrations: await migrations.list(req.call) }));

    api.post('/database/migrations', async (req, reply) => {
      const migration = await migrations.apply(req.call, req.body);
      return reply.status(201).send({ ...migration, message: 'Migration executed successfully' });
    });

    api.post('/database/migrations/dry-run', (req) => migrations.rehearse(req.call, req.body));
  };
