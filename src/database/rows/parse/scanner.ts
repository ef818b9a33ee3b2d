import type { AppError } from '../../../core/errors.ts';
import type { Field, JsonStep } from '../ast.ts';
import { parseError } from '../errors.ts';

/** A cursor over one parameter. Errors carry what was being read and where it stopped. */
export interface Scanner {
  readonly text: string;
  at: number;
  /** From here on no quote is closed; a text of opening quotes would otherwise be read to its end once for each. */
  unclosedFrom: number;
  fail(expected: string): AppError;
}

/** `what` completes "failed to parse ...". */
export function scan(text: string, what: string): Scanner {
  const scanner: Scanner = {
    text,
    at: 0,
    unclosedFrom: Number.POSITIVE_INFINITY,
    fail: (expected) => parseError(what, text, scanner.at, expected),
  };
  return scanner;
}

/** Consumes `token` when it comes next. */
export function take(s: Scanner, token: string): boolean {
  if (!s.text.startsWith(token, s.at)) return false;
  s.at += token.length;
  return true;
}

/** Consumes `token`. Errors: PGRST100. */
export function expect(s: Scanner, token: string): void {
  if (!take(s, token)) throw s.fail(`expecting "${token}"`);
}

/** Consumes what a sticky expression matches; null when it does not match here. */
export function takeMatch(s: Scanner, sticky: RegExp): string | null {
  sticky.lastIndex = s.at;
  const found = sticky.exec(s.text);
  if (!found) return null;
  s.at += found[0].length;
  return found[0];
}

export const isDone = (s: Scanner): boolean => s.at >= s.text.length;

/** Spaces and tabs. */
export function skipSpaces(s: Scanner): void {
  takeMatch(s, /\s*/y);
}

const bareName = /[\p{L}\p{M}\p{N}_$ ]+(?:-(?!>)[\p{L}\p{M}\p{N}_$ ]+)*/uy;

/** A quoted or bare name (contract/postgrest.md §4.2). Errors: PGRST100. */
export function takeName(s: Scanner): string {
  skipSpaces(s);
  if (s.text[s.at] === '"') {
    const quoted = takeQuoted(s);
    skipSpaces(s);
    return quoted;
  }
  const name = takeMatch(s, bareName)?.trim();
  if (!name) throw s.fail('expecting a name: letters, digits, "_", "$", or a name in double quotes such as "a.b"');
  return name;
}

/** A text in double quotes, where a backslash escapes the next character. Errors: PGRST100. */
export function takeQuoted(s: Scanner): string {
  expect(s, '"');
  let value = '';
  while (!isDone(s)) {
    const c = s.text[s.at++];
    if (c === '"') return value;
    value += c === '\\' && !isDone(s) ? s.text[s.at++] : c;
  }
  throw s.fail('expecting a closing double quote');
}

const indexStep = /-?\d+(?=->|::|\.|,|\)|$|\s*$)/y;
const keyStep = /[^(\-:.,>)"]+(?:-(?!>)[^(\-:.,>)"]+)*/y;

/** Postgres builds one expression per step, each inside the next. */
const maxSteps = 64;

/** `->key`, `->>key`, `->0`, chained; empty when no arrow follows (§5.3). Errors: PGRST100. */
export function takeJsonPath(s: Scanner): JsonStep[] {
  const steps: JsonStep[] = [];
  while (s.text.startsWith('->', s.at)) {
    if (steps.length === maxSteps) throw s.fail(`a path may have ${maxSteps} steps at most`);
    const arrow = take(s, '->>') ? '->>' : '->';
    if (arrow === '->') s.at += 2;
    if (s.text[s.at] === '"') {
      steps.push({ arrow, key: takeQuoted(s), isIndex: false });
      continue;
    }
    const index = takeMatch(s, indexStep);
    const key = index ?? takeMatch(s, keyStep);
    if (key === null) throw s.fail('expecting a JSON key or an array index after the arrow');
    steps.push({ arrow, key: index === null ? key.trimEnd() : key, isIndex: index !== null && fitsInt4(index) });
  }
  return steps;
}

const fitsInt4 = (digits: string) => Math.abs(Number(digits)) < 2 ** 31;

/** A name and the path into it. Errors: PGRST100. */
export function takeField(s: Scanner): Field {
  const name = takeName(s);
  return { name, path: takeJsonPath(s) };
}
