import type { FastifyInstance } from 'fastify';
import type { AdminVerbs } from '../admin-verbs.ts';

interface OnTable {
  Params: { table: string };
  Querystring: { schema?: string | string[] };
}

const path = '/database/admin/tables/:table/records';

/** Contract §7: the dashboard's row editor. */
export const adminRecordsRest =
  ({ adminRecords }: Pick<AdminVerbs, 'adminRecords'>) =>
  async (api: FastifyInstance): Promise<void> => {
    const placeOf = (req: { params: OnTable['Params']; query: OnTable['Querystring'] }) => ({
      schema: req.query.schema,
      table: req.params.table,
    });

    api.get<OnTable>(path, async (req, reply) => {
      const { rows, offset, total } = await adminRecords.listPage(req.call, placeOf(req), req.query);
      const shown = rows.length > 0 ? `${offset}-${offset + rows.length - 1}` : '*';
      reply.header('Content-Range', `${shown}/${total}`).header('Preference-Applied', 'count=exact');
      return reply.status(rows.length < total ? 206 : 200).send(rows);
    });

    api.get<OnTable>(`${path}/lookup`, async (req, reply) => {
      const row = await adminRecords.lookup(req.call, placeOf(req), req.query);
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(row));
    });

    api.post<OnTable>(path, async (req, reply) =>
      reply.status(201).send(await adminRecords.create(req.call, placeOf(req), req.body)),
    );

    api.patch<OnTable>(path, (req) => adminRecords.update(req.call, placeOf(req), req.body));

    api.delete<OnTable>(path, async (req) => ({
      deletedCount: await adminRecords.remove(req.call, placeOf(req), req.body),
    }));
  };
