import { z } from 'zod';
import { type Call, requireAdmin } from '../core/call.ts';
import { notFound } from '../core/errors.ts';
import { parse } from '../core/parse.ts';
import type { AdminTx, AdminTxOptions, InAdminTx } from '../core/postgres/admin-tx.ts';
import {
  type Bound,
  binder,
  checkKeys,
  insertRow,
  matching,
  pageCondition,
  pageOrder,
  type Row,
  updateRow,
} from './editor/statements.ts';
import { type EditorTable, readEditorTable } from './editor/table.ts';
import { checkIdentifier, schemaFrom } from './rules.ts';
import { runStatement } from './sql/run-statement.ts';
import { withSqlErrors } from './sql-errors.ts';

export type AdminRecords = ReturnType<typeof createAdminRecords>;

/** As the request names it: schema blank or absent is `public`. */
export interface EditorPlace {
  schema?: unknown;
  table: string;
}
/** Rows as raw SQL encodes them. */
export interface Page {
  rows: Row[];
  offset: number;
  /** Rows that match, on all pages. */
  total: number;
}

const whole = (min: number, max: number, otherwise: number) =>
  z.coerce.number().int().min(min).max(max).default(otherwise);
const pageInput = z
  .object({
    limit: whole(1, 500, 50),
    offset: whole(0, Number.MAX_SAFE_INTEGER, 0),
    search: z.string().optional(),
    sort: z.string().optional(),
    filterColumn: z.string().optional(),
    filterValue: z.string().optional(),
  })
  .refine((page) => (page.filterColumn === undefined) === (page.filterValue === undefined), {
    message: 'filterColumn and filterValue go together',
  });
const list = z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(z.string()).min(1));
const lookupInput = z
  .object({ column: list, value: list })
  .refine(({ column, value }) => column.length === value.length, { message: 'column and value must come in pairs' });
const row = z.record(z.string(), z.unknown());
const keys = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
const updateInput = z.object({ pkKeys: keys, data: row });
const deleteInput = z.object({ pkKeys: z.array(keys).min(1) });

/** The dashboard's row editor, as `project_admin`. Errors of all: as requireAdmin, INVALID_INPUT, DATABASE_NOT_FOUND, sqlError. */
export function createAdminRecords(deps: { inAdminTx: InAdminTx }) {
  const inAdminTx = withSqlErrors(deps.inAdminTx);
  return { listPage, lookup, create, update, remove };

  /** `sort` is `column:asc|desc` items joined by commas; the primary key makes the order total. */
  async function listPage(call: Call, place: EditorPlace, given: unknown): Promise<Page> {
    return onTable(call, place, { readOnly: true, snapshot: true }, async (tx, table) => {
      const { limit, offset, sort, ...filter } = parse(pageInput, given);
      const { values, bind } = binder();
      const source = `FROM ${table.fullName}${pageCondition(table, filter, bind)}`;
      const { rows: counts } = await tx.client.query<{ total: string }>(`SELECT count(*) AS total ${source}`, values);
      const page = `${pageOrder(table, sort)} LIMIT ${limit} OFFSET ${offset}`;
      const { rows } = await runStatement(tx, `SELECT * ${source}${page}`, values);
      return { rows, offset, total: Number(counts[0]?.total) };
    });
  }

  /** The row whose columns have these values; null when there is none. */
  async function lookup(call: Call, place: EditorPlace, given: unknown): Promise<Row | null> {
    return onTable(call, place, { readOnly: true }, async (tx, table) => {
      const { column, value } = parse(lookupInput, given);
      const { values, bind } = binder();
      const where = matching(table, Object.fromEntries(column.map((name, at) => [name, value[at]])), bind);
      const { rows } = await runStatement(tx, `SELECT * FROM ${table.fullName} WHERE ${where} LIMIT 1`, values);
      return rows[0] ?? null;
    });
  }

  async function create(call: Call, place: EditorPlace, given: unknown): Promise<Row[]> {
    return onTable(call, place, {}, async (tx, table) => {
      const rows = parse(z.array(row).min(1), given);
      const created: Row[] = [];
      for (const item of rows) created.push(...(await run(tx, insertRow(table, item))));
      return created;
    });
  }

  async function update(call: Call, place: EditorPlace, given: unknown): Promise<Row> {
    return onTable(call, place, {}, async (tx, table) => {
      const { pkKeys, data } = parse(updateInput, given);
      checkKeys(table, pkKeys);
      const [updated] = await run(tx, updateRow(table, pkKeys, data));
      if (!updated) throw notFound('row', JSON.stringify(pkKeys), 'DATABASE_NOT_FOUND');
      return updated;
    });
  }

  /** Answers how many rows went. */
  async function remove(call: Call, place: EditorPlace, given: unknown): Promise<number> {
    return onTable(call, place, {}, async (tx, table) => {
      const { pkKeys } = parse(deleteInput, given);
      for (const item of pkKeys) checkKeys(table, item);
      const { values, bind } = binder();
      const where = pkKeys.map((item) => `(${matching(table, item, bind)})`).join(' OR ');
      const { rowCount } = await tx.client.query(`DELETE FROM ${table.fullName} WHERE ${where}`, values);
      if (!rowCount) throw notFound('row', JSON.stringify(pkKeys[0]), 'DATABASE_NOT_FOUND');
      return rowCount;
    });
  }

  async function onTable<Result>(
    call: Call,
    { schema: schemaGiven, table }: EditorPlace,
    options: AdminTxOptions,
    work: (tx: AdminTx, table: EditorTable) => Promise<Result>,
  ): Promise<Result> {
    requireAdmin(call);
    const schema = schemaFrom(schemaGiven);
    checkIdentifier(table, 'table');
    return inAdminTx(
      call,
      async (tx) => {
        const result = await work(tx, await readEditorTable(tx.client, schema, table));
        if (!options.readOnly) tx.emit('database.records.changed', { schema, table });
        return result;
      },
      options,
    );
  }
}

async function run(tx: AdminTx, { text, values }: Bound): Promise<Row[]> {
  return (await runStatement(tx, text, values)).rows;
}
