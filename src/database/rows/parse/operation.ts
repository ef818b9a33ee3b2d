import type { Comparison, IsValue, Operation, TextSearch } from '../ast.ts';
import { isDone, type Scanner, skipSpaces, take, takeMatch } from './scanner.ts';

const comparisons = new Set<string>(
  'eq neq gt gte lt lte like ilike match imatch cs cd ov sl sr nxr nxl adj isdistinct'.split(' '),
);
const quantifiable = new Set<string>('eq gt gte lt lte like ilike match imatch'.split(' '));
const searches = new Set<string>(['fts', 'plfts', 'phfts', 'wfts']);
const isValues = new Set<string>(['null', 'not_null', 'true', 'false', 'unknown']);

const expectedOperator =
  'expecting an operator and a dot, for example eq.1, not.gt.5, in.(1,2), like(any).{a*,*b}: ' +
  'eq neq gt gte lt lte like ilike match imatch in is isdistinct fts plfts phfts wfts cs cd ov sl sr nxr nxl adj';

/** How the value of an operation ends: at the end of the text, or at `,` and `)` inside a logic tree. */
export type Ending = 'text' | 'logic';

/** `[not.]op.value`, the scanner standing at `not` or the operator (§4.3, §5.1). Errors: PGRST100. */
export function takeOperation(s: Scanner, ending: Ending): { isNegated: boolean; operation: Operation } {
  const isNegated = take(s, 'not.');
  const name = takeMatch(s, /[a-z]+/y) ?? '';
  if (name === 'in') return { isNegated, operation: takeIn(s, ending) };
  if (name === 'is') return { isNegated, operation: takeIs(s) };
  if (searches.has(name)) return { isNegated, operation: takeSearch(s, name as TextSearch, ending) };
  if (!comparisons.has(name)) throw s.fail(expectedOperator);
  const quantifier = takeQuantifier(s, name);
  dot(s);
  const value = takeValue(s, ending);
  return { isNegated, operation: { kind: 'compare', op: name as Comparison, quantifier, value } };
}

function dot(s: Scanner): void {
  if (!take(s, '.')) throw s.fail(expectedOperator);
}

function takeQuantifier(s: Scanner, name: string): 'any' | 'all' | null {
  if (s.text[s.at] !== '(') return null;
  if (!quantifiable.has(name)) throw s.fail(`the operator ${name} takes no modifier; expecting "."`);
  if (take(s, '(any)')) return 'any';
  if (take(s, '(all)')) return 'all';
  throw s.fail('expecting (any) or (all)');
}

function takeSearch(s: Scanner, op: TextSearch, ending: Ending): Operation {
  const config = takeMatch(s, /\([\p{L}\p{N}_$]+\)/uy);
  dot(s);
  return { kind: 'search', op, config: config ? config.slice(1, -1) : null, value: takeValue(s, ending) };
}

function takeIs(s: Scanner): Operation {
  dot(s);
  const word = takeMatch(s, /[a-z_]+/iy)?.toLowerCase() ?? '';
  if (!isValues.has(word)) throw s.fail('expecting null, not_null, true, false or unknown');
  return { kind: 'is', value: word as IsValue };
}

function takeIn(s: Scanner, ending: Ending): Operation {
  dot(s);
  if (!take(s, '(')) throw s.fail('expecting "(" and a list such as in.(1,2,3)');
  skipSpaces(s);
  const values: string[] = [];
  if (!take(s, ')')) {
    for (;;) {
      values.push(takeElement(s));
      if (take(s, ',')) continue;
      if (take(s, ')')) break;
      throw s.fail('expecting "," or ")" in the list');
    }
  }
  if (ending === 'text') skipSpaces(s);
  return { kind: 'in', values };
}

/** A value in quotes that end before `,` or `)`, or else literal text up to there. Spaces before the last `)` are cut. */
function takeElement(s: Scanner): string {
  const quoted = takeClosedQuotes(s);
  if (quoted !== null) return quoted;
  const raw = takeMatch(s, /[^,)]*/y) ?? '';
  return s.text[s.at] === ')' ? raw.trimEnd() : raw;
}

/** Quotes count only when the closing one stands before `,`, `)` or the end; clients do not escape inner ones. */
function takeClosedQuotes(s: Scanner): string | null {
  if (s.text[s.at] !== '"' || s.at >= s.unclosedFrom) return null;
  const start = s.at;
  let value = '';
  s.at++;
  while (!isDone(s)) {
    const c = s.text[s.at++] as string;
    if (c === '\\' && !isDone(s)) value += s.text[s.at++];
    else if (c === '"' && endsHere(s)) {
      takeMatch(s, / */y);
      return value;
    } else value += c;
  }
  s.unclosedFrom = start;
  s.at = start;
  return null;
}

function endsHere(s: Scanner): boolean {
  let at = s.at;
  while (s.text[at] === ' ') at++;
  return at >= s.text.length || s.text[at] === ',' || s.text[at] === ')';
}

function takeValue(s: Scanner, ending: Ending): string {
  if (ending === 'text') {
    const rest = s.text.slice(s.at);
    s.at = s.text.length;
    return rest;
  }
  const quoted = takeClosedQuotes(s);
  if (quoted !== null) return quoted;
  return takeMatch(s, /\{[^{}]*\}/y) ?? takeMatch(s, /[^,)]*/y) ?? '';
}
