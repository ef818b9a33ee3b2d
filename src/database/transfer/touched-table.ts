import type { RangeVar } from 'libpg-query';
import type { Statement } from '../sql/statements.ts';

/** The table a statement creates or inserts into, with its schema unless that is `public`; null for all other statements. */
export function touchedTable({ node, text }: Statement): string | null {
  if (!node) return insertedTable(text);
  if ('CreateStmt' in node && node.CreateStmt.relation) return nameOf(node.CreateStmt.relation);
  if ('InsertStmt' in node && node.InsertStmt.relation) return nameOf(node.InsertStmt.relation);
  return null;
}

const nameOf = ({ schemaname, relname = '' }: RangeVar) => display(schemaname, relname);
const display = (schema: string | undefined, table: string) =>
  schema === undefined || schema === 'public' ? table : `${schema}.${table}`;

const name = String.raw`"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*`;
const insert = new RegExp(String.raw`^insert\s+into\s+(${name})(?:\s*\.\s*(${name}))?`, 'iu');

/** Data statements are not parsed; only a plain INSERT is looked at. */
function insertedTable(text: string): string | null {
  const found = insert.exec(text);
  if (!found?.[1]) return null;
  return found[2] ? display(plain(found[1]), plain(found[2])) : plain(found[1]);
}

const plain = (identifier: string) =>
  identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier.toLowerCase();
