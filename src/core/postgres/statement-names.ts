/** Prepared statements one connection keeps, least recently used first. */
interface Known {
  /** Text to name; a name is unconfirmed until a batch with it has ended well. */
  names: Map<string, string>;
  unconfirmed: Set<string>;
  counter: number;
  schemaVersion: string | null;
}

const maxPerConnection = 128;
/** Longer texts are rare, large in the memory of both sides, and seldom sent twice. */
const maxNamedLength = 16_384;
const byConnection = new WeakMap<object, Known>();

export interface NamedStatement {
  /** Empty for the unnamed one. */
  name: string;
  isKnown: boolean;
  evicted: string[];
}

/**
 * The prepared statement for `text` on this connection: its name, whether the server has it already, and the names
 * that must be closed first (room for a new one, or a name whose Parse may have failed in a batch with an error).
 * A prepared statement keeps the parameter types of its first Parse, so none outlives `schemaVersion`; null is any.
 */
export function nameStatement(connection: object, text: string, schemaVersion: string | null): NamedStatement {
  const known = byConnection.get(connection) ?? { names: new Map(), unconfirmed: new Set(), counter: 0, schemaVersion };
  byConnection.set(connection, known);
  const evicted: string[] = [];
  if (schemaVersion !== null && known.schemaVersion !== schemaVersion) {
    evicted.push(...known.names.values());
    known.names.clear();
    known.unconfirmed.clear();
    known.schemaVersion = schemaVersion;
  }
  if (text.length > maxNamedLength) return { name: '', isKnown: false, evicted };
  const name = known.names.get(text);
  if (name !== undefined) {
    known.names.delete(text);
    known.names.set(text, name);
    return { name, isKnown: !known.unconfirmed.has(name), evicted: known.unconfirmed.has(name) ? [name] : [] };
  }
  for (const [oldText, oldName] of known.names) {
    if (known.names.size < maxPerConnection) break;
    known.names.delete(oldText);
    known.unconfirmed.delete(oldName);
    evicted.push(oldName);
  }
  const fresh = `pleiad_${++known.counter}`;
  known.names.set(text, fresh);
  known.unconfirmed.add(fresh);
  return { name: fresh, isKnown: false, evicted };
}

/** Called when a batch that used `texts` ended without an error. */
export function confirmStatements(connection: object, texts: readonly string[]): void {
  const known = byConnection.get(connection);
  if (!known || known.unconfirmed.size === 0) return;
  for (const text of texts) {
    const name = known.names.get(text);
    if (name !== undefined) known.unconfirmed.delete(name);
  }
}
