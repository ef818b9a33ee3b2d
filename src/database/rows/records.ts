import { type Call, requireViewer, type Viewer } from '../../core/call.ts';
import { invalidInput } from '../../core/errors.ts';
import type { Bus } from '../../core/events.ts';
import type { Catalog, Relation } from '../catalog/types.ts';
import type { LogicNode, OrderNode, QueryText } from './ast.ts';
import { type Compiled, compileRead, compileWrite, type StatementOptions } from './compile/statement.ts';
import { parseRows } from './parse/body.ts';
import { parseJsonExactly } from './parse/exact-json.ts';
import { parsePrefer } from './parse/prefer.ts';
import { orderFromJson, whereFromJson } from './parse/where-json.ts';
import { findRelation } from './plan/find-relation.ts';
import { type PlanContext, planRead } from './plan/read.ts';
import { dropsEmpty, planWrite } from './plan/write.ts';
import type { Runner } from './runner.ts';
import type { RowsSettings } from './settings.ts';

export interface TableName {
  table: string;
  schema: string;
}
export interface ReadRecords extends TableName {
  /** `{price: {gt: 5}, or: [{title: {eq: "x"}}, ...], not: {...}}`; absent for all rows. */
  where: unknown;
  /** `[{createdAt: "DESC"}, ...]`. */
  orderBy: unknown;
  limit: number | null;
  offset: number | null;
}
export interface InsertRecords extends TableName {
  records: readonly unknown[];
  /** Columns of a unique key: rows that have it already are updated. */
  onConflict: readonly string[] | null;
}
export interface UpdateRecords extends TableName {
  where: unknown;
  set: unknown;
}
export interface DeleteRecords extends TableName {
  where: unknown;
}

interface Deps {
  runner: Runner;
  settings: RowsSettings;
  bus: Pick<Bus, 'publish'>;
  withCatalog<T>(work: (catalog: Catalog) => Promise<T>): Promise<T>;
}

type Method = 'POST' | 'PATCH' | 'DELETE';

/** Reading and writing any table through JSON instead of a query string, over the same plans. All give rows as parsed JSON. */
export function createRecordVerbs({ runner, settings, bus, withCatalog }: Deps) {
  return { read, insert, update, remove };

  /** Errors: PGRST106, PGRST205, INVALID_INPUT and Postgres' own. */
  async function read(call: Call, input: ReadRecords): Promise<unknown[]> {
    requireViewer(call);
    const query = queryOf(whereFromJson(input.where), orderFromJson(input.orderBy), input);
    return run(call, input, ({ relation, context }) => ({
      method: 'GET',
      compile: (options) => compileRead(planRead(context, relation, query), options),
    }));
  }

  /** Errors: as read, and PGRST204 (a column that the table lacks). */
  async function insert(call: Call, input: InsertRecords): Promise<unknown[]> {
    requireViewer(call);
    const query = { ...queryOf([], null, noWindow), onConflict: input.onConflict };
    const resolution = input.onConflict ? ['resolution=merge-duplicates'] : [];
    return write(call, input, { method: 'POST', query, body: input.records, prefer: resolution });
  }

  /** Errors: as insert. */
  async function update(call: Call, input: UpdateRecords): Promise<unknown[]> {
    requireViewer(call);
    if (typeof input.set !== 'object' || input.set === null || Array.isArray(input.set)) {
      throw invalidInput('set: must be an object of columns and values');
    }
    const query = queryOf(whereFromJson(input.where), null, noWindow);
    return write(call, input, { method: 'PATCH', query, body: [input.set], prefer: [] });
  }

  /** Errors: as read. */
  async function remove(call: Call, input: DeleteRecords): Promise<unknown[]> {
    requireViewer(call);
    const query = queryOf(whereFromJson(input.where), null, noWindow);
    return write(call, input, { method: 'DELETE', query, body: null, prefer: [] });
  }

  function write(
    call: Call,
    name: TableName,
    input: { method: Method; query: QueryText; body: readonly unknown[] | null; prefer: string[] },
  ): Promise<unknown[]> {
    const prefer = parsePrefer(['return=representation', 'missing=default', ...input.prefer]);
    return run(call, name, ({ relation, context, viewer }) => {
      const rows = input.body && {
        kind: 'json' as const,
        type: 'application/json',
        bytes: Buffer.from(JSON.stringify(input.body)),
      };
      const options = {
        columns: null,
        firstOnly: input.method === 'PATCH',
        dropsEmpty: (column: string) => dropsEmpty(relation.columns.get(column)),
        allowsMixedKeys: true,
      };
      const plan = planWrite(context, relation, {
        method: input.method,
        query: input.query,
        prefer,
        body: rows && parseRows(rows, options),
        requiresFilter: settings.requiresFilter && viewer.role !== 'project_admin',
      });
      return { method: input.method, compile: (statement) => compileWrite(plan, statement) };
    });
  }

  interface Plan {
    method: 'GET' | Method;
    compile(options: StatementOptions): Compiled;
  }

  async function run(
    call: Call,
    { table, schema }: TableName,
    plan: (found: { relation: Relation; context: PlanContext; viewer: Viewer }) => Plan,
  ): Promise<unknown[]> {
    const viewer = requireViewer(call);
    return withCatalog(async (catalog) => {
      const relation = findRelation(catalog, { schema, name: table });
      const context = { catalog, schema, allowsAggregates: false, maxEmbedDepth: 0 };
      const { method, compile } = plan({ relation, context, viewer });
      const options = {
        ...plainOptions,
        maxRows: settings.maxRows[viewer.role],
        estimateThreshold: settings.estimateThreshold,
      };
      const { body } = await runner.run(call, {
        viewer,
        catalog,
        compiled: compile(options),
        options,
        schema,
        request: { method, target: { kind: 'relation', name: table }, headers: {} },
        readOnly: method === 'GET',
        rollsBack: false,
        readsAfter: false,
        fn: null,
        timezone: null,
        command: commands[method],
      });
      if (method !== 'GET') bus.publish('database.records.changed', { schema, table });
      return parseJsonExactly(body ?? '[]') as unknown[];
    });
  }
}

const commands = { GET: 'SELECT', POST: 'INSERT', PATCH: 'UPDATE', DELETE: 'DELETE' } as const;
const plainOptions = { media: { kind: 'array', stripNulls: false }, wantsBody: true, count: null, rules: [] } as const;
const noWindow = { limit: null, offset: null };

function queryOf(
  filters: LogicNode[],
  order: readonly OrderNode[] | null,
  window: { limit: number | null; offset: number | null },
): QueryText {
  if ((window.limit ?? 0) < 0 || (window.offset ?? 0) < 0) throw invalidInput('limit and offset must not be negative');
  const root = { path: [], filters, order, limit: window.limit, offset: window.offset };
  return { select: null, columns: null, onConflict: null, root, levels: [], args: [] };
}
