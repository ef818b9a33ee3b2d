import { type AppError, invalidInput } from '../../../core/errors.ts';
import type { Field, LogicNode, Operation, OrderNode } from '../ast.ts';
import { arrayText, type JsonObject, jsonText } from './json-value.ts';
import { isDone, scan, takeField } from './scanner.ts';

const maxDepth = 64;
const comparisons = 'eq neq gt gte lt lte like ilike match imatch cs cd ov sl sr nxr nxl adj isdistinct'.split(' ');
const searches = ['fts', 'plfts', 'phfts', 'wfts'];
const isValues = ['null', 'not_null', 'true', 'false', 'unknown'];

/**
 * Conditions written as JSON: `{price: {gt: 5}, or: [{title: {eq: "x"}}], not: {tags: {cs: ["a"]}}}`. Keys of one object
 * are ANDed; the operators are those of the query string; `eq: null` means "is null". Errors: INVALID_INPUT.
 */
export function whereFromJson(where: unknown, path = 'where', depth = 0): LogicNode[] {
  if (where === null || where === undefined) return [];
  if (!isObject(where)) throw fault(path, 'must be an object');
  if (depth > maxDepth) throw fault(path, `may be nested ${maxDepth} deep at most`);
  return Object.entries(where).flatMap(([key, value]): LogicNode[] => {
    const at = `${path}.${key}`;
    if (key === 'and' || key === 'or') return [group(key, value, at, depth)];
    if (key === 'not')
      return [{ kind: 'and', isNegated: true, items: nonEmpty(whereFromJson(value, at, depth + 1), at) }];
    return conditions(fieldFrom(key, at), value, at);
  });
}

function group(kind: 'and' | 'or', value: unknown, at: string, depth: number): LogicNode {
  if (!Array.isArray(value)) throw fault(at, 'must be a list of conditions');
  const items = value.map((item, index): LogicNode => {
    const inner = nonEmpty(whereFromJson(item, `${at}.${index}`, depth + 1), `${at}.${index}`);
    return { kind: 'and', isNegated: false, items: inner };
  });
  return { kind, isNegated: false, items: nonEmpty(items, at) };
}

function nonEmpty(items: LogicNode[], at: string): LogicNode[] {
  if (items.length === 0) throw fault(at, 'must hold at least one condition');
  return items;
}

function conditions(field: Field, value: unknown, at: string): LogicNode[] {
  if (!isObject(value) || Object.keys(value).length === 0) throw fault(at, 'must be an object such as {eq: 1}');
  return Object.entries(value).map(([op, operand]): LogicNode => {
    if (op === 'not') return { kind: 'and', isNegated: true, items: conditions(field, operand, `${at}.not`) };
    return { kind: 'filter', field, isNegated: false, operation: operationFrom(op, operand, `${at}.${op}`) };
  });
}

function operationFrom(op: string, value: unknown, at: string): Operation {
  if (op === 'is') {
    const word = value === null ? 'null' : String(value).toLowerCase();
    if (!isValues.includes(word)) throw fault(at, 'must be null, "not_null", true, false or "unknown"');
    return { kind: 'is', value: word as never };
  }
  if (value === null) {
    if (op === 'eq' || op === 'neq') return { kind: 'is', value: op === 'eq' ? 'null' : 'not_null' };
    throw fault(at, 'null compares with eq, neq and is only');
  }
  if (op === 'in') {
    if (!Array.isArray(value)) throw fault(at, 'must be a list');
    return { kind: 'in', values: value.map(jsonText) };
  }
  const text =
    Array.isArray(value) && ['cs', 'cd', 'ov', 'eq', 'neq'].includes(op) ? arrayText(value) : jsonText(value);
  if (text.includes('\0')) throw fault(at, 'must not contain U+0000');
  if (searches.includes(op)) return { kind: 'search', op: op as never, config: null, value: text };
  if (comparisons.includes(op)) return { kind: 'compare', op: op as never, quantifier: null, value: text };
  throw fault(at, `is no operator; there are ${[...comparisons, 'in', 'is', ...searches].join(', ')}`);
}

/** `[{createdAt: "DESC"}]`, directions ASC and DESC with `_NULLS_FIRST` or `_NULLS_LAST`. Errors: INVALID_INPUT. */
export function orderFromJson(orderBy: unknown): OrderNode[] | null {
  if (orderBy === null || orderBy === undefined) return null;
  const items = Array.isArray(orderBy) ? orderBy : [orderBy];
  return items.flatMap((item: unknown, index) => {
    if (!isObject(item)) throw fault(`orderBy.${index}`, 'must be an object such as {createdAt: "DESC"}');
    return Object.entries(item).map(([key, direction]): OrderNode => {
      const at = `orderBy.${index}.${key}`;
      const found = /^(ASC|DESC)(?:_NULLS_(FIRST|LAST))?$/.exec(String(direction).toUpperCase());
      if (!found) throw fault(at, 'must be ASC or DESC, with _NULLS_FIRST or _NULLS_LAST after it if wanted');
      const [, way, nulls] = found;
      return {
        field: fieldFrom(key, at),
        relation: null,
        direction: way === 'ASC' ? 'asc' : 'desc',
        nulls: (nulls?.toLowerCase() ?? null) as OrderNode['nulls'],
      };
    });
  });
}

function fieldFrom(key: string, at: string): Field {
  if (key.includes('\0')) throw fault(at, 'must not contain U+0000');
  const s = scan(key, 'field');
  const field = takeField(s);
  if (!isDone(s)) throw fault(at, 'must be a column, or a JSON path such as meta->>key');
  return field;
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const fault = (path: string, text: string): AppError => invalidInput(`${path}: ${text}`);
