import type { Aggregate, EmbedNode, SelectNode } from '../ast.ts';
import { expect, isDone, type Scanner, scan, skipSpaces, take, takeJsonPath, takeMatch, takeName } from './scanner.ts';

const aggregates = new Set(['sum', 'avg', 'count', 'max', 'min']);
const maxDepth = 64;
/** Postgres takes 1664 columns in one SELECT, and `*` is many. */
const maxItems = 500;
/** Each is a join to plan. */
const maxEmbeds = 100;

/** The `select` parameter (contract/postgrest.md §6.1); empty text is an empty list. Errors: PGRST100. */
export function parseSelect(text: string): SelectNode[] {
  const s = scan(text, 'select parameter');
  const items = takeItems(s, 0);
  if (!isDone(s))
    throw s.fail('expecting "," or the end; a field, alias:field, rel(...) or ...rel(...) may stand here');
  if (countEmbeds(items) > maxEmbeds) throw s.fail(`at most ${maxEmbeds} relations may be embedded in one request`);
  return items;
}

const countEmbeds = (items: readonly SelectNode[]): number =>
  items.reduce((sum, item) => sum + (item.kind === 'embed' ? 1 + countEmbeds(item.select) : 0), 0);

function takeItems(s: Scanner, depth: number): SelectNode[] {
  if (depth > maxDepth) throw s.fail(`embeds may be nested ${maxDepth} deep at most`);
  const items: SelectNode[] = [];
  skipSpaces(s);
  if (isDone(s) || s.text[s.at] === ')') return items;
  do {
    if (items.length === maxItems) throw s.fail(`at most ${maxItems} items may be selected on one level`);
    const item = takeItem(s, depth);
    // A second star would only write every key twice.
    if (item.kind !== 'star' || !items.some(({ kind }) => kind === 'star')) items.push(item);
    skipSpaces(s);
  } while (take(s, ','));
  return items;
}

function takeItem(s: Scanner, depth: number): SelectNode {
  skipSpaces(s);
  if (take(s, '...')) return takeEmbed(s, { name: takeName(s), alias: null, isSpread: true, depth });
  if (take(s, '*')) return { kind: 'star' };
  let alias: string | null = null;
  const wasQuoted = s.text[s.at] === '"';
  let name = takeName(s);
  let isBare = !wasQuoted;
  if (s.text[s.at] === ':' && s.text[s.at + 1] !== ':') {
    s.at++;
    alias = name;
    skipSpaces(s);
    isBare = s.text[s.at] !== '"';
    name = takeName(s);
  }
  if (isBare && name === 'count' && take(s, '()')) return { kind: 'count', alias, cast: takeCast(s) };
  if (s.text[s.at] === '!' || s.text[s.at] === '(') return takeEmbed(s, { name, alias, isSpread: false, depth });
  const field = { name, path: takeJsonPath(s) };
  const cast = takeCast(s);
  const aggregate = takeAggregate(s);
  return { kind: 'field', field, alias, cast, aggregate, aggregateCast: aggregate ? takeCast(s) : null };
}

function takeEmbed(
  s: Scanner,
  head: { name: string; alias: string | null; isSpread: boolean; depth: number },
): EmbedNode {
  let hint: string | null = null;
  let isInner = false;
  for (let params = 0; params < 2 && take(s, '!'); params++) {
    const param = takeName(s);
    if (param === 'inner') isInner = true;
    else if (param !== 'left') hint = param;
  }
  expect(s, '(');
  const select = takeItems(s, head.depth + 1);
  skipSpaces(s);
  expect(s, ')');
  return { kind: 'embed', name: head.name, alias: head.alias, hint, isInner, isSpread: head.isSpread, select };
}

/** `::type`, letters, digits, `_`, `$` and spaces. */
function takeCast(s: Scanner): string | null {
  if (!take(s, '::')) return null;
  const type = takeMatch(s, /[\p{L}\p{N}_$ ]+/uy)?.trim();
  if (!type) throw s.fail('expecting a type name after "::"');
  return type;
}

function takeAggregate(s: Scanner): Aggregate | null {
  if (!take(s, '.')) return null;
  const name = takeMatch(s, /[a-z]+(?=\(\))/y);
  if (!name || !aggregates.has(name)) throw s.fail('expecting sum(), avg(), count(), max() or min()');
  s.at += 2;
  return name as Aggregate;
}

/** `columns` and `on_conflict`: names separated by commas, at least one. Errors: PGRST100. */
export function parseNames(text: string, what: string): string[] {
  const s = scan(text, what);
  const names: string[] = [];
  do names.push(takeName(s));
  while (take(s, ','));
  if (!isDone(s)) throw s.fail('expecting "," or the end of the list of names');
  return [...new Set(names)];
}
