/** A statement as it stands in a script. */
export interface Piece {
  text: string;
  /** Where it begins, in code points. */
  offset: number;
}

/**
 * Cuts a script at its semicolons, fed in chunks of any size, so that a file is never in memory whole. Knows strings,
 * quoted names, dollar quotes, nested comments, parentheses and `BEGIN ATOMIC` bodies, as psql does
 * (https://www.postgresql.org/docs/current/sql-syntax-lexical.html).
 */
export function createSplitter() {
  let buffer = '';
  let position = 0;
  let consumed = 0;
  const state = { parentheses: 0, blocks: 0, words: 0, isRoutine: false };

  return { push: (chunk: string) => [...cut(chunk, false)], end: () => [...cut('', true)] };

  function* cut(chunk: string, isLast: boolean): Generator<Piece> {
    buffer += chunk;
    while (position < buffer.length) {
      const length = tokenLength(buffer, position, isLast);
      if (length === 0) break; // the token may go on in the next chunk
      const token = buffer.slice(position, position + length);
      position += length;
      if (token === ';' && state.parentheses <= 0 && state.blocks === 0) yield* take(position - 1);
      else follow(token, state);
    }
    if (isLast) yield* take(buffer.length);
  }

  function* take(end: number): Generator<Piece> {
    const text = buffer.slice(0, end);
    const lead = leadingBlank(text);
    if (lead < text.length)
      yield { text: text.slice(lead).trimEnd(), offset: consumed + codePoints(text.slice(0, lead)) };
    consumed += codePoints(buffer.slice(0, position));
    buffer = buffer.slice(position);
    position = 0;
    Object.assign(state, { parentheses: 0, blocks: 0, words: 0, isRoutine: false });
  }
}

/** As createSplitter, for a script that is in memory. */
export function splitStatements(script: string): Piece[] {
  const splitter = createSplitter();
  return [...splitter.push(script), ...splitter.end()];
}

/** The first word of a statement in capitals, after blanks, comments and opening parentheses; empty when there is none. */
export const firstKeyword = (text: string): string =>
  (/^[a-z_]+/i.exec(text.slice(leadingBlank(text)).replace(/^[(\s]+/, ''))?.[0] ?? '').toUpperCase();

interface State {
  parentheses: number;
  /** Depth of BEGIN ATOMIC and CASE inside a routine's body. */
  blocks: number;
  words: number;
  isRoutine: boolean;
}

/** Only `CREATE [OR REPLACE] FUNCTION | PROCEDURE` can hold semicolons of its own outside quotes. */
function follow(token: string, state: State): void {
  if (token === '(') state.parentheses += 1;
  else if (token === ')') state.parentheses -= 1;
  if (!/^[a-z_]/i.test(token)) return;
  const word = token.toUpperCase();
  state.words += 1;
  if (state.words === 1) state.isRoutine = word === 'CREATE';
  else if (state.isRoutine && state.words === 2)
    state.isRoutine = word === 'OR' || word === 'FUNCTION' || word === 'PROCEDURE';
  if (!state.isRoutine) return;
  if (word === 'BEGIN' || (word === 'CASE' && state.blocks > 0)) state.blocks += 1;
  else if (word === 'END' && state.blocks > 0) state.blocks -= 1;
}

const word = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const dollarTag = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;
/** What may become a tag once the next chunk is here. */
const openTag = /\$[\p{L}\p{N}_]*$/uy;
const plain = /[^'"$\-/;()\p{L}_]+/uy;

/** Length of the token at `at`; 0 when its end may lie beyond the buffer. */
function tokenLength(text: string, at: number, isLast: boolean): number {
  const end = scanToken(text, at);
  if (end !== null && (end < text.length || isLast)) return end - at;
  return isLast ? text.length - at : 0;
}

/** The end of the token at `at`; null when it is not closed. */
function scanToken(text: string, at: number): number | null {
  const char = text[at];
  if (char === "'")
    return closing(text, at + 1, "'", /(?:^|[^\p{L}\p{N}_$])[eE]$/u.test(text.slice(Math.max(0, at - 2), at)));
  if (char === '"') return closing(text, at + 1, '"', false);
  if (text.startsWith('--', at)) return after(text, '\n', at);
  if (text.startsWith('/*', at)) return commentEnd(text, at);
  if (char === '$') {
    const tag = match(dollarTag, text, at);
    if (tag) return after(text, tag, at + tag.length);
    return match(openTag, text, at) ? null : at + 1;
  }
  return at + (match(word, text, at) ?? match(plain, text, at) ?? char ?? '').length;
}

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

function after(text: string, mark: string, from: number): number | null {
  const found = text.indexOf(mark, from);
  return found < 0 ? null : found + mark.length;
}

/** A doubled quote continues the string; in an E'' string a backslash hides what follows it. */
function closing(text: string, from: number, quote: string, hasEscapes: boolean): number | null {
  for (let i = from; i < text.length; i += 1) {
    if (hasEscapes && text[i] === '\\') i += 1;
    else if (text[i] === quote) {
      if (text[i + 1] !== quote) return i + 1;
      i += 1;
    }
  }
  return null;
}

function commentEnd(text: string, at: number): number | null {
  let depth = 0;
  for (let i = at; i < text.length - 1; i += 1) {
    const pair = text.slice(i, i + 2);
    if (pair === '/*') depth += 1;
    else if (pair === '*/') depth -= 1;
    else continue;
    i += 1;
    if (depth === 0) return i + 1;
  }
  return null;
}

/** How much of the beginning is blanks and comments. */
function leadingBlank(text: string): number {
  let at = 0;
  for (;;) {
    at += /^\s*/.exec(text.slice(at, at + 10_000))?.[0].length ?? 0;
    const isComment = text.startsWith('--', at) || text.startsWith('/*', at);
    if (!isComment) return /\s/.test(text[at] ?? '') ? at + 1 : at;
    at = scanToken(text, at) ?? text.length;
  }
}

/** Length as Postgres counts it; JavaScript counts UTF-16 units. */
export const codePoints = (text: string): number => {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
};
