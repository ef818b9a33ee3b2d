import { invalidBody, tooDeep } from '../errors.ts';
import { csvToJson } from './csv.ts';
import { parseJsonExactly } from './exact-json.ts';

/** The rows of a write body, still as JSON text: Postgres converts the values, so no digit is lost here. */
export interface RowsBody {
  json: string;
  /** Columns to write, in first-seen order. */
  keys: readonly string[];
  rowCount: number;
}

export type BodyKind = 'json' | 'csv' | 'form' | 'text' | 'xml' | 'binary' | 'other';

export interface RequestBody {
  kind: BodyKind;
  /** The type as sent, for messages. */
  type: string;
  bytes: Buffer;
}

/** Sorts a body by its Content-Type; an absent one is JSON. */
export function classifyBody(contentType: string | undefined, bytes: Buffer): RequestBody {
  const type = (contentType ?? 'application/json').split(';')[0]?.trim().toLowerCase() || 'application/json';
  const kinds: Record<string, BodyKind> = {
    'application/json': 'json',
    'application/vnd.pgrst.object+json': 'json',
    'application/vnd.pgrst.array+json': 'json',
    'text/csv': 'csv',
    'application/x-www-form-urlencoded': 'form',
    'text/plain': 'text',
    'text/xml': 'xml',
    'application/octet-stream': 'binary',
  };
  return { kind: (Object.hasOwn(kinds, type) && kinds[type]) || 'other', type, bytes };
}

export interface RowsOptions {
  /** The `columns` parameter: only these are written, and the keys of the body are not checked. */
  columns: readonly string[] | null;
  /** PATCH: only the first element of an array is used. */
  firstOnly: boolean;
  /** Whether `""` for this column means "not supplied" (contract/database.md §3.3). */
  dropsEmpty: (column: string) => boolean;
  /** missing=default allows objects of different keys, since every gap has a meaning. */
  allowsMixedKeys: boolean;
}

/** The rows in a POST, PATCH or PUT body (contract/postgrest.md §10.1). Errors: PGRST102. */
export function parseRows(body: RequestBody, options: RowsOptions): RowsBody {
  const text = body.bytes.toString('utf8');
  if (body.kind === 'csv') {
    const csv = csvToJson(text);
    return { ...csv, keys: options.columns ?? csv.keys };
  }
  if (body.kind === 'form') {
    const form = Object.fromEntries(new URLSearchParams(text));
    return { json: JSON.stringify([form]), keys: options.columns ?? Object.keys(form), rowCount: 1 };
  }
  if (body.kind !== 'json') throw invalidBody(`Content-Type not acceptable: ${body.type}`);
  return parseJsonRows(text, options);
}

function parseJsonRows(text: string, options: RowsOptions): RowsBody {
  // With `columns` the body is Postgres' to judge.
  if (options.columns !== null && !isJson(text)) return { json: text, keys: options.columns, rowCount: 1 };
  const parsed = parseJson(text);
  const isList = Array.isArray(parsed);
  let rows: unknown[] = isList ? parsed : [parsed];
  if (!isList && (parsed === null || typeof parsed !== 'object')) rows = [];
  if (options.firstOnly) rows = rows.slice(0, 1);
  const isUniform = isUniformList(rows);
  if (options.columns === null && !isUniform) checkKeys(rows, options.allowsMixedKeys);
  const hasEmpty = text.includes('""') && rows.some((row) => isObject(row) && emptyKeys(row, options).length > 0);
  const changed = hasEmpty || (options.firstOnly && isList && parsed.length > 1) || (rows.length === 0 && !isList);
  const kept = changed
    ? rewrite(text, rows.length, options)
    : { json: text, rows: isUniform ? rows.slice(0, 1) : rows };
  return { json: kept.json, keys: options.columns ?? unionOfKeys(kept.rows), rowCount: rows.length };
}

/** Parses a JSON body for its shape. Errors: PGRST102. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidBody('Empty or invalid json', error instanceof Error ? error.message : undefined);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

type JsonObject = Record<string, unknown>;
const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function emptyKeys(row: JsonObject, options: RowsOptions): string[] {
  return Object.keys(row).filter((key) => row[key] === '' && options.dropsEmpty(key));
}

/** The usual bulk: objects with the same keys in the same order, which needs no closer look. */
function isUniformList(rows: readonly unknown[]): boolean {
  const [first] = rows;
  if (!isObject(first)) return false;
  const keys = Object.keys(first);
  return rows.every((row) => {
    if (!isObject(row)) return false;
    let at = 0;
    for (const key in row) if (key !== keys[at++]) return false;
    return at === keys.length;
  });
}

function checkKeys(rows: readonly unknown[], allowsMixedKeys: boolean): void {
  const first = rows[0];
  const size = isObject(first) ? Object.keys(first).length : 0;
  for (const row of rows) {
    if (!isObject(row) || !isObject(first))
      throw invalidBody('All object keys must match', 'Every element must be an object');
    if (allowsMixedKeys) continue;
    const keys = Object.keys(row);
    if (keys.length !== size || !keys.every((key) => Object.hasOwn(first, key))) {
      throw invalidBody(
        'All object keys must match',
        'Name the columns in the columns parameter, or send Prefer: missing=default',
      );
    }
  }
}

function unionOfKeys(rows: readonly unknown[]): string[] {
  const keys = new Set<string>();
  for (const row of rows) if (isObject(row)) for (const key of Object.keys(row)) keys.add(key);
  return [...keys];
}

/** Re-writes the body without the dropped keys and rows; numbers keep their digits. */
function rewrite(text: string, rowCount: number, options: RowsOptions): { json: string; rows: unknown[] } {
  let parsed: unknown;
  try {
    parsed = parseJsonExactly(text);
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep();
    throw error;
  }
  const rows = (Array.isArray(parsed) ? parsed : [parsed]).slice(0, rowCount);
  for (const row of rows) if (isObject(row)) for (const key of emptyKeys(row, options)) delete row[key];
  return { json: JSON.stringify(rows), rows };
}
