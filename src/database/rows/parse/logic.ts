import type { FilterNode, GroupNode, LogicNode } from '../ast.ts';
import { takeOperation } from './operation.ts';
import { expect, isDone, type Scanner, scan, skipSpaces, take, takeField, takeMatch } from './scanner.ts';

const maxDepth = 64;

/** The value of `and=`, `or=`, `not.and=`, `not.or=` with its outer parentheses (§5.2). Errors: PGRST100. */
export function parseLogic(text: string, kind: 'and' | 'or', isNegated: boolean): GroupNode {
  const s = scan(text, 'logic tree');
  skipSpaces(s);
  const items = takeGroup(s, 0);
  skipSpaces(s);
  if (!isDone(s)) throw s.fail('expecting the end after ")"');
  return { kind, isNegated, items };
}

function takeGroup(s: Scanner, depth: number): LogicNode[] {
  if (depth > maxDepth) throw s.fail(`logic may be nested ${maxDepth} deep at most`);
  expect(s, '(');
  const items: LogicNode[] = [];
  do {
    skipSpaces(s);
    items.push(takeCondition(s, depth));
    skipSpaces(s);
  } while (take(s, ','));
  expect(s, ')');
  return items;
}

function takeCondition(s: Scanner, depth: number): LogicNode {
  const group = takeMatch(s, /(?:not\.)?(?:and|or)\s*(?=\()/y);
  if (group !== null) {
    const kind = group.trimEnd().endsWith('and') ? 'and' : 'or';
    return { kind, isNegated: group.startsWith('not.'), items: takeGroup(s, depth + 1) };
  }
  const field = takeField(s);
  if (!take(s, '.')) throw s.fail('expecting a dot and an operator after the column, for example price.lt.5');
  return { kind: 'filter', field, ...takeOperation(s, 'logic') };
}

/** The value of a plain filter parameter. Errors: PGRST100. */
export function parseFilter(field: FilterNode['field'], value: string): FilterNode {
  const s = scan(value, 'filter');
  const operation = takeOperation(s, 'text');
  if (!isDone(s)) throw s.fail('expecting the end of the filter');
  return { kind: 'filter', field, ...operation };
}
