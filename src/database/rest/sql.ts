import type { FastifyInstance } from 'fastify';
import type { AdminVerbs } from '../admin-verbs.ts';
import { adminRecordsRest } from './admin-records.ts';
import { exportRest } from './export.ts';
import { migrationsRest } from './migrations.ts';
import { transferRest } from './transfer.ts';

/** Contract §5 to §8: what operators do with SQL. */
export const sqlRest =
  (verbs: AdminVerbs) =>
  async (api: FastifyInstance): Promise<void> => {
    api.post('/database/advance/rawsql', (req) => verbs.sql.runSql(req.call, req.body));
    api.post('/database/advance/rawsql/unrestricted', (req) => verbs.sql.runSqlUnrestricted(req.call, req.body));
    await api.register(migrationsRest(verbs));
    await api.register(transferRest(verbs));
    await api.register(exportRest(verbs));
    await api.register(adminRecordsRest(verbs));
  };
