/** Request headers as they came: repeated ones kept apart, bytes not interpreted. */
export interface RawHeaders {
  /** Lower-case names in order of first appearance. */
  names(): readonly string[];
  /** Values joined with `,` in arrival order, one character a byte; undefined when absent. */
  raw(name: string): string | undefined;
  /** As `raw`, read as UTF-8 and trimmed. */
  get(name: string): string | undefined;
}

/** From Node's flat `rawHeaders` list. */
export function rawHeaders(list: readonly string[]): RawHeaders {
  const values = new Map<string, string[]>();
  for (let at = 0; at + 1 < list.length; at += 2) {
    const name = (list[at] ?? '').toLowerCase();
    const known = values.get(name);
    if (known) known.push(list[at + 1] ?? '');
    else values.set(name, [list[at + 1] ?? '']);
  }
  const raw = (name: string) => values.get(name)?.join(',');
  return { names: () => [...values.keys()], raw, get: (name) => fromWire(raw(name))?.trim() };
}

/** Node reads header bytes as latin1; clients send UTF-8. */
const fromWire = (value: string | undefined) =>
  value === undefined ? undefined : Buffer.from(value, 'latin1').toString('utf8');

/** UTF-8 bytes as the latin1 string that Node writes unchanged. */
export const toWire = (value: string): string => Buffer.from(value, 'utf8').toString('latin1');

/** A header set with more names in front, for query parameters that count as headers. */
export function withHoisted(headers: RawHeaders, hoisted: ReadonlyMap<string, string>): RawHeaders {
  if (hoisted.size === 0) return headers;
  return {
    names: () => [...new Set([...headers.names(), ...hoisted.keys()])],
    raw: (name) => headers.raw(name) ?? hoisted.get(name),
    get: (name) => headers.get(name) ?? hoisted.get(name),
  };
}
