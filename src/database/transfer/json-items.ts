import { createReadStream } from 'node:fs';
import { invalidInput } from '../../core/errors.ts';

/** One item may not be larger, so that a file without end does not fill the memory. */
const maxItemLength = 32 * 1024 * 1024;

/** Parses JSON; a number that JavaScript would round stays as it is written (a RawJSON object). Errors: SyntaxError. */
export function parseExactly(text: string): unknown {
  if (!/\d[.eE]|\d{16}/.test(text)) return JSON.parse(text);
  const keep = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
      ? rawJson(context.source)
      : value;
  return JSON.parse(text, keep as (key: string, value: unknown) => unknown);
}

/** The two functions are newer than the type library. */
const { rawJSON: rawJson, isRawJSON: isRawJson } = JSON as unknown as {
  rawJSON(text: string): { readonly rawJSON: string };
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
};

export { isRawJson };

/**
 * The items of a JSON file, one at a time: those of its array, or the file's one object.
 * Errors: INVALID_INPUT (malformed, an item larger than 32 MiB).
 */
export async function* readJsonItems(path: string): AsyncGenerator<unknown> {
  const splitter = createItemSplitter();
  for await (const chunk of createReadStream(path, { encoding: 'utf8' })) yield* splitter.push(chunk as string);
  yield* splitter.end();
}

/** `first`: behind the opening bracket; `after`: behind an item; `next`: behind a comma; `single`: in a file without array. */
type Place = 'start' | 'first' | 'item' | 'after' | 'next' | 'done' | 'single';

/** Finds where the items of the outermost array begin and end, without parsing them. */
function createItemSplitter() {
  let place: Place = 'start';
  let depth = 0;
  let inString = false;
  let isEscaped = false;
  let item = '';
  return { push, end };

  function* push(chunk: string): Generator<unknown> {
    for (let at = 0; at < chunk.length; ) {
      if (place === 'item' || place === 'single') {
        const stop = scan(chunk, at);
        item += chunk.slice(at, stop);
        if (item.length > maxItemLength) throw invalidInput('file: one record is too large');
        at = stop;
        if (at < chunk.length && place === 'item' && depth === 0 && !inString) yield* finish();
      } else at = outside(chunk, at);
    }
  }

  /** Where the item ends (`,` or `]` at its own level), or the chunk does. */
  function scan(chunk: string, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const char = chunk[at];
      if (isEscaped) isEscaped = false;
      else if (inString) {
        if (char === '\\') isEscaped = true;
        else if (char === '"') inString = false;
      } else if (char === '"') inString = true;
      else if (char === '{' || char === '[') depth += 1;
      else if (depth === 0 && place === 'item' && (char === ',' || char === ']')) return at;
      else if (char === '}' || char === ']') depth -= 1;
    }
    return chunk.length;
  }

  function outside(chunk: string, at: number): number {
    const char = chunk[at] ?? '';
    if (/[\s\ufeff]/.test(char)) return at + 1;
    if (place === 'done') throw malformed('text after the end of the array');
    if (place === 'start') {
      place = char === '[' ? 'first' : 'single';
      return char === '[' ? at + 1 : at;
    }
    const isEnd = char === ']' && place !== 'next';
    if (isEnd || place === 'after') {
      place = isEnd ? 'done' : 'next'; // an item ends at `,` or `]` only
      return at + 1;
    }
    place = 'item';
    return at;
  }

  function* finish(): Generator<unknown> {
    yield parseItem(item);
    item = '';
    place = 'after';
  }

  function* end(): Generator<unknown> {
    if (place === 'single') yield parseItem(item);
    else if (place !== 'done') throw malformed(place === 'start' ? 'the file is empty' : 'the array is not closed');
  }
}

function parseItem(text: string): unknown {
  try {
    return parseExactly(text);
  } catch (cause) {
    throw malformed((cause as Error).message);
  }
}

const malformed = (reason: string) =>
  invalidInput(`file: Malformed JSON: ${reason}`, 'Send one object or an array of objects.');
