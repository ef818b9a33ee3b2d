import type { Node } from 'libpg-query';
import type { Statement } from '../sql/statements.ts';

export type RiskLevel = 'SAFE' | 'WARNING' | 'DANGER';
export interface RiskFactor {
  code:
    | 'DESTRUCTIVE_DATA_LOSS'
    | 'SCHEMA_BREAKING_CHANGE'
    | 'GUARD_VIOLATION'
    | 'EMPTY_SQL'
    | 'SYNTAX_OR_EXECUTION_ERROR';
  description: string;
  level: RiskLevel;
  /** Absent when it is about the whole script. */
  statement?: string;
}

/** What the statements would destroy or break, in their order. */
export const riskFactors = (statements: readonly Statement[]): RiskFactor[] =>
  statements.flatMap(({ node, text }) => (node ? risksOf(node).map((risk) => ({ ...risk, statement: text })) : []));

/** The highest of them; SAFE when there is none. */
export function riskLevel(factors: readonly RiskFactor[]): RiskLevel {
  if (factors.some((factor) => factor.level === 'DANGER')) return 'DANGER';
  return factors.length > 0 ? 'WARNING' : 'SAFE';
}

const dropKinds: Readonly<Record<string, string>> = { OBJECT_TABLE: 'table', OBJECT_SCHEMA: 'schema' };
const breakingChanges: Readonly<Record<string, string>> = {
  AT_DropColumn: 'Drops a column and its data',
  AT_DropConstraint: 'Drops a constraint that writers may rely on',
  AT_AlterColumnType: 'Changes the type of a column',
};

function risksOf(node: Node): Omit<RiskFactor, 'statement'>[] {
  if ('DropStmt' in node) {
    const kind = dropKinds[node.DropStmt.removeType ?? ''];
    return kind ? [loss(`Drops a ${kind} and everything in it`)] : [];
  }
  if ('DropdbStmt' in node) return [loss('Drops a database and everything in it')];
  if ('TruncateStmt' in node) return [loss('Deletes every row of a table')];
  if ('DeleteStmt' in node && !node.DeleteStmt.whereClause) return [loss('DELETE without WHERE deletes every row')];
  if ('UpdateStmt' in node && !node.UpdateStmt.whereClause) return [loss('UPDATE without WHERE overwrites every row')];
  if (!('AlterTableStmt' in node)) return [];
  return (node.AlterTableStmt.cmds ?? []).flatMap((cmd) => {
    const description = 'AlterTableCmd' in cmd ? breakingChanges[cmd.AlterTableCmd.subtype ?? ''] : undefined;
    return description ? [{ code: 'SCHEMA_BREAKING_CHANGE' as const, description, level: 'WARNING' as const }] : [];
  });
}

const loss = (description: string): Omit<RiskFactor, 'statement'> => ({
  code: 'DESTRUCTIVE_DATA_LOSS',
  description,
  level: 'DANGER',
});
