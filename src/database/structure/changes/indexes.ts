import type { Call } from '../../../core/call.ts';
import { checkIdentifier, fitName, quoted, validationError } from '../../rules.ts';
import { createRunDdl, type StructureDeps, schemaOf } from '../ddl.ts';
import { expressionSql } from '../expression.ts';
import { type IndexInfo, readIndexes } from '../relations.ts';
import { done, onExisting, type Place, readBack } from './common.ts';

export interface IndexKey {
  /** This or `expression`. */
  column?: string | null | undefined;
  /** SQL: `lower(email)`. */
  expression?: string | null | undefined;
  isDescending?: boolean | null | undefined;
  /** `gin_trgm_ops`, … */
  operatorClass?: string | null | undefined;
}
export interface CreateIndex extends Place {
  table: string;
  /** Default `idx_<table>_<columns>`. */
  name?: string | null | undefined;
  keys: readonly IndexKey[];
  isUnique?: boolean | null | undefined;
  /** Default `btree`. */
  method?: string | null | undefined;
  /** SQL: only rows that fulfil it are indexed. */
  where?: string | null | undefined;
  /** Columns that are stored along without being keys. */
  include?: readonly string[] | null | undefined;
}

/** Indexes. Errors of all: as requireAdmin, DATABASE_VALIDATION_ERROR, DATABASE_NOT_FOUND, FORBIDDEN. */
export function createIndexes(deps: StructureDeps) {
  const runDdl = createRunDdl(deps);
  return { createIndex, dropIndex };

  /** Errors: DATABASE_DUPLICATE (the name; for a unique index, the values: 409). */
  async function createIndex(call: Call, input: CreateIndex): Promise<IndexInfo> {
    const schema = schemaOf(call, input);
    const table = checkIdentifier(input.table, 'table');
    if (input.keys.length === 0) throw validationError('An index needs at least one key');
    const keys = await Promise.all(input.keys.map(keySql));
    const index = checkIdentifier(input.name ?? defaultName(table, input.keys), 'index');
    const include = (input.include ?? []).map((column) => quoted(checkIdentifier(column, 'column')));
    const sql = [
      `CREATE ${input.isUnique ? 'UNIQUE ' : ''}INDEX ${quoted(index)} ON ${quoted(schema, table)}`,
      `USING ${quoted(checkIdentifier(input.method ?? 'btree', 'index method'))} (${keys.join(', ')})`,
      include.length > 0 ? `INCLUDE (${include.join(', ')})` : '',
      input.where ? `WHERE ${await expressionSql(input.where, 'where')}` : '',
    ].join(' ');
    const change = { action: 'CREATE_INDEX', schema, object: table, details: { table, index } };
    const made = await runDdl(call, change, async (client) => {
      await client.query(sql);
      return readBack(client, readIndexes, { schema, table, isIt: (row) => row.indexName === index });
    });
    return done(made);
  }

  /** An index of a constraint goes with its constraint only. */
  async function dropIndex(call: Call, input: Place & { name: string }): Promise<void> {
    const schema = schemaOf(call, input);
    const index = checkIdentifier(input.name, 'index');
    const change = { action: 'DROP_INDEX', schema, object: index, details: { index } };
    await runDdl(call, change, async (client) => {
      await onExisting(client, `DROP INDEX ${quoted(schema, index)}`);
      return true;
    });
  }
}

async function keySql({ column, expression, operatorClass, isDescending }: IndexKey): Promise<string> {
  if (!column === !expression) throw validationError('An index key is a column or an expression');
  const key = column ? quoted(checkIdentifier(column, 'column')) : await expressionSql(expression ?? '', 'expression');
  const operators = operatorClass ? ` ${quoted(checkIdentifier(operatorClass, 'operator class'))}` : '';
  return `${key}${operators}${isDescending ? ' DESC' : ''}`;
}

const defaultName = (table: string, keys: readonly IndexKey[]) =>
  fitName(`idx_${table}_${keys.map((key) => key.column ?? 'expr').join('_')}`);
