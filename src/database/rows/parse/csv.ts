import { CsvError, parse } from 'csv-parse/sync';
import { invalidBody } from '../errors.ts';

/** A CSV body with a header line as a JSON array; the text NULL is null, other cells are strings. Errors: PGRST102. */
export function csvToJson(text: string): { json: string; keys: string[]; rowCount: number } {
  let lines: string[][];
  try {
    lines = parse(text, { bom: true, skip_empty_lines: true, relax_column_count: false });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    if (error.code.startsWith('CSV_RECORD_INCONSISTENT'))
      throw invalidBody('All lines must have same number of fields');
    throw invalidBody('Invalid CSV', error.message);
  }
  const [header = [], ...rows] = lines;
  const records = rows.map((row) =>
    Object.fromEntries(header.map((name, index) => [name, row[index] === 'NULL' ? null : row[index]])),
  );
  return { json: JSON.stringify(records), keys: [...new Set(header)], rowCount: records.length };
}
