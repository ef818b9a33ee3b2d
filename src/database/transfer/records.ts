import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { type AppError, appError, invalidInput } from '../../core/errors.ts';
import { readJsonItems } from './json-items.ts';

/** One record of a file. `row` counts records from 1; a header is none. */
export interface FileRecord {
  row: number;
  keys: readonly string[];
  /** In the order of `keys`: text (CSV) or what JSON had there. */
  values: readonly unknown[];
}

/** What is wrong with which record. */
export interface RowError {
  row: number;
  message: string;
}

/** 400 or the given status; the rows travel in `details.errors`. */
export const rowsError = (
  errors: readonly RowError[],
  init: { code?: string; status?: number; message?: string } = {},
): AppError =>
  appError({
    code: init.code ?? 'INVALID_INPUT',
    status: init.status ?? 400,
    message: init.message ?? `Row ${errors[0]?.row}: ${errors[0]?.message}`,
    nextActions: 'Correct the rows named and send the file again; nothing of it was stored.',
    details: { errors },
  });

/** Errors: INVALID_INPUT (malformed; `details.errors` names the row where there is one). */
export const readRecords = (kind: '.csv' | '.json', path: string): AsyncGenerator<FileRecord> =>
  kind === '.csv' ? readCsv(path) : readJson(path);

const maxRecordLength = 32 * 1024 * 1024;

async function* readCsv(path: string): AsyncGenerator<FileRecord> {
  const parser = parse({
    bom: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: maxRecordLength,
  });
  pipeline(createReadStream(path), parser, () => undefined); // a failure ends the iteration below
  let keys: string[] | null = null;
  let row = 0;
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      if (keys === null) keys = checkHeader(cells);
      else yield { row: ++row, keys, values: checkLength(cells, keys.length, row) };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const parsed: unknown = error.records; // with the header, so that this is the number of the record that failed
    throw rowsError([{ row: typeof parsed === 'number' ? parsed : row + 1, message: error.message }]);
  }
}

function checkLength(cells: string[], length: number, row: number): string[] {
  if (cells.length === length) return cells;
  throw rowsError([{ row, message: `has ${cells.length} fields, not ${length} as the first line` }]);
}

function checkHeader(names: string[]): string[] {
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw invalidInput(`file: the column ${twice} is named twice in the first line`);
  if (names.includes('')) throw invalidInput('file: a column has no name in the first line');
  return names;
}

async function* readJson(path: string): AsyncGenerator<FileRecord> {
  let row = 0;
  for await (const item of readJsonItems(path)) {
    row += 1;
    if (typeof item !== 'object' || item === null || Array.isArray(item))
      throw rowsError([{ row, message: 'must be an object' }]);
    yield { row, keys: Object.keys(item), values: Object.values(item) };
  }
}
