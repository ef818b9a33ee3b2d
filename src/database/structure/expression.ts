import { validationError } from '../rules.ts';
import { parseStatements } from '../sql/statements.ts';

const maxExpressionLength = 20_000;

/**
 * One SQL expression as an admin wrote it, in parentheses and alone: text that would end the parentheses, or carry a
 * second statement, is refused. Its own line keeps a trailing comment from swallowing what follows.
 * Errors: DATABASE_VALIDATION_ERROR, INVALID_INPUT (U+0000).
 */
export async function expressionSql(text: string, what: string): Promise<string> {
  if (text.length > maxExpressionLength)
    throw validationError(`${what} is longer than ${maxExpressionLength} characters`);
  const sql = `(\n${text}\n)`;
  const statements = await parseStatements(`SELECT ${sql}`);
  const node = statements.length === 1 ? statements[0]?.node : null;
  const select: object = node && 'SelectStmt' in node ? node.SelectStmt : {};
  const { targetList, limitOption: _limit, op: _op, ...others } = select as Record<string, unknown>;
  const targets = (targetList ?? []) as { ResTarget?: object }[];
  const [target] = targets;
  const isAlone =
    targets.length === 1 && Object.keys(target?.ResTarget ?? {}).every((key) => ['val', 'location'].includes(key));
  if (!isAlone || Object.keys(others).length > 0)
    throw validationError(`${what} must be one SQL expression`, 'Write a single condition.');
  return sql;
}

/** The qualified name of what one CREATE FUNCTION or CREATE PROCEDURE statement makes. Errors: DATABASE_VALIDATION_ERROR. */
export async function functionNameOf(definition: string): Promise<string[]> {
  const statements = await parseStatements(definition);
  const node = statements.length === 1 ? statements[0]?.node : null;
  if (!node || !('CreateFunctionStmt' in node))
    throw validationError('definition must be one CREATE FUNCTION or CREATE PROCEDURE statement and nothing else');
  const path = (node.CreateFunctionStmt.funcname ?? []) as { String?: { sval?: string } }[];
  return path.map((part) => part.String?.sval ?? '');
}
