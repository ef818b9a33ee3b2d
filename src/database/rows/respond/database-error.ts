import type { AppError } from '../../../core/errors.ts';
import { keyMismatch, notSingular, pgrst } from '../errors.ts';
import { isHeader } from './header.ts';

/** The fields of node-postgres' DatabaseError that reach a caller. */
interface PostgresFault {
  code: string;
  message: string;
  detail?: string | undefined;
  hint?: string | undefined;
}

/** Who tried what, for the hint of a refusal. */
export interface Attempt {
  role: string;
  /** `SELECT`, `INSERT`, `UPDATE`, `DELETE`, `EXECUTE`. */
  command: string;
  /** `schema.name`, as a caller would write it. */
  object: string;
}

const isFault = (error: unknown): error is PostgresFault =>
  error instanceof Error && 'severity' in error && 'code' in error && typeof error.code === 'string';

/** What a failed statement means to the caller (contract/postgrest.md §14); null when it was no error of Postgres. */
export function databaseError(error: unknown, attempt: Attempt): AppError | null {
  if (!isFault(error)) return connectionError(error);
  if (error.code === 'PLR01') return brokenRule(error);
  if (error.code === 'PGRST') return raisedResponse(error);
  const hint = error.hint ?? (error.code === '42501' ? refusalHint(attempt, error.message) : null);
  const status = statusOf(error, attempt.role);
  return pgrst({
    status,
    code: error.code,
    message: error.message,
    details: error.detail ?? null,
    hint,
    headers: status === 401 ? { 'www-authenticate': 'Bearer' } : {},
    cause: error,
  });
}

/** Names what was refused: Postgres' message may speak of another object than the request did (an embed, a sequence). */
function refusalHint({ role, command, object }: Attempt, message: string): string {
  const policy = /row-level security policy(?: "[^"]*")?(?: \(USING expression\))? for table "(.+)"$/.exec(message);
  if (policy) {
    return `The role ${role} may not ${command} this row: no policy FOR ${command} on table ${policy[1]} lets it through.`;
  }
  const [, kind = 'table', name = object] = /^permission denied for (\w+(?: \w+)?) (\S+)$/.exec(message) ?? [];
  if (kind === 'schema')
    return `The role ${role} may not use schema ${name}: GRANT USAGE ON SCHEMA ${name} TO ${role}.`;
  if (kind === 'function')
    return `The role ${role} may not call ${name}: GRANT EXECUTE ON FUNCTION ${name} TO ${role}.`;
  if (kind === 'sequence')
    return `The role ${role} may not use sequence ${name}: GRANT USAGE, SELECT ON SEQUENCE ${name} TO ${role}.`;
  const right = command === 'EXECUTE' ? 'the rights on it' : command;
  return `The role ${role} may not ${command} here: ${kind} ${name} (request: ${object}) lacks GRANT ${right} TO ${role}.`;
}

function statusOf({ code, message }: PostgresFault, role: string): number {
  if (code.startsWith('PT')) {
    const status = Number(code.slice(2));
    return Number.isInteger(status) && status >= 200 && status <= 599 ? status : 500;
  }
  switch (code) {
    case '53400':
    case '42P17':
      return 500;
    case '57P01':
      return 503;
    case '25006':
      return 405;
    case '23503':
    case '23505':
      return 409;
    case 'P0001':
      return 400;
    case '42P01':
      return 404;
    case '42883':
      return message.startsWith('function xmlagg(') ? 406 : 404;
    case '42501':
      return role === 'anon' ? 401 : 403;
    case '21000':
      return message.endsWith('requires a WHERE clause') ? 400 : 500;
    case '22023':
      return /^role ".*" does not exist$/.test(message) ? 401 : 400;
    default:
      return statusByClass[code.slice(0, 2)] ?? 400;
  }
}

const statusByClass: Readonly<Record<string, number>> = {
  '08': 503,
  '09': 500,
  '0L': 403,
  '0P': 403,
  '25': 500,
  '28': 403,
  '2D': 500,
  '38': 500,
  '39': 500,
  '3B': 500,
  '40': 500,
  '53': 503,
  '54': 500,
  '55': 500,
  '57': 500,
  '58': 500,
  F0: 500,
  HV: 500,
  P0: 500,
  XX: 500,
};

/** A rule on the number of rows that the statement itself enforced. */
function brokenRule({ message: code, detail }: PostgresFault): AppError {
  const rows = detail ?? '?';
  switch (code) {
    case 'PGRST116':
      return notSingular(rows);
    case 'PGRST124':
      return pgrst({
        status: 400,
        code,
        message: 'Query result exceeds max-affected preference constraint',
        details: `The query affects ${rows} rows`,
      });
    case 'PGRST110':
      return pgrst({
        status: 400,
        code,
        message: 'The maximum number of rows allowed to change was surpassed',
        details: `Results contain ${rows} rows changed`,
        hint: "Order by a unique column, so that 'limit' means certain rows.",
      });
    default:
      return keyMismatch();
  }
}

/** `RAISE SQLSTATE 'PGRST'`: MESSAGE is the body, DETAIL the status and headers, both JSON. */
function raisedResponse(error: PostgresFault): AppError {
  try {
    const body = JSON.parse(error.message) as Record<string, unknown>;
    const extra = JSON.parse(error.detail ?? '') as { status?: unknown; headers?: Record<string, unknown> };
    const { code, message, details, hint } = body;
    if (typeof code !== 'string' || typeof message !== 'string' || typeof extra.status !== 'number') throw error;
    if (!Number.isInteger(extra.status) || extra.status < 200 || extra.status > 599) throw error;
    const headers = Object.entries(extra.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
    if (!headers.every(([name = '', value = '']) => isHeader(name, value))) throw error;
    return pgrst({
      status: extra.status,
      code,
      message,
      details: details ?? null,
      hint: typeof hint === 'string' ? hint : null,
      headers: Object.fromEntries(headers),
    });
  } catch {
    return pgrst({
      status: 500,
      code: 'PGRST121',
      message: 'Could not parse JSON in the "RAISE SQLSTATE \'PGRST\'" error',
      details: 'MESSAGE must hold code and message; DETAIL must hold status and may hold headers',
      cause: error,
    });
  }
}

function connectionError(error: unknown): AppError | null {
  if (!(error instanceof Error)) return null;
  if (error.message.includes('timeout exceeded when trying to connect')) {
    return pgrst({
      status: 504,
      code: 'PGRST003',
      message: 'Timed out acquiring connection from connection pool.',
      cause: error,
    });
  }
  const code = 'code' in error ? String(error.code) : '';
  const isLost =
    /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH)/.test(code) || error.message.startsWith('Connection terminated');
  if (!isLost) return null;
  return pgrst({
    status: 503,
    code: 'PGRST001',
    message: 'Database client error. Retrying the connection.',
    headers: { 'retry-after': '1' },
    cause: error,
  });
}
