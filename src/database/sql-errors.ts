import pg from 'pg';
import { type AppError, appError } from '../core/errors.ts';
import type { InAdminTx } from '../core/postgres/admin-tx.ts';

interface Rule {
  status: number;
  code: string;
  nextActions?: string;
}

const exists: Rule = { status: 400, code: 'DATABASE_DUPLICATE', nextActions: 'Choose another name.' };
const invalid: Rule = {
  status: 400,
  code: 'DATABASE_VALIDATION_ERROR',
  nextActions: 'Compare the names and types with the table, then try again.',
};
const busy: Rule = { status: 409, code: 'DATABASE_CONSTRAINT_VIOLATION', nextActions: 'Try again.' };
const away: Rule = { status: 503, code: 'UNAVAILABLE', nextActions: 'Try again shortly.' };

/** By SQLSTATE: the codes of contract §1.3, and the few others that deserve more than their class says. */
const byState: Readonly<Record<string, Rule>> = {
  '23505': {
    status: 409,
    code: 'DATABASE_DUPLICATE',
    nextActions: 'Use another value, or update the row that has it.',
  },
  '23503': {
    status: 400,
    code: 'DATABASE_CONSTRAINT_VIOLATION',
    nextActions: 'Make sure that the referenced row exists, or that nothing references this one.',
  },
  '23502': { status: 400, code: 'MISSING_FIELD', nextActions: 'Give the column a value or a default.' },
  '42501': { status: 403, code: 'FORBIDDEN', nextActions: 'Work on the tables of the project, not of the platform.' },
  '42P07': exists,
  '42P06': exists,
  '42710': exists,
  '42723': exists,
  '2BP01': {
    status: 400,
    code: 'DATABASE_VALIDATION_ERROR',
    nextActions: 'Drop what depends on it first, or drop it with cascade.',
  },
  '57014': {
    status: 504,
    code: 'DATABASE_INTERNAL_ERROR',
    nextActions: 'Make the statement do less, or add an index that helps it.',
  },
};

/** By the first two characters of the SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const byClass: Readonly<Record<string, Rule>> = {
  '08': away,
  '0A': invalid,
  '0L': { status: 403, code: 'FORBIDDEN' },
  '0P': invalid,
  '21': invalid,
  '22': invalid,
  '23': { status: 400, code: 'DATABASE_CONSTRAINT_VIOLATION', nextActions: 'Send a value that the constraint allows.' },
  '24': invalid,
  '25': invalid,
  '26': invalid,
  '28': { status: 403, code: 'FORBIDDEN' },
  '2B': invalid,
  '2D': invalid,
  '2F': invalid,
  '34': invalid,
  '38': invalid,
  '39': invalid,
  '3B': invalid,
  '3D': invalid,
  '3F': { ...invalid, nextActions: 'Create the schema first, or use one that exists.' },
  '40': busy,
  '42': invalid,
  '44': invalid,
  '53': away,
  '54': invalid,
  '55': busy,
  '57': away,
  P0: {
    status: 400,
    code: 'DATABASE_VALIDATION_ERROR',
    nextActions: 'The database function refused; see the message.',
  },
};

/**
 * What admin routes say about an error of Postgres: contract §1.3 for listed codes, the SQLSTATE class for others, 500
 * INTERNAL_ERROR for what is Postgres' own trouble. The message is Postgres' own, because agents read it; `details`
 * has `sqlState` and, when Postgres gave them, `detail`, `hint` and `position` (1-based, in characters).
 */
export function sqlError(error: pg.DatabaseError): AppError {
  const sqlState = error.code ?? '';
  const rule = ruleOf(error, sqlState);
  const { detail, hint } = error;
  const position = error.position === undefined ? undefined : Number(error.position);
  const details = {
    sqlState,
    ...(detail ? { detail } : {}),
    ...(hint ? { hint } : {}),
    ...(position ? { position } : {}),
  };
  const nextActions = [hint, detail, rule.nextActions].filter(Boolean).join(' ') || undefined;
  return appError({ ...rule, message: error.message, nextActions, details, cause: error });
}

function ruleOf(error: pg.DatabaseError, sqlState: string): Rule {
  // Two creators of one name at once: the loser meets the catalog's own unique index.
  if (sqlState === '23505' && error.schema === 'pg_catalog') return exists;
  return byState[sqlState] ?? byClass[sqlState.slice(0, 2)] ?? { status: 500, code: 'INTERNAL_ERROR' };
}

/** An error as the caller may see it: errors of Postgres translated by sqlError, all others as they are. */
export const translateSqlError = (error: unknown): unknown =>
  error instanceof pg.DatabaseError ? sqlError(error) : error;

/** The same transactions, whose Postgres errors come out as AppErrors. */
export const withSqlErrors =
  (inAdminTx: InAdminTx): InAdminTx =>
  (call, work, options) =>
    inAdminTx(call, work, options).catch((error: unknown) => {
      throw translateSqlError(error);
    });
