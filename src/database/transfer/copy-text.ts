import { isRawJson } from './json-items.ts';

/** How a column takes JSON: `json` columns as JSON, arrays as Postgres array text, all others as plain text. */
export type ColumnKind = 'json' | 'array' | 'plain';

/** The text that the column's input function reads; null for NULL, which an empty text stands for too (contract §5.2). */
export function columnText(value: unknown, kind: ColumnKind, isFromJson: boolean): string | null {
  if (value === null || value === undefined || value === '') return null;
  if (kind === 'json' && isFromJson) return JSON.stringify(value);
  if (kind === 'array' && Array.isArray(value)) return arrayText(value);
  return scalarText(value);
}

function scalarText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (isRawJson(value)) return value.rawJSON;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
function arrayText(items: readonly unknown[]): string {
  const texts = items.map((item) => {
    if (item === null) return 'NULL';
    if (Array.isArray(item)) return arrayText(item);
    return `"${scalarText(item).replace(/["\\]/g, '\\$&')}"`;
  });
  return `{${texts.join(',')}}`;
}

/** One line of COPY's text format. */
export const copyLine = (cells: readonly (string | null)[]): string =>
  `${cells.map((cell) => (cell === null ? '\\N' : cell.replace(/[\\\n\r\t]/g, escaped))).join('\t')}\n`;

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const escaped = (char: string): string => escapes[char] ?? char;
