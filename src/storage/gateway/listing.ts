import { createHmac, timingSafeEqual } from 'node:crypto';
import { s3Error } from './errors.ts';
import { percentEncode, type Query } from './target.ts';

/** Writes names as the listing's `encoding-type` asks. */
export interface NameEncoding {
  type: 'url' | undefined;
  encode(name: string): string;
}

/** Errors: InvalidArgument unless absent or `url`. */
export function nameEncoding(query: Query): NameEncoding {
  const type = query.get('encoding-type') || undefined;
  if (type === undefined) return { type, encode: (name) => name };
  if (type !== 'url') throw s3Error('InvalidArgument', 'Invalid Encoding Method specified in Request');
  return { type, encode: (name) => percentEncode(Buffer.from(name)).replaceAll('%2F', '/') };
}

/** `max-keys` and its kin: default and ceiling 1000. Errors: InvalidArgument. */
export function pageSize(query: Query, name: string, ceiling = 1000): number {
  const text = query.get(name);
  if (text === undefined || text === '') return ceiling;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 2_147_483_647)
    throw s3Error('InvalidArgument', `Provided ${name} not an integer or within integer range`);
  return Math.min(value, ceiling);
}

/** A token for the page after `name`, bound to the listing it came from. */
export function makeToken(key: Buffer, listing: readonly string[], name: string): string {
  const body = Buffer.from(name);
  return Buffer.concat([mac(key, listing, body), body]).toString('base64url');
}

/** The name inside a token of the same listing. Errors: InvalidArgument. */
export function readToken(key: Buffer, listing: readonly string[], token: string): string {
  const bytes = Buffer.from(token, 'base64url');
  const body = bytes.subarray(16);
  const isOurs = bytes.length > 16 && timingSafeEqual(bytes.subarray(0, 16), mac(key, listing, body));
  if (!isOurs) throw s3Error('InvalidArgument', 'The continuation token provided is incorrect');
  return body.toString();
}

function mac(key: Buffer, listing: readonly string[], body: Buffer): Buffer {
  return createHmac('sha256', key).update(JSON.stringify(listing)).update('\n').update(body).digest().subarray(0, 16);
}
