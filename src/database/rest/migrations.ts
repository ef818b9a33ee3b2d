import type { FastifyInstance } from 'fastify';
import type { AdminVerbs } from '../admin-verbs.ts';

/** Contract §8, and drift: how the database stands to its migrations. */
export const migrationsRest =
  ({ migrations }: Pick<AdminVerbs, 'migrations'>) =>
  async (api: FastifyInstance): Promise<void> => {
    api.get('/database/migrations', async (req) => ({ migrations: await migrations.list(req.call) }));

    api.post('/database/migrations', async (req, reply) => {
      const migration = await migrations.apply(req.call, req.body);
      return reply.status(201).send({ ...migration, message: 'Migration executed successfully' });
    });

    api.get('/database/migrations/drift', (req) => migrations.drift(req.call, {}));
    api.post('/database/migrations/drift', (req) => migrations.drift(req.call, req.body));

    api.post('/database/migrations/dry-run', (req) => migrations.rehearse(req.call, req.body));
  };
