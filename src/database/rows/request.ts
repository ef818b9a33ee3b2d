import { invalidInput } from '../../core/errors.ts';

/** One request as the face received it. */
export interface RowsRequest {
  method: string;
  target: { kind: 'relation' | 'function'; name: string };
  /** From `?schema=`; null leaves the choice to the profile header. */
  schema: string | null;
  /** Query string without `?`, undecoded, `schema` taken out. */
  query: string;
  /** Lower-case names; a list when a header was repeated. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
}

/** `body` goes out as it is; null is no body at all. */
export interface RowsResponse {
  status: number;
  headers: Record<string, string | string[]>;
  body: string | Buffer | null;
}

/** A header as one text; repeats joined by `, `. */
export function headerText(headers: RowsRequest['headers'], name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** The schema that a request names, before it is looked up. Errors: INVALID_INPUT (repeated profile, system schema). */
export function requestedSchema({ method, headers, schema }: RowsRequest): string | null {
  const isRead = method === 'GET' || method === 'HEAD';
  const profile = headers[isRead ? 'accept-profile' : 'content-profile'];
  if (schema === null && Array.isArray(profile) && profile.length > 1) {
    throw invalidInput('The profile header is given more than once', 'Send one schema name.');
  }
  const name = (schema ?? (Array.isArray(profile) ? profile[0] : profile))?.trim();
  if (!name) return null;
  if (name === 'information_schema' || name.startsWith('pg_')) {
    throw invalidInput(`Schema ${name} is a system schema`, 'Choose a schema of your own, such as public.');
  }
  return name;
}
