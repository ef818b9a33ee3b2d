/** Prepared statements one connection keeps, least recently used first. */
interface Known {
  /** Text to name; a name is unconfirmed until a batch with it has ended well. */
  names: Map<string, string>;
  unconfirmed: Set<string>;
  counter: number;
}

const maxPerConnection = 128;
const byConnection = new WeakMap<object, Known>();

/**
 * The prepared statement for `text` on this connection: its name, whether the server has it already, and the names
 * that must be closed first (room for a new one, or a name whose Parse may have failed in a batch with an error).
 */
export function nameStatement(connection: object, text: string): { name: string; isKnown: boolean; evicted: string[] } {
  const known = byConnection.get(connection) ?? { names: new Map(), unconfirmed: new Set(), counter: 0 };
  byConnection.set(connection, known);
  const name = known.names.get(text);
  if (name !== undefined) {
    known.names.delete(text);
    known.names.set(text, name);
    return { name, isKnown: !known.unconfirmed.has(name), evicted: known.unconfirmed.has(name) ? [name] : [] };
  }
  const evicted: string[] = [];
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
