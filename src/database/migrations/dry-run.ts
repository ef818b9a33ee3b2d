import { AppError } from '../../core/errors.ts';
import type { AdminTx } from '../../core/postgres/admin-tx.ts';
import { checkScript } from '../sql/guards.ts';
import { runStatements } from '../sql/run-statements.ts';
import { parseStatements, type Statement } from '../sql/statements.ts';
import { translateSqlError } from '../sql-errors.ts';
import { type RiskFactor, type RiskLevel, riskFactors, riskLevel } from './risk.ts';

/** What a migration would do. With `valid: false` it would fail, for the reason in `error`. */
export interface DryRun {
  valid: boolean;
  statementCount: number;
  statements: string[];
  riskLevel: RiskLevel;
  riskFactors: RiskFactor[];
  error?: string;
}

/** Runs the work in a transaction that is rolled back. */
type Rehearse = (work: (tx: AdminTx) => Promise<void>) => Promise<void>;

/** Parses, guards, then rehearses: what is refused by the first two never reaches Postgres. */
export async function dryRun(sql: string, rehearse: Rehearse): Promise<DryRun> {
  let statements: Statement[] = [];
  try {
    statements = await parseStatements(sql);
  } catch (error) {
    return failed(statements, 'SYNTAX_OR_EXECUTION_ERROR', error);
  }
  if (statements.length === 0) return failed(statements, 'EMPTY_SQL', new Error('The migration has no statement'));
  try {
    checkScript(sql, statements);
  } catch (error) {
    return failed(statements, 'GUARD_VIOLATION', error);
  }
  try {
    await rehearse((tx) => runStatements(tx.client, statements));
  } catch (thrown) {
    const error = translateSqlError(thrown);
    if (!(error instanceof AppError)) throw error;
    return failed(statements, 'SYNTAX_OR_EXECUTION_ERROR', error);
  }
  return { valid: true, ...report(statements, riskFactors(statements)) };
}

function failed(statements: readonly Statement[], code: RiskFactor['code'], error: unknown): DryRun {
  const message = error instanceof Error ? error.message : String(error);
  const factor: RiskFactor = { code, description: message, level: 'DANGER' };
  return { valid: false, ...report(statements, [factor, ...riskFactors(statements)]), error: message };
}

const report = (statements: readonly Statement[], factors: RiskFactor[]) => ({
  statementCount: statements.length,
  statements: statements.map(({ text }) => text),
  riskLevel: riskLevel(factors),
  riskFactors: factors,
});
