import type { FastifyInstance } from 'fastify';
import type { Database } from '../service.ts';

/** Contract §5.1: raw SQL. */
export const sqlRest =
  ({ sql }: Pick<Database, 'sql'>) =>
  async (api: FastifyInstance): Promise<void> => {
    api.post('/database/advance/rawsql', (req) => sql.runSql(req.call, req.body));
    api.post('/database/advance/rawsql/unrestricted', (req) => sql.runSqlUnrestricted(req.call, req.body));
  };
