import { badRange } from '../errors.ts';

/** Rows to skip and rows to give; a null limit has no end. */
export interface Window {
  offset: number;
  limit: number | null;
}

/** `Range: a-b` or `a-` of a GET; null when absent or malformed (contract/postgrest.md §8). Errors: PGRST103. */
function parseRange(header: string | undefined): Window | null {
  const found = /^\s*(?:items=)?(\d{1,15})-(\d{0,15})\s*$/.exec(header ?? '');
  if (!found) return null;
  const first = Number(found[1]);
  if (found[2] === '') return { offset: first, limit: null };
  const last = Number(found[2]);
  if (last < first)
    throw badRange('The lower boundary must be lower than or equal to the upper boundary in the Range header.');
  return { offset: first, limit: last - first + 1 };
}

/** The rows in both the query's window and the header's. Errors: PGRST103 when there are none. */
export function intersectRange(
  query: { limit: number | null; offset: number | null },
  header: string | undefined,
): Window {
  const window = { offset: query.offset ?? 0, limit: query.limit };
  const range = parseRange(header);
  if (!range) return window;
  const offset = Math.max(window.offset, range.offset);
  const end = Math.min(endOf(window), endOf(range));
  if (end <= offset && window.limit !== 0) {
    throw badRange('The lower boundary must be lower than or equal to the upper boundary in the Range header.');
  }
  return { offset, limit: end === Number.POSITIVE_INFINITY ? null : Math.max(0, end - offset) };
}

const endOf = ({ offset, limit }: Window) => (limit === null ? Number.POSITIVE_INFINITY : offset + limit);
