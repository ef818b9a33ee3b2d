import { badRange, notSingular } from '../errors.ts';
import { contentType, type Media } from '../parse/media.ts';
import type { RowsResponse } from '../request.ts';
import { headerName } from './header.ts';
import type { Result } from './result.ts';

/** What every response is made from. */
export interface ResponseContext {
  media: Media;
  isHead: boolean;
  /** `Preference-Applied`, or null. */
  applied: string | null;
  /** `Content-Profile`, or null when only one schema is exposed. */
  profile: string | null;
}

function withSqlHeaders(response: RowsResponse, result: Result): RowsResponse {
  const own = new Map<string, string[]>();
  for (const [name, value] of result.headers) own.set(name, [...(own.get(name) ?? []), value]);
  for (const [name, values] of own) response.headers[name] = values.length === 1 ? (values[0] ?? '') : values;
  return result.status === null ? response : { ...response, status: result.status };
}

function commonHeaders({ applied, profile }: ResponseContext): Record<string, string> {
  return {
    ...(applied === null ? {} : { 'preference-applied': applied }),
    ...(profile === null ? {} : { 'content-profile': headerName(profile) }),
  };
}

export interface ReadResponseInput extends ResponseContext {
  offset: number;
  /** `/t?...`, for reads of relations. */
  location: string | null;
}

/** Answers a read (contract/postgrest.md §8, §9). Errors: PGRST103, PGRST116. */
export function readResponse(result: Result, input: ReadResponseInput): RowsResponse {
  const { media, offset } = input;
  const { total, pageTotal } = result;
  if (wantsOne(media) && pageTotal !== 1) throw notSingular(pageTotal);
  const last = offset + pageTotal - 1;
  if (total !== null && offset > total && pageTotal === 0) {
    throw badRange(`An offset of ${offset} was requested, but there are only ${total} rows.`, String(total));
  }
  // An estimate may be below what was seen.
  const known = total === null ? null : Math.max(total, pageTotal === 0 ? 0 : last + 1);
  const range = pageTotal === 0 ? '*' : `${offset}-${last}`;
  const response: RowsResponse = {
    status: known !== null && pageTotal < known ? 206 : 200,
    headers: {
      'content-type': contentType(media),
      'content-range': `${range}/${known ?? '*'}`,
      ...(input.location === null ? {} : { 'content-location': input.location }),
      ...commonHeaders(input),
    },
    body: input.isHead ? null : bodyOf(media, result.body),
  };
  return withSqlHeaders(response, result);
}

/** Bytes travel as base64. */
const bodyOf = (media: Media, body: string | null) =>
  media.kind === 'custom' && media.isBinary && body !== null ? Buffer.from(body, 'base64') : body;

export const wantsOne = (media: Media): boolean =>
  media.kind === 'object' || (media.kind === 'plan' && media.forMedia.kind === 'object');

export interface WriteResponseInput extends ResponseContext {
  method: 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  returns: 'representation' | 'minimal' | 'headers-only';
  /** POST or PUT that updates rows which are there. */
  isMerge: boolean;
  wasCounted: boolean;
  relation: { name: string; primaryKey: readonly string[] };
}

/** Answers a write (contract/postgrest.md §10). */
export function writeResponse(result: Result, input: WriteResponseInput): RowsResponse {
  const { method, returns } = input;
  const hasBody = returns === 'representation';
  const response: RowsResponse = {
    status: writeStatus(result, input),
    headers: {
      ...(hasBody ? { 'content-type': contentType(input.media) } : {}),
      ...(method === 'PUT' ? {} : { 'content-range': writeRange(result, input) }),
      ...locationHeader(result, input),
      ...commonHeaders(input),
    },
    body: hasBody ? result.body : null,
  };
  return withSqlHeaders(response, result);
}

function writeStatus({ pageTotal, updated }: Result, { method, returns, isMerge }: WriteResponseInput): number {
  const hasBody = returns === 'representation';
  if (method === 'POST') return isMerge && pageTotal - updated <= 0 ? 200 : 201;
  if (method === 'PUT' && hasBody) return pageTotal - updated > 0 ? 201 : 200;
  return hasBody ? 200 : 204;
}

function writeRange({ pageTotal }: Result, { method, wasCounted }: WriteResponseInput): string {
  const range = method === 'PATCH' && pageTotal > 0 ? `0-${pageTotal - 1}` : '*';
  return `${range}/${wasCounted ? pageTotal : '*'}`;
}

function locationHeader(result: Result, { returns, relation }: WriteResponseInput): Record<string, string> {
  if (returns !== 'headers-only' || result.pageTotal !== 1 || !result.location) return {};
  const query = new URLSearchParams(
    relation.primaryKey.map((name, at): [string, string] => {
      const value = result.location?.[at] ?? null;
      return [name, value === null ? 'is.null' : `eq.${value}`];
    }),
  );
  return { location: `/${encodeURIComponent(relation.name)}?${query}` };
}
