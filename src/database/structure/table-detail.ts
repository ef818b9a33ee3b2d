import { readColumns } from './columns.ts';
import { readPolicies, readTriggers } from './objects.ts';
import { readForeignKeys, readIndexes } from './relations.ts';
import { readTables } from './table-list.ts';
import { byTable, type Queryable, type Target } from './target.ts';

export type TableDetail = Awaited<ReturnType<typeof readTableDetails>>[string];

const allKinds = ['r', 'p', 'v', 'm', 'f'];

/** Per table the object of contract §5.3 without its rows: whatever agents and exports need to know of it. By name, in order. */
export async function readTableDetails(db: Queryable, target: Target) {
  const tables = await readTables(db, target, allKinds);
  const columns = await readColumns(db, target);
  const indexes = await readIndexes(db, target);
  const foreignKeys = await readForeignKeys(db, target);
  const policies = await readPolicies(db, target);
  const triggers = await readTriggers(db, target);
  const details = tables.map(({ tableName, rlsEnabled }) => {
    const detail = {
      schema: byTable(columns, tableName).map((column) => ({
        columnName: column.columnName,
        dataType: column.sqlType.replace(/\((?:\d|,)+\)/, ''),
        characterMaximumLength: maximumLength(column.sqlType),
        isNullable: column.isNullable ? 'YES' : 'NO',
        columnDefault: column.defaultExpression,
      })),
      indexes: byTable(indexes, tableName).map((index) => ({
        indexname: index.indexName,
        indexdef: index.indexDef,
        isUnique: index.isUnique,
        isPrimary: index.isPrimary,
      })),
      foreignKeys: byTable(foreignKeys, tableName).flatMap((key) =>
        key.referenceColumns.map((pair) => ({
          constraintName: key.constraintName,
          columnName: pair.sourceColumn,
          foreignTableName: key.referenceTable,
          foreignColumnName: pair.referenceColumn,
          deleteRule: key.onDelete,
          updateRule: key.onUpdate,
        })),
      ),
      rlsEnabled,
      policies: byTable(policies, tableName).map((policy) => ({
        policyname: policy.policyName,
        cmd: policy.cmd,
        roles: policy.roles,
        qual: policy.qual,
        withCheck: policy.withCheck,
      })),
      triggers: byTable(triggers, tableName).flatMap((trigger) =>
        trigger.events.map((eventManipulation) => ({
          triggerName: trigger.triggerName,
          actionTiming: trigger.actionTiming,
          eventManipulation,
          actionOrientation: trigger.actionOrientation,
          actionCondition: trigger.actionCondition,
          actionStatement: trigger.actionStatement,
          newTable: trigger.newTable,
          oldTable: trigger.oldTable,
        })),
      ),
    };
    return [tableName, detail] as const;
  });
  return Object.fromEntries(details);
}

/** Of `character varying(20)`; null for types without one. */
const maximumLength = (sqlType: string): number | null => {
  const length = /^character(?: varying)?\((\d+)\)$/.exec(sqlType)?.[1];
  return length === undefined ? null : Number(length);
};

/** What is said of a table that does not exist: agents probe with it. */
export const absentTable = {
  exists: false,
  schema: [],
  indexes: [],
  foreignKeys: [],
  rlsEnabled: false,
  policies: [],
  triggers: [],
  rows: [],
};
