import type { FastifyInstance } from 'fastify';
import type { Database } from '../service.ts';
import { advisorRest } from './advisor.ts';
import { metadataRest } from './metadata.ts';
import { sqlRest } from './sql.ts';
import { structureRest } from './structure.ts';
import { tablesRest } from './tables.ts';

/** Everything of the database room under `/api`. Each registrar names its whole path. */
export const databaseRest =
  (database: Database) =>
  async (api: FastifyInstance): Promise<void> => {
    await api.register(tablesRest(database));
    await api.register(structureRest(database));
    await api.register(sqlRest(database));
    await api.register(metadataRest(database));
    await api.register(advisorRest(database.advisor));
  };
