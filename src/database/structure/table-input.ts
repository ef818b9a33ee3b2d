import { z } from 'zod';
import { appError } from '../../core/errors.ts';
import {
  type ColumnType,
  checkColumnType,
  checkIdentifier,
  isReservedColumn,
  reservedColumns,
  validationError,
} from '../rules.ts';
import { referentialActions } from './relations.ts';

const name = z.string().min(1, 'must not be empty').max(64, 'must not be longer than 64 characters');

const column = z.object({
  columnName: name,
  type: z.string().min(1, 'must not be empty'),
  isNullable: z.boolean(),
  isUnique: z.boolean(),
  defaultValue: z.string().nullish(),
  isPrimaryKey: z.boolean().nullish(),
});

const foreignKey = z.object({
  constraintName: z.string().nullish(),
  referenceTable: z.string().min(1, 'must not be empty'),
  referenceColumns: z.array(z.object({ sourceColumn: name, referenceColumn: name })).min(1, 'needs at least one pair'),
  onDelete: z.enum(referentialActions),
  onUpdate: z.enum(referentialActions),
});

/** The body of contract §4.3; unknown keys are ignored. */
export const createTableInput = z.object({
  tableName: name,
  columns: z.array(column).min(1, 'needs at least one column'),
  foreignKeys: z.array(foreignKey).nullish(),
  rlsEnabled: z.boolean().nullish(),
});

/** The body of contract §4.7, and four more ways to change a column or the table that the reference does not offer. */
export const updateTableInput = z.object({
  addColumns: z.array(column).nullish(),
  dropColumns: z.array(name).nullish(),
  updateColumns: z
    .array(
      z.object({
        columnName: name,
        defaultValue: z.string().nullish(),
        newColumnName: name.nullish(),
        type: z.string().nullish(),
        isNullable: z.boolean().nullish(),
        isUnique: z.boolean().nullish(),
      }),
    )
    .nullish(),
  addForeignKeys: z.array(foreignKey).nullish(),
  dropForeignKeys: z.array(name).nullish(),
  renameTable: z.object({ newTableName: name }).nullish(),
  rlsEnabled: z.boolean().nullish(),
});

/** As callers write them. */
export type CreateTable = z.input<typeof createTableInput>;
export type UpdateTable = z.input<typeof updateTableInput>;
export type ColumnInput = z.output<typeof column>;
export type ColumnUpdate = NonNullable<z.output<typeof updateTableInput>['updateColumns']>[number];
export type ForeignKeyInput = z.output<typeof foreignKey>;
/** A column whose name and type were found good. */
export type CheckedColumn = ColumnInput & { type: ColumnType };

/**
 * The caller's own columns: a reserved one of its right type is left out, since the table has it anyway.
 * Errors: DATABASE_VALIDATION_ERROR (name, type, a reserved column of another type).
 */
export function ownColumns(columns: readonly ColumnInput[]): CheckedColumn[] {
  const checked = columns.map((each) => ({
    ...each,
    columnName: checkIdentifier(each.columnName, 'column'),
    type: checkColumnType(each.type),
  }));
  return checked.filter(({ columnName, type }) => {
    const reserved = reservedColumns.find((each) => each.columnName === columnName);
    if (reserved && reserved.type !== type)
      throw validationError(
        `Column ${columnName} is reserved and has the type ${reserved.type}, not ${type}`,
        `Leave ${columnName} out; every table has it.`,
      );
    return !reserved;
  });
}

/** Errors: DATABASE_FORBIDDEN with the status that the route has for it (400 on create, 404 on alter). */
export function refuseReserved(columnNames: readonly string[], status: 400 | 404): void {
  const reserved = columnNames.find(isReservedColumn);
  if (reserved === undefined) return;
  throw appError({
    code: 'DATABASE_FORBIDDEN',
    status,
    message: `Column ${reserved} is reserved and cannot be changed`,
    nextActions: 'Use another column; id, created_at and updated_at are kept by the server.',
  });
}

/** Columns that refer to another table. */
export const sourceColumns = (keys: readonly ForeignKeyInput[]): string[] =>
  keys.flatMap((key) => key.referenceColumns.map((pair) => pair.sourceColumn));
