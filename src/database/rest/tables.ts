import type { FastifyInstance } from 'fastify';
import type { Database } from '../service.ts';
import type { CreateTable, UpdateTable } from '../structure/table-input.ts';

interface InSchema {
  Querystring: { schema?: string | string[] };
}
interface OnTable extends InSchema {
  Params: { table: string };
}

/** Contract §4: the table API. */
export const tablesRest =
  ({ tables, introspection }: Pick<Database, 'tables' | 'introspection'>) =>
  async (api: FastifyInstance): Promise<void> => {
    api.get<InSchema>('/database/tables', async (req) =>
      (await introspection.listTables(req.call, req.query)).map((table) => table.tableName),
    );

    api.post<InSchema & { Body: CreateTable }>('/database/tables', async (req, reply) => {
      const created = await tables.create(req.call, { schema: req.query.schema, table: req.body });
      reply.status(201);
      return {
        schemaName: created.schemaName,
        message: 'table created successfully',
        tableName: created.tableName,
        columns: created.columns,
        autoFields: created.autoFields,
        nextActions: 'Add row-level security policies: without one, only admins see or write its rows.',
      };
    });

    api.get<OnTable>('/database/tables/:table/schema', (req) =>
      introspection.describeTable(req.call, { schema: req.query.schema, tableName: req.params.table }),
    );

    api.patch<OnTable & { Body: UpdateTable }>('/database/tables/:table/schema', async (req) => {
      const place = { schema: req.query.schema, tableName: req.params.table };
      const { schemaName, tableName, operations } = await tables.alter(req.call, { ...place, changes: req.body });
      return { schemaName, message: 'table schema updated successfully', tableName, operations };
    });

    api.delete<OnTable>('/database/tables/:table', async (req) => {
      const place = { schema: req.query.schema, tableName: req.params.table };
      const { schemaName, tableName } = await tables.drop(req.call, place);
      const nextActions = 'Its rows are gone, and so are the views and foreign keys that depended on it.';
      return { schemaName, message: 'table deleted successfully', tableName, nextActions };
    });
  };
