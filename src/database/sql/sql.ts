import pg from 'pg';
import { z } from 'zod';
import { type Call, requireAdmin } from '../../core/call.ts';
import { type AppError, appError, invalidInput } from '../../core/errors.ts';
import { parse } from '../../core/parse.ts';
import type { AdminTx, AdminTxOptions, InAdminTx } from '../../core/postgres/admin-tx.ts';
import { translateSqlError } from '../sql-errors.ts';
import { reload } from '../structure/ddl.ts';
import { type Change, changesOf, publishChanges } from './changes.ts';
import { checkScript } from './guards.ts';
import { handOverOwnership } from './ownership.ts';
import { isReadOnlySelect } from './read-only.ts';
import { runStatement, type SqlResult } from './run-statement.ts';
import { atScript } from './run-statements.ts';
import { parseStatements, type Statement } from './statements.ts';

export type Sql = ReturnType<typeof createSql>;

/** What one call answered: the last statement's rows, and warnings about what the script left behind. */
export interface RawSqlResult extends SqlResult {
  warnings?: string[];
}

const input = z.object({
  query: z.string().min(1, 'must not be empty'),
  params: z.array(z.unknown()).optional(),
  explain: z.boolean().optional(),
  readOnly: z.boolean().optional(),
});

export interface SqlDeps {
  inAdminTx: InAdminTx;
  /** The same as the server's own role. */
  inSystemTx: InAdminTx;
  /** Reloads the schema cache; awaited before an answer that follows DDL. */
  afterDdl?: (() => Promise<unknown>) | undefined;
  timeoutMs: number;
}

/** SQL texts of admins, run as one transaction. */
export function createSql({ inAdminTx, inSystemTx, afterDdl, timeoutMs }: SqlDeps) {
  const run = createRun({ afterDdl, timeoutMs });
  return { runSql, runSqlUnrestricted, explainSql };

  /**
   * Runs the statements as `project_admin`. With `explain` as explainSql; with `readOnly` nothing can be written.
   * Errors: as requireAdmin, INVALID_INPUT, FORBIDDEN (guards, rights), DATABASE_VALIDATION_ERROR (syntax), sqlError.
   */
  async function runSql(call: Call, given: unknown): Promise<RawSqlResult> {
    return run(call, given, { inTx: inAdminTx, role: 'project_admin', action: 'EXECUTE_RAW_SQL' });
  }

  /** As runSql with the server's own rights; what it made in `public` then belongs to `project_admin`. Errors: as runSql. */
  async function runSqlUnrestricted(call: Call, given: unknown): Promise<RawSqlResult> {
    return run(call, given, { inTx: inSystemTx, role: 'system', action: 'EXECUTE_RAW_SQL_UNRESTRICTED' });
  }

  /** Runs one reading statement, measures it and rolls back; the plan is `rows[0]["QUERY PLAN"]`. Errors: as runSql. */
  async function explainSql(call: Call, given: { query: string; params?: readonly unknown[] }): Promise<RawSqlResult> {
    return runSql(call, { ...given, explain: true });
  }
}

interface Route {
  inTx: InAdminTx;
  role: 'project_admin' | 'system';
  action: 'EXECUTE_RAW_SQL' | 'EXECUTE_RAW_SQL_UNRESTRICTED';
}
interface Script {
  query: string;
  params: readonly unknown[];
  statements: Statement[];
  explain: boolean;
}

function createRun({ afterDdl, timeoutMs }: Pick<SqlDeps, 'afterDdl' | 'timeoutMs'>) {
  return async (call: Call, given: unknown, route: Route): Promise<RawSqlResult> => {
    requireAdmin(call);
    const { query, params = [], explain = false, readOnly = false } = parse(input, given);
    const statements = await parseStatements(query);
    checkScript(query, statements);
    if (statements.length > 1 && params.length > 0)
      throw invalidInput('params: only one statement can take parameters', 'Send the statements one by one.');
    if (explain) checkExplainable(statements);
    const script: Script = { query, params, statements, explain };
    const changes = explain ? [] : changesOf(statements);
    const options: AdminTxOptions = { timeoutMs, readOnly, rollback: explain, userSql: true };
    const startedAt = performance.now();
    const result = await route
      .inTx(call, (tx) => runScript(tx, script, { route, changes }), options)
      .catch((error: unknown) => {
        throw performance.now() - startedAt >= timeoutMs ? timedOut(timeoutMs, error) : callersFault(error);
      });
    if (changes.some((change) => change.isDdl) || /\b(?:create|alter|drop)\b/i.test(query))
      await reload(call, afterDdl);
    return result;
  };
}

async function runScript(
  tx: AdminTx,
  { query, params, statements, explain }: Script,
  { route, changes }: { route: Route; changes: readonly Change[] },
): Promise<RawSqlResult> {
  let result: SqlResult = { rows: [], rowCount: null, fields: [] };
  for (const { text, offset } of statements) {
    const prefix = explain ? 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ' : '';
    result = await runStatement(tx, prefix + text, params).catch((error: unknown) => {
      throw atScript(error, offset - prefix.length);
    });
  }
  if (route.role === 'system') await handOverOwnership(tx.client);
  const warnings = explain ? [] : await openTables(tx);
  publishChanges(tx, changes);
  const details = {
    query: query.slice(0, 300),
    paramCount: params.length,
    role: route.role,
    rowCount: result.rowCount,
  };
  await tx.audit({ module: 'DATABASE', action: route.action, subject: 'sql', details });
  return warnings.length > 0 ? { ...result, warnings } : result;
}

/** Tables of `public` that this transaction made or changed and left without row-level security. */
async function openTables({ client }: AdminTx): Promise<string[]> {
  const { rows } = await client.query<{ relname: string }>(
    `SELECT relname FROM pg_catalog.pg_class
     WHERE relnamespace = 'public'::pg_catalog.regnamespace AND relkind IN ('r', 'p') AND NOT relrowsecurity
       AND xmin = pg_catalog.pg_current_xact_id_if_assigned()::pg_catalog.xid ORDER BY relname`,
  );
  return rows.map(
    ({ relname }) =>
      `Row-level security is off on public.${relname}: everyone with the anon key can read and write it. Turn it on with ALTER TABLE ${pg.escapeIdentifier(relname)} ENABLE ROW LEVEL SECURITY.`,
  );
}

function checkExplainable(statements: readonly Statement[]): void {
  const [statement] = statements;
  if (statements.length !== 1 || !statement || !isReadOnlySelect(statement))
    throw invalidInput(
      'explain: only one SELECT without writes can be explained',
      'Send one SELECT, or WITH … SELECT that writes nothing.',
    );
}

/** 08P01 here means that the parameters do not fit the statement. */
function callersFault(error: unknown): unknown {
  if (error instanceof pg.DatabaseError && error.code === '08P01')
    return invalidInput(`params: ${error.message}`, 'Send one parameter for each $n.');
  return translateSqlError(error);
}

const timedOut = (timeoutMs: number, cause: unknown): AppError =>
  appError({
    code: 'INTERNAL_ERROR',
    status: 504,
    message: `Query timeout: it took longer than ${timeoutMs} ms and was rolled back`,
    nextActions: 'Make the statements do less at once, or add an index that helps them.',
    cause,
  });
