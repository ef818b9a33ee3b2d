import { hasSqlDetails, type Node, parse } from 'libpg-query';
import { appError, invalidInput } from '../../core/errors.ts';
import { codePoints, firstKeyword, splitStatements } from './split.ts';

/** One statement of a script. */
export interface Statement {
  /** Without the closing semicolon and without what stands around it. */
  text: string;
  /** Where it begins in the script, in characters (code points), as Postgres counts positions. */
  offset: number;
  /** Its parse tree. Null for a data statement of a script too large to be parsed whole. */
  node: Node | null;
}

/** The parser takes some thousand times its input in memory; larger scripts are cut first and parsed piece by piece. */
const maxParsedLength = 50_000;
const dataStatements = new Set(['INSERT', 'SELECT', 'UPDATE', 'DELETE', 'VALUES', 'WITH', 'MERGE']);

/**
 * The statements of a script by Postgres' own parser; empty when there is none.
 * Errors: INVALID_INPUT (a NUL, too deep), DATABASE_VALIDATION_ERROR (syntax, with `details.position`, 1-based in characters).
 */
export async function parseStatements(script: string): Promise<Statement[]> {
  if (script.includes('\0')) throw invalidInput('query: must not contain the character U+0000');
  if (script.length <= maxParsedLength) return parsePiece(script, 0);
  const statements: Statement[] = [];
  for (const piece of splitStatements(script)) statements.push(...(await parseLarge(piece)));
  return statements;
}

/** A piece of a larger script. Errors: as parseStatements. */
export async function parseLarge(piece: { text: string; offset: number }): Promise<Statement[]> {
  // What begins so is one data statement: it is sent in a form in which Postgres accepts no second one.
  if (dataStatements.has(firstKeyword(piece.text))) return [{ ...piece, node: null }];
  return parsePiece(piece.text, piece.offset);
}

async function parsePiece(script: string, offset: number): Promise<Statement[]> {
  if (script.trim() === '') return [];
  const { stmts = [] } = await parse(script).catch((error: unknown) => {
    throw syntaxError(error, offset);
  });
  const bytes = Buffer.from(script);
  return stmts.flatMap(({ stmt, stmt_location: start = 0, stmt_len: length }) => {
    if (!stmt) return [];
    const end = length === undefined ? bytes.length : start + length;
    const text = bytes.subarray(start, end).toString();
    const leading = text.length - text.trimStart().length;
    return [
      { text: text.trim(), offset: offset + codePoints(bytes.subarray(0, start).toString()) + leading, node: stmt },
    ];
  });
}

function syntaxError(error: unknown, offset: number): unknown {
  if (error instanceof RangeError)
    return invalidInput('query: is nested too deeply', 'Write it in several statements.');
  if (!hasSqlDetails(error) || !error.sqlDetails) return error;
  const position = offset + error.sqlDetails.cursorPosition + 1;
  return appError({
    code: 'DATABASE_VALIDATION_ERROR',
    status: 400,
    message: `${error.message} at character ${position}`,
    nextActions: 'Correct the SQL there and send it again.',
    details: { sqlState: '42601', position },
    cause: error,
  });
}
