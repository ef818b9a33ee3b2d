import { AppError } from '../../../core/errors.ts';
import type { Field, Level, LogicNode, QueryText } from '../ast.ts';
import { badRange, limitError, parseError } from '../errors.ts';
import { parseFilter, parseLogic } from './logic.ts';
import { parseOrder } from './order.ts';
import { isDone, scan, take, takeField, takeName } from './scanner.ts';
import { parseNames, parseSelect } from './select.ts';

/** Caps that keep one request from costing the server without bound; all give PGRST100. */
export interface QueryLimits {
  maxUrlBytes: number;
  /** Filters and conditions of all levels together. */
  maxFilters: number;
  maxEmbedDepth: number;
}

export interface QueryOptions {
  limits: QueryLimits;
  /** GET and HEAD of a function: parameters that are no filter are its arguments (§13.2). */
  takesArgs: boolean;
}

/** Decodes a raw query string as form data, repeats and order kept; keys without `=` are left out. Errors: PGRST100. */
export function decodeQuery(raw: string): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  if (raw === '') return pairs;
  const kept = raw
    .split('&')
    .filter((piece) => piece.includes('='))
    .join('&');
  for (const [name, value] of new URLSearchParams(kept)) {
    if (name.includes('\0') || value.includes('\0')) {
      throw parseError('query string', 'NUL', 0, 'the character U+0000 cannot be stored or compared in Postgres');
    }
    pairs.push([name, value]);
  }
  return pairs;
}

/** All parameters of one request. Errors: PGRST100, PGRST103 (negative limit). */
export function parseQuery(pairs: readonly (readonly [string, string])[], options: QueryOptions): QueryText {
  const levels = new Map<string, Level>();
  const levelAt = (path: readonly string[]) => {
    const key = JSON.stringify(path);
    const level = levels.get(key) ?? { path, filters: [], order: null, limit: null, offset: null };
    levels.set(key, level);
    return level;
  };
  const query: { -readonly [K in keyof QueryText]: QueryText[K] } & { args: [string, string][] } = {
    select: null,
    columns: null,
    onConflict: null,
    root: levelAt([]),
    levels: [],
    args: [],
  };
  for (const [key, value] of pairs) {
    if (key === 'select') query.select ??= parseSelect(value);
    else if (key === 'columns') query.columns ??= parseNames(value, 'columns parameter');
    else if (key === 'on_conflict') query.onConflict ??= parseNames(value, 'on_conflict parameter');
    else if (!readWindow(key, value, levelAt) && !readArgument(query.args, [key, value], options)) {
      readFilter(key, value, levelAt);
    }
  }
  query.levels = [...levels.values()].filter((level) => level.path.length > 0);
  checkLimits([...levels.values()], options.limits);
  return query;
}

const windowKey = /^(?:(.*)\.)?(order|limit|offset|and|or)$/s;

/** `order`, `limit`, `offset`, `and`, `or` with an optional path before; false when the key is none of them. */
function readWindow(key: string, value: string, levelAt: (path: readonly string[]) => Level): boolean {
  const found = windowKey.exec(key);
  if (!found) return false;
  const word = found[2];
  let path = found[1] === undefined ? [] : parsePath(found[1], key);
  if (word === 'and' || word === 'or') {
    const isNegated = path.at(-1) === 'not';
    if (isNegated) path = path.slice(0, -1);
    levelAt(path).filters.push(parseLogic(value, word, isNegated));
    return true;
  }
  const level = levelAt(path);
  if (word === 'order') level.order ??= value === '' ? [] : parseOrder(value);
  else if (word === 'limit') level.limit ??= parseLimit(value);
  else level.offset ??= Math.max(0, parseInteger(value) ?? 0);
  return true;
}

function parseInteger(value: string): number | null {
  if (!/^[+-]?\d+$/.test(value.trim())) return null;
  // Past bigint the window is as good as endless; Postgres would refuse the number itself.
  return Math.max(-1, Math.min(Number(value), Number.MAX_SAFE_INTEGER));
}

function parseLimit(value: string): number | null {
  const limit = parseInteger(value);
  if (limit !== null && limit < 0) throw badRange('Limit should be greater than or equal to zero.');
  return limit;
}

function parsePath(text: string, key: string): string[] {
  const s = scan(text, 'tree path');
  const path = [takeName(s)];
  while (take(s, '.')) path.push(takeName(s));
  if (!isDone(s)) throw parseError('tree path', key, s.at, 'expecting names separated by dots');
  return path;
}

/** Takes the pair as an argument of the function when its value is no filter. */
function readArgument(args: [string, string][], pair: [string, string], { takesArgs }: QueryOptions): boolean {
  if (!takesArgs) return false;
  try {
    parseFilter({ name: '', path: [] }, pair[1]);
    return false;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    args.push(pair);
    return true;
  }
}

function readFilter(key: string, value: string, levelAt: (path: readonly string[]) => Level): void {
  const { path, field } = parseFilterKey(key);
  levelAt(path).filters.push(parseFilter(field, value));
}

/** `[rel.]*column[jsonpath]`. */
function parseFilterKey(key: string): { path: string[]; field: Field } {
  const s = scan(key, 'tree path');
  const path: string[] = [];
  let field = takeField(s);
  while (field.path.length === 0 && take(s, '.')) {
    path.push(field.name);
    field = takeField(s);
  }
  if (!isDone(s)) throw s.fail('expecting a column, rel.column or a JSON path such as meta->>key; quote other names');
  return { path, field };
}

function checkLimits(levels: readonly Level[], limits: QueryLimits): void {
  const count = (node: LogicNode): number =>
    node.kind === 'filter' ? 1 : node.items.reduce((sum, item) => sum + count(item), 1);
  const filters = levels.reduce((sum, level) => sum + level.filters.reduce((n, node) => n + count(node), 0), 0);
  if (filters > limits.maxFilters) {
    throw limitError(
      `${filters} filters are more than the ${limits.maxFilters} that one request may have`,
      'Use in.(...) or a function for long lists of conditions.',
    );
  }
}
