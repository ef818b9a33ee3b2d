import type { Statement } from './statements.ts';

const writes = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'intoClause']);

/** A SELECT, VALUES or TABLE in whose tree nothing writes; functions it calls may, which is what the rollback is for. */
export const isReadOnlySelect = ({ node }: Statement): boolean =>
  node !== null && 'SelectStmt' in node && !mentions(node, writes);

function mentions(value: unknown, names: ReadonlySet<string>): boolean {
  if (Array.isArray(value)) return value.some((item) => mentions(item, names));
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, item]) => names.has(name) || mentions(item, names));
}
