import type { TextRow } from '../../../core/postgres/one-trip.ts';
import { pgrst } from '../errors.ts';
import { isHeader } from './header.ts';

/** The statement's one row, read. */
export interface Result {
  body: string | null;
  /** Rows of the page, or rows written. */
  pageTotal: number;
  /** Rows in all, when they were counted or estimated. */
  total: number | null;
  location: readonly (string | null)[] | null;
  /** Rows that an upsert found and updated. */
  updated: number;
  headers: readonly (readonly [string, string])[];
  status: number | null;
}

export interface ResultRows {
  main: TextRow;
  /** From the EXPLAIN beside it. */
  estimate: TextRow | null;
  /** `response.headers` and `response.status` as they were after all triggers; null when the main row has them. */
  after: TextRow | null;
  count: 'exact' | 'planned' | 'estimated' | null;
  estimateThreshold: number;
}

/** Errors: PGRST111, PGRST112 (what SQL put into the settings is malformed). */
export function readResult({ main, estimate, after, count, estimateThreshold }: ResultRows): Result {
  const [body = null, pageTotal, counted, location, updated, ...own] = main;
  const [headers, status] = after ?? own;
  return {
    body,
    pageTotal: Number(pageTotal ?? 0),
    total: totalOf(counted ?? null, estimate, { count, estimateThreshold }),
    location: location ? (JSON.parse(location) as (string | null)[]) : null,
    updated: Number(updated ?? 0),
    headers: parseHeaders(headers ?? null),
    status: parseStatus(status ?? null),
  };
}

function totalOf(
  counted: string | null,
  estimate: TextRow | null,
  { count, estimateThreshold }: Pick<ResultRows, 'count' | 'estimateThreshold'>,
): number | null {
  const exact = counted === null ? null : Number(counted);
  if (count === null || count === 'exact') return exact;
  const planned = plannedRows(estimate);
  if (count === 'planned') return planned ?? exact;
  if (exact === null || exact <= estimateThreshold) return exact ?? planned;
  return Math.max(exact, planned ?? 0);
}

function plannedRows(estimate: TextRow | null): number | null {
  if (!estimate?.[0]) return null;
  const [top] = JSON.parse(estimate[0]) as { Plan?: { 'Plan Rows'?: number } }[];
  return top?.Plan?.['Plan Rows'] ?? null;
}

/** A JSON array of objects with one key each. */
function parseHeaders(text: string | null): [string, string][] {
  if (!text) return [];
  const malformed = () =>
    pgrst({
      status: 500,
      code: 'PGRST111',
      message: 'response.headers guc must be a JSON array composed of objects with a single key and a string value',
    });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw malformed();
  }
  if (!Array.isArray(parsed)) throw malformed();
  return parsed.map((item) => {
    const pairs = item && typeof item === 'object' ? Object.entries(item) : [];
    const [pair] = pairs;
    if (pairs.length !== 1 || !pair || typeof pair[1] !== 'string') throw malformed();
    const [name, value] = pair;
    if (!isHeader(name, value)) throw malformed();
    return [name.toLowerCase(), value];
  });
}

function parseStatus(text: string | null): number | null {
  if (!text) return null;
  const status = Number(text);
  if (/^\d{3}$/.test(text) && status >= 200 && status <= 599) return status;
  throw pgrst({ status: 500, code: 'PGRST112', message: 'response.status guc must be a valid status code' });
}
