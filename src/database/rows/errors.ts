import { AppError, appError } from '../../core/errors.ts';

/** The four keys of a PostgREST error body; `details` and `hint` are null when there is nothing to say. */
export interface PgrstBody {
  code: string;
  details: unknown;
  hint: string | null;
  message: string;
}

interface PgrstInit {
  status: number;
  code: string;
  message: string;
  details?: unknown;
  hint?: string | null;
  /** Response headers that travel with the error (Content-Range of a 416, headers of a raised PGRST). */
  headers?: Readonly<Record<string, string>>;
  cause?: unknown;
}

/** An AppError whose `details` hold PostgREST's `details` and `hint` (contract/postgrest.md §14). */
export const pgrst = (init: PgrstInit): AppError =>
  appError({
    code: init.code,
    status: init.status,
    message: init.message,
    ...(init.hint ? { nextActions: init.hint } : {}),
    details: { details: init.details ?? null, hint: init.hint ?? null, headers: init.headers ?? {} },
    cause: init.cause,
  });

/** Whether an error was decided by the query layer, and so has PostgREST's body. */
export const isPgrst = (error: unknown): error is AppError =>
  error instanceof AppError && error.details !== undefined && 'hint' in error.details && 'details' in error.details;

/** The body and extra headers of any error that reaches the query layer's face. */
export function pgrstBody(error: AppError): { body: PgrstBody; headers: Record<string, string> } {
  const extra = (error.details ?? {}) as { details?: unknown; hint?: string | null; headers?: Record<string, string> };
  return {
    body: {
      code: error.code,
      details: extra.details ?? null,
      hint: extra.hint ?? error.nextActions ?? null,
      message: error.message,
    },
    headers: extra.headers ?? {},
  };
}

/** PGRST100: `what` is the kind of text (`filter`, `select parameter`), `at` a zero-based offset into `text`. */
export const parseError = (what: string, text: string, at: number, expected: string): AppError =>
  pgrst({
    status: 400,
    code: 'PGRST100',
    message: `"failed to parse ${what} (${clip(text)})" (line 1, column ${at + 1})`,
    details: expected,
  });

/** PGRST100 for a request past one of our limits. */
export const limitError = (message: string, hint: string): AppError =>
  pgrst({ status: 400, code: 'PGRST100', message, details: 'The request is past a limit of this server', hint });

/** 413: the role's own cap, below the server's. */
export const bodyTooLarge = (maxBytes: number): AppError =>
  pgrst({
    status: 413,
    code: 'PGRST102',
    message: 'Request body too large',
    details: `This role may send ${maxBytes} bytes at once`,
    hint: 'Send the rows in several requests.',
  });

export const invalidBody = (message: string, details?: string): AppError =>
  pgrst({ status: 400, code: 'PGRST102', message, details });

/** PGRST103: `total` is written to Content-Range when it is known. */
export const badRange = (details: string, total?: string): AppError =>
  pgrst({
    status: 416,
    code: 'PGRST103',
    message: 'Requested range not satisfiable',
    details,
    ...(total === undefined ? {} : { headers: { 'content-range': `*/${total}` } }),
  });

export const notEmbedded = (name: string): AppError =>
  pgrst({
    status: 400,
    code: 'PGRST108',
    message: `'${name}' is not an embedded resource in this request`,
    hint: `Verify that '${name}' is included in the 'select' query parameter.`,
  });

export const notSingular = (rows: number | string): AppError =>
  pgrst({
    status: 406,
    code: 'PGRST116',
    message: 'Cannot coerce the result to a single JSON object',
    details: `The result contains ${rows} rows`,
  });

export const unknownColumn = (column: string, relation: string): AppError =>
  pgrst({
    status: 400,
    code: 'PGRST204',
    message: `Could not find the '${column}' column of '${relation}' in the schema cache`,
  });

/** JSON whose brackets are nested past what Postgres' own stack holds. */
export const tooDeep = (): AppError => invalidBody('Empty or invalid json', 'The JSON is nested too deeply');

/** The rows of a PUT must have the key that its address names. */
export const keyMismatch = (): AppError =>
  pgrst({ status: 400, code: 'PGRST115', message: 'Payload values do not match URL in primary key column(s)' });

export const unsupportedMethod = (method: string): AppError =>
  pgrst({ status: 405, code: 'PGRST117', message: `Unsupported HTTP method: ${method}` });

export const notImplemented = (details: string): AppError =>
  pgrst({ status: 400, code: 'PGRST127', message: 'Feature not implemented', details });

const clip = (text: string) => (text.length > 200 ? `${text.slice(0, 200)}...` : text);
