import type { Column, Relation } from '../../catalog/types.ts';
import type { FilterNode, QueryText } from '../ast.ts';
import { keyMismatch, limitError, pgrst, unknownColumn } from '../errors.ts';
import type { RowsBody } from '../parse/body.ts';
import type { Preferences } from '../parse/prefer.ts';
import { type PlanContext, planRead } from './read.ts';
import type { ConflictRule, InputRows, Output, ReadPlan, WritePlan, WriteWindow } from './types.ts';

export interface WriteInput {
  method: 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  query: QueryText;
  prefer: Preferences;
  /** Null for DELETE. */
  body: RowsBody | null;
  /** PATCH and DELETE without a filter are refused. */
  requiresFilter: boolean;
}

/** The plan of a write (contract/postgrest.md §10). Errors: as planRead, and PGRST105, 109, 114, 204. */
export function planWrite(context: PlanContext, relation: Relation, input: WriteInput): WritePlan {
  const { query, prefer } = input;
  const read = planRead(context, relation, query);
  const representation =
    prefer.return === 'representation' ? { ...expandStar(read, relation), where: [], limit: null, offset: 0 } : null;
  const common = { relation, representation, wantsLocation: prefer.return === 'headers-only' };
  if (input.method === 'POST') {
    const rows = inputRows(relation, input);
    return { ...common, kind: 'insert', rows, conflict: conflictRule(relation, input), keyFilters: [] };
  }
  if (input.method === 'PUT') {
    const keyFilters = putFilters(relation, query);
    const rows = inputRows(relation, input);
    if (!relation.primaryKey.every((name) => rows.columns.includes(name))) throw keyMismatch();
    return { ...common, kind: 'insert', rows, conflict: { action: 'merge', target: relation.primaryKey }, keyFilters };
  }
  if (input.requiresFilter && read.where.length === 0) {
    throw limitError(`${input.method} without a filter would change every row`, 'Add a filter, for example id=eq.1.');
  }
  const window = writeWindow(read);
  const rest = { where: read.where, window, order: read.order };
  if (input.method === 'DELETE') return { ...common, kind: 'delete', ...rest };
  return { ...common, kind: 'update', rows: inputRows(relation, input), ...rest };
}

/** The written rows may carry more columns than were asked for, so `*` is spelled out. */
function expandStar(plan: ReadPlan, relation: Relation): ReadPlan {
  const outputs = plan.outputs.flatMap((output): Output[] =>
    output.kind === 'star' ? [...relation.columns.keys()].map(fieldOutput) : [output],
  );
  return { ...plan, outputs };
}

const fieldOutput = (name: string): Output => ({
  kind: 'field',
  field: { name, path: [] },
  key: name,
  cast: null,
  aggregate: null,
  aggregateCast: null,
});

function inputRows(relation: Relation, { body, prefer }: WriteInput): InputRows {
  const { json, keys, rowCount } = body ?? { json: '[]', keys: [], rowCount: 0 };
  for (const key of keys) if (!relation.columns.has(key)) throw unknownColumn(key, relation.name);
  return {
    json,
    isArray: json.trimStart().startsWith('['),
    columns: keys,
    rowCount,
    missing: prefer.missing ?? 'null',
  };
}

function conflictRule(relation: Relation, { prefer, query }: WriteInput): ConflictRule | null {
  if (prefer.resolution === null) return null;
  const target = query.onConflict ?? relation.primaryKey;
  if (target.length === 0) return null;
  return { action: prefer.resolution === 'merge-duplicates' ? 'merge' : 'ignore', target };
}

/** PATCH and DELETE with a limit must say which rows come first. */
function writeWindow({ order, limit, offset }: ReadPlan): WriteWindow | null {
  if (limit === null) return null;
  if (order.length > 0) return { order, limit, offset };
  throw pgrst({
    status: 400,
    code: 'PGRST109',
    message: "A 'limit' was applied without an explicit 'order'",
    hint: "Apply an 'order' using unique column(s)",
  });
}

function putFilters(relation: Relation, { root, levels }: QueryText): FilterNode[] {
  if (root.limit !== null || root.offset !== null) {
    throw pgrst({
      status: 400,
      code: 'PGRST114',
      message: 'limit/offset querystring parameters are not allowed for PUT',
    });
  }
  const filters = [...root.filters, ...levels.flatMap((level) => level.filters)];
  const keys = new Set(relation.primaryKey);
  const isExact =
    keys.size > 0 &&
    filters.length === keys.size &&
    filters.every((filter) => isKeyFilter(filter as FilterNode) && keys.delete((filter as FilterNode).field.name));
  if (isExact) return filters as FilterNode[];
  throw pgrst({
    status: 405,
    code: 'PGRST105',
    message: "Filters must include all and only primary key columns with 'eq' operators",
  });
}

const isKeyFilter = (filter: FilterNode) =>
  filter.kind === 'filter' &&
  !filter.isNegated &&
  filter.field.path.length === 0 &&
  filter.operation.kind === 'compare' &&
  filter.operation.op === 'eq' &&
  filter.operation.quantifier === null;

const textTypes = new Set(['text', 'varchar', 'bpchar', 'citext']);

/** Whether `""` for a column means "not supplied" (contract/database.md §3.3): unless it holds text. */
export const dropsEmpty = (column: Column | undefined): boolean =>
  column === undefined || !textTypes.has(column.baseType);
