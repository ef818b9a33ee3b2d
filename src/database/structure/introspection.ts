import type { Call } from '../../core/call.ts';
import { checkIdentifier } from '../rules.ts';
import { type ColumnInfo, readColumns } from './columns.ts';
import { createRead, type StructureDeps, schemaOf } from './ddl.ts';
import { readFunctions, readPolicies, readTriggers } from './objects.ts';
import { readForeignKeys, readIndexes } from './relations.ts';
import { readSchemas } from './schema-list.ts';
import { countRows, readTables, type TableInfo } from './table-list.ts';
import { tableNotFound } from './tables.ts';
import type { Target } from './target.ts';

export type Introspection = ReturnType<typeof createIntrospection>;

interface Place {
  /** As `?schema=`: blank or absent is `public`. */
  schema?: unknown;
}

const allKinds = ['r', 'p', 'v', 'm', 'f'];
/** Tables beginning with `_` are someone's bookkeeping; lists leave them out. */
const isShown = ({ tableName }: { tableName: string }) => !tableName.startsWith('_');

/**
 * What the database looks like, read from its catalog at each call. Every verb is for admins; lists are sorted by name.
 * Errors: as requireAdmin, INVALID_INPUT and DATABASE_VALIDATION_ERROR (schema).
 */
export function createIntrospection(deps: StructureDeps) {
  const read = createRead(deps);
  return {
    listSchemas: (call: Call) => read(call, readSchemas),
    listTables,
    findTable,
    describeTable,
    countTables,
    listFunctions: (call: Call, place: Place) => {
      const schema = schemaOf(call, place);
      return read(call, (client) => readFunctions(client, schema));
    },
    listIndexes: lister(readIndexes),
    listPolicies: lister(readPolicies),
    listTriggers: lister(readTriggers),
    columnsOf: details(readColumns),
    foreignKeysOf: details(readForeignKeys),
    indexesOf: details(readIndexes),
    policiesOf: details(readPolicies),
    triggersOf: details(readTriggers),
  };

  /** Of a whole schema, without hidden tables. */
  function lister<Row extends { tableName: string }>(readRows: Reader<Row>) {
    return async (call: Call, place: Place): Promise<Row[]> => {
      const target = { schema: schemaOf(call, place), tables: null };
      return (await read(call, (client) => readRows(client, target))).filter(isShown);
    };
  }

  /** Of tables that were found before; the rows of all of them in one answer. */
  function details<Row>(readRows: Reader<Row>) {
    return (call: Call, target: Target): Promise<Row[]> => read(call, (client) => readRows(client, target));
  }

  /** Base tables. */
  async function listTables(call: Call, place: Place): Promise<TableInfo[]> {
    const target = { schema: schemaOf(call, place), tables: null };
    return (await read(call, (client) => readTables(client, target))).filter(isShown);
  }

  /** A table, view or foreign table; null when there is none. */
  async function findTable(call: Call, { schema: place, tableName }: Place & { tableName: string }) {
    const target = { schema: schemaOf(call, { schema: place }), tables: [checkIdentifier(tableName, 'table')] };
    return read(call, async (client) => (await readTables(client, target, allKinds))[0] ?? null);
  }

  /** Contract §4.6. Errors: DATABASE_NOT_FOUND. */
  async function describeTable(call: Call, { schema: place, tableName }: Place & { tableName: string }) {
    const target = { schema: schemaOf(call, { schema: place }), tables: [checkIdentifier(tableName, 'table')] };
    return read(call, async (client) => {
      const [table] = await readTables(client, target, allKinds);
      if (!table) throw tableNotFound(tableName);
      const columns = (await readColumns(client, target)).map(shortColumn);
      const foreignKeys = (await readForeignKeys(client, target)).map(
        ({ constraintName, referenceTable, referenceColumns, onDelete, onUpdate }) => ({
          constraintName,
          referenceTable,
          referenceColumns,
          onDelete,
          onUpdate,
        }),
      );
      const recordCount = (await countRows(client, table)) ?? 0;
      return { schemaName: target.schema, tableName, recordCount, columns, foreignKeys };
    });
  }

  /** How many rows each has, exact or estimated: of all shown base tables, or of those named. */
  async function countTables(
    call: Call,
    { schema: place, tables: names }: Place & { tables?: readonly string[] },
  ): Promise<{ tableName: string; recordCount: number }[]> {
    const target = { schema: schemaOf(call, { schema: place }), tables: names ?? null };
    return read(call, async (client) => {
      const tables = await readTables(client, target, names ? allKinds : ['r', 'p']);
      const counts: { tableName: string; recordCount: number }[] = [];
      for (const table of names ? tables : tables.filter(isShown))
        counts.push({ tableName: table.tableName, recordCount: (await countRows(client, table)) ?? 0 });
      return counts;
    });
  }
}

type Reader<Row> = (client: Parameters<typeof readColumns>[0], target: Target) => Promise<Row[]>;

const shortColumn = (column: ColumnInfo) => ({
  columnName: column.columnName,
  type: column.type,
  isNullable: column.isNullable,
  isPrimaryKey: column.isPrimaryKey,
  isUnique: column.isUnique,
  ...(column.defaultValue === null ? {} : { defaultValue: column.defaultValue }),
});
