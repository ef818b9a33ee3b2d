import type { OrderNode } from '../ast.ts';
import { expect, isDone, type Scanner, scan, skipSpaces, take, takeField } from './scanner.ts';

const maxTerms = 64;

/** `order=a.desc.nullslast,rel(col).asc` (contract/postgrest.md §7.7, §8). Errors: PGRST100. */
export function parseOrder(text: string): OrderNode[] {
  const s = scan(text, 'order');
  const terms: OrderNode[] = [];
  do {
    skipSpaces(s);
    if (terms.length === maxTerms) throw s.fail(`at most ${maxTerms} terms decide an order`);
    terms.push(takeTerm(s));
    skipSpaces(s);
  } while (take(s, ','));
  if (!isDone(s)) throw s.fail('expecting .asc, .desc, .nullsfirst, .nullslast, "," or the end');
  return terms;
}

function takeTerm(s: Scanner): OrderNode {
  let field = takeField(s);
  let relation: string | null = null;
  if (field.path.length === 0 && take(s, '(')) {
    relation = field.name;
    field = takeField(s);
    skipSpaces(s);
    expect(s, ')');
  }
  const direction = takeWord(s, { '.asc': 'asc', '.desc': 'desc' } as const);
  const nulls = takeWord(s, { '.nullsfirst': 'first', '.nullslast': 'last' } as const);
  return { field, relation, direction, nulls };
}

function takeWord<T extends string>(s: Scanner, words: Readonly<Record<string, T>>): T | null {
  for (const [word, value] of Object.entries(words)) if (take(s, word)) return value;
  return null;
}
