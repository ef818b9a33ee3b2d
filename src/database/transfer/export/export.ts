import { z } from 'zod';
import { type Call, requireAdmin } from '../../../core/call.ts';
import { notFound } from '../../../core/errors.ts';
import { parse } from '../../../core/parse.ts';
import type { InAdminTx } from '../../../core/postgres/admin-tx.ts';
import { withSqlErrors } from '../../sql-errors.ts';
import { jsonDump } from './json-dump.ts';
import { sqlDump } from './sql-dump.ts';

const flag = z.boolean().default(false);
const input = z.object({
  tables: z.array(z.string()).default([]),
  format: z.enum(['sql', 'json']).default('sql'),
  includeData: z.boolean().default(true),
  includeFunctions: flag,
  includeSequences: flag,
  includeViews: flag,
  rowLimit: z.int().min(1).max(10_000).nullable().default(1000),
});
/** `tables` empty means all of `public`; `rowLimit` null means every row. */
export type ExportInput = z.output<typeof input>;

/** Takes the export piece by piece, and waits when it cannot take more. */
export interface ExportSink {
  /** Called once, before the first piece. */
  begin(head: { format: 'sql' | 'json'; timestamp: string }): Promise<void>;
  /** Text of the script, or of the JSON object. */
  write(text: string): Promise<void>;
}
export interface ExportResult {
  truncatedTables: string[];
  rowLimit: number | null;
}

const longestRunMs = 10 * 60_000;
const pieceLength = 32 * 1024;

/** The schema `public` as one snapshot, streamed. */
export const createExport = (deps: { inAdminTx: InAdminTx; now: () => Date }) => {
  const inAdminTx = withSqlErrors(deps.inAdminTx);
  return { exportDatabase, readExportInput: (given: unknown): ExportInput => parse(input, given) };

  /** Errors: as requireAdmin, INVALID_INPUT, DATABASE_NOT_FOUND (a named table), and what the sink throws. */
  async function exportDatabase(call: Call, given: unknown, sink: ExportSink): Promise<ExportResult> {
    requireAdmin(call);
    const { tables, format, ...options } = parse(input, given);
    const timestamp = deps.now().toISOString();
    const dump = { ...options, tables: tables.length > 0 ? tables : null };
    return inAdminTx(
      call,
      async ({ client, audit }) => {
        await client.query(plainOutput);
        if (tables.length > 0) await checkTables(client, tables);
        await sink.begin({ format, timestamp });
        const pieces = format === 'sql' ? sqlDump(client, dump) : jsonDump(client, { ...dump, timestamp });
        const truncatedTables = await drain(pieces, sink);
        const subject = tables.length > 0 ? tables.join(', ') : 'public';
        await audit({
          module: 'DATABASE',
          action: 'EXPORT_DATABASE',
          subject,
          details: { format, ...options, tables },
        });
        return { truncatedTables, rowLimit: options.rowLimit };
      },
      { readOnly: true, snapshot: true, timeoutMs: longestRunMs },
    );
  }
};

/** With no search path every name comes out with its schema. */
const plainOutput = `SET LOCAL search_path = ''; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres';
  SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1; SET LOCAL timezone = 'UTC'`;

/** Many small pieces are sent as few larger ones. */
async function drain<Result>(pieces: AsyncGenerator<string, Result>, sink: ExportSink): Promise<Result> {
  let waiting = '';
  for (;;) {
    const { value, done } = await pieces.next();
    if (done) {
      if (waiting !== '') await sink.write(waiting);
      return value;
    }
    waiting += value;
    if (waiting.length < pieceLength) continue;
    await sink.write(waiting);
    waiting = '';
  }
}

async function checkTables(
  client: { query: InstanceType<typeof import('pg').Client>['query'] },
  tables: readonly string[],
) {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname = ANY ($1)`,
    [tables],
  );
  const missing = tables.find((name) => !rows.some((row) => row.name === name));
  if (missing !== undefined) throw notFound('table', missing, 'DATABASE_NOT_FOUND');
}
