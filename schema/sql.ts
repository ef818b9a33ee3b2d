import type { RawSqlResult } from '../src/database/sql/sql.ts';
import { builder } from './builder.ts';

const SqlField = builder.objectRef<RawSqlResult['fields'][number]>('SqlField').implement({
  description: 'One column of an SQL result.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'As the statement names it; not always unique.' }),
    dataTypeID: t.exposeInt('dataTypeID', { description: 'Oid of its Postgres type.' }),
  }),
});

const SqlResult = builder.objectRef<RawSqlResult>('SqlResult').implement({
  description: 'What the last statement of a script answered.',
  fields: (t) => ({
    rows: t.field({
      type: 'JSON',
      description: 'A list of objects, one a row. `int8` and `numeric` are text, so that no digit is lost.',
      resolve: (result) => result.rows,
    }),
    rowCount: t.exposeInt('rowCount', {
      nullable: true,
      description: 'Rows returned or affected; null for statements that have no such number.',
    }),
    fields: t.field({ type: [SqlField], resolve: (result) => result.fields }),
    warnings: t.stringList({
      description: 'What the script left behind that deserves a look, such as a table without row-level security.',
      resolve: (result) => result.warnings ?? [],
    }),
  }),
});

builder.mutationFields((t) => ({
  runSql: t.field({
    type: SqlResult,
    nullable: true,
    description: 'Runs SQL as `project_admin`, all statements as one transaction. Admins.',
    args: {
      query: t.arg.string({ required: true }),
      params: t.arg({ type: ['JSON'], description: 'Values of $1, $2, …; only with a single statement.' }),
      readOnly: t.arg.boolean({ defaultValue: false, description: 'Nothing can be written.' }),
      unrestricted: t.arg.boolean({ defaultValue: false, description: "Runs with the server's own rights." }),
    },
    resolve: (_root, { unrestricted, ...args }, { rooms, call }) => {
      const { sql } = rooms.database;
      const script = { query: args.query, params: args.params ?? [], readOnly: args.readOnly ?? false };
      return unrestricted ? sql.runSqlUnrestricted(call, script) : sql.runSql(call, script);
    },
  }),
  explainSql: t.field({
    type: SqlResult,
    nullable: true,
    description: 'Runs one SELECT, measures it and rolls back. The plan is in `rows[0]["QUERY PLAN"]`. Admins.',
    args: { query: t.arg.string({ required: true }), params: t.arg({ type: ['JSON'] }) },
    resolve: (_root, args, { rooms, call }) =>
      rooms.database.sql.explainSql(call, { query: args.query, params: args.params ?? [] }),
  }),
}));
