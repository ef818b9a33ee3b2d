import { fileTypeFromBuffer } from 'file-type';

export const octetStream = 'application/octet-stream';
/** How many leading bytes of a body tell its type. */
export const sniffBytes = 4100;

const unsafe = new Set([
  'text/javascript',
  'application/javascript',
  'application/ecmascript',
  'text/ecmascript',
  'application/x-javascript',
  'application/xml',
  'application/wasm',
]);
const safeText = new Set(['text/plain', 'text/csv', 'text/markdown']);
const activeMarkup = ['<html', '<script', '<svg', '<!doctype html', '<body', '<iframe', '<object', '<form'];

const essence = (type: string): string => (type.split(';')[0] ?? '').trim().toLowerCase();

/** Types a browser would run on our origin: scripts, every XML, every text but plain, csv and markdown. */
export function isUnsafeType(type: string): boolean {
  const name = essence(type);
  if (unsafe.has(name) || name.endsWith('+xml') || name.startsWith('multipart/')) return true;
  return name.startsWith('text/') && !safeText.has(name);
}

/** What may be stored of a declared type: blank and unsafe ones become octet-stream. */
export function safeType(declared: string | null | undefined): string {
  const type = declared?.trim() ?? '';
  if (!/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;.*)?$/.test(type) || /[^\x20-\x7e]/.test(type)) return octetStream;
  return isUnsafeType(type) ? octetStream : type;
}

/** The type to store for an upload, from its first `sniffBytes` bytes; the bytes win over what the client declares. */
export async function sniffType(head: Buffer, declared: string | null): Promise<string> {
  const found = await fileTypeFromBuffer(head).catch(() => undefined);
  if (found) return isUnsafeType(found.mime) ? octetStream : found.mime;
  const text = head.toString('latin1').toLowerCase();
  if (activeMarkup.some((tag) => text.includes(tag))) return octetStream;
  return safeType(declared);
}

/** Whether a bucket that lists `allowed` types (`image/png`, `image/*`; none means all) takes this one. */
export function isAllowedType(type: string, allowed: readonly string[]): boolean {
  const name = essence(type);
  if (allowed.length === 0) return true;
  return allowed.some(
    (item) => item === '*/*' || item === name || (item.endsWith('/*') && name.startsWith(item.slice(0, -1))),
  );
}
