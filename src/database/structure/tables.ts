import type { Call } from '../../core/call.ts';
import { notFound } from '../../core/errors.ts';
import { parse } from '../../core/parse.ts';
import { checkIdentifier, quoted, sqlTypes, validationError } from '../rules.ts';
import { alterTable } from './alter-table.ts';
import { createRunDdl, type StructureDeps, schemaOf } from './ddl.ts';
import {
  type CheckedColumn,
  type CreateTable,
  createTableInput,
  ownColumns,
  refuseReserved,
  sourceColumns,
  type UpdateTable,
  updateTableInput,
} from './table-input.ts';
import { createTableSql, foreignKeySql, type TableName, timestampTriggerSql } from './table-statements.ts';

export type Tables = ReturnType<typeof createTables>;

/** What `create` answers: the caller's columns with the SQL type each got. */
export interface CreatedTable {
  schemaName: string;
  tableName: string;
  columns: (CheckedColumn & { sqlType: string })[];
  autoFields: string[];
}
/** `operations` are sentences for people, one per step, in the order they were done. */
export interface AlteredTable {
  schemaName: string;
  /** Before any renaming. */
  tableName: string;
  newTableName: string;
  operations: string[];
}
interface Place {
  /** As `?schema=`: blank or absent is `public`. */
  schema?: unknown;
}

/** Tables of the project, as the table API shapes them. */
export function createTables(deps: StructureDeps) {
  const runDdl = createRunDdl(deps);
  return { create, alter, drop };

  /**
   * A table with its reserved columns, foreign keys, row-level security and timestamp trigger: all or nothing.
   * Errors: INVALID_INPUT, DATABASE_VALIDATION_ERROR, DATABASE_DUPLICATE, DATABASE_FORBIDDEN (foreign key on a reserved column), FORBIDDEN.
   */
  async function create(call: Call, { schema: place, table }: Place & { table: CreateTable }): Promise<CreatedTable> {
    const schema = schemaOf(call, { schema: place });
    const input = parse(createTableInput, table);
    const name: TableName = { schema, table: checkIdentifier(input.tableName, 'table') };
    const columns = ownColumns(input.columns);
    if (columns.length === 0)
      throw validationError(
        'The table needs at least one column of its own',
        'Add a column besides the reserved ones.',
      );
    const keys = input.foreignKeys ?? [];
    refuseReserved(sourceColumns(keys), 400);
    const constraints = keys.map((key) => foreignKeySql(name, key).sql);

    const change = { action: 'CREATE_TABLE', schema, object: name.table, details: { table: name.table } };
    await runDdl(call, change, async (client) => {
      await client.query(createTableSql(name, columns, sourceColumns(keys)));
      const state = input.rlsEnabled === false ? 'DISABLE' : 'ENABLE';
      const actions = [`${state} ROW LEVEL SECURITY`, ...constraints];
      await client.query(`ALTER TABLE ${quoted(schema, name.table)} ${actions.join(', ')}`);
      await client.query(timestampTriggerSql(name));
      return true;
    });
    return {
      schemaName: schema,
      tableName: name.table,
      columns: columns.map((column) => ({ ...column, sqlType: sqlTypes[column.type] })),
      autoFields: ['id', 'created_at', 'updated_at'],
    };
  }

  /**
   * Changes one table in the order of contract §4.7, all or nothing.
   * Errors: DATABASE_NOT_FOUND (table, foreign key), DATABASE_FORBIDDEN (reserved column), DATABASE_VALIDATION_ERROR, DATABASE_DUPLICATE, and those of Postgres.
   */
  async function alter(
    call: Call,
    { schema: place, tableName, changes }: Place & { tableName: string; changes: UpdateTable },
  ): Promise<AlteredTable> {
    const schema = schemaOf(call, { schema: place });
    const input = parse(updateTableInput, changes);
    const table = checkIdentifier(tableName, 'table');
    const change = { action: 'UPDATE_TABLE', schema, object: table, details: { table } };
    const operations = await runDdl(call, change, async (client) => {
      await lockTable(client, { schema, table });
      const steps = await alterTable(client, { schema, table }, input);
      return steps.length > 0 ? steps : null;
    });
    const newTableName = input.renameTable?.newTableName ?? table;
    return { schemaName: schema, tableName: table, newTableName, operations: operations ?? [] };
  }

  /** With everything that depends on it. A table that does not exist is fine: `existed` tells. Errors: FORBIDDEN, DATABASE_VALIDATION_ERROR (a view). */
  async function drop(call: Call, { schema: place, tableName }: Place & { tableName: string }) {
    const schema = schemaOf(call, { schema: place });
    const table = checkIdentifier(tableName, 'table');
    const change = { action: 'DELETE_TABLE', schema, object: table, details: { table } };
    const dropped = await runDdl(call, change, async (client) => {
      if (!(await exists(client, { schema, table }, ['r', 'p', 'v', 'm', 'f']))) return null;
      await client.query(`DROP TABLE IF EXISTS ${quoted(schema, table)} CASCADE`);
      return true;
    });
    return { schemaName: schema, tableName: table, existed: dropped === true };
  }
}

/** Nobody else alters or drops it until this transaction ends. Errors: DATABASE_NOT_FOUND. */
async function lockTable(client: TableClient, name: TableName): Promise<void> {
  if (!(await exists(client, name, ['r', 'p']))) throw tableNotFound(name.table);
  await client.query(`LOCK TABLE ONLY ${quoted(name.schema, name.table)} IN SHARE UPDATE EXCLUSIVE MODE`);
}

type TableClient = Parameters<typeof alterTable>[0];

async function exists(client: TableClient, { schema, table }: TableName, kinds: string[]): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1::text AND c.relname = $2::text AND c.relkind = ANY ($3::"char"[])`,
    [schema, table, kinds],
  );
  return rowCount === 1;
}

export const tableNotFound = (table: string) => notFound('table', table, 'DATABASE_NOT_FOUND');
