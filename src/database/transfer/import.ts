import { createReadStream } from 'node:fs';
import pg from 'pg';
import { type Call, requireAdmin } from '../../core/call.ts';
import { AppError, appError, invalidInput } from '../../core/errors.ts';
import type { AdminTx, InAdminTx } from '../../core/postgres/admin-tx.ts';
import { quoted } from '../rules.ts';
import { checkStatement, checkWords } from '../sql/guards.ts';
import { runAlone } from '../sql/run-statements.ts';
import { createSplitter, type Piece } from '../sql/split.ts';
import { parseLarge, type Statement } from '../sql/statements.ts';
import { sqlError, withSqlErrors } from '../sql-errors.ts';
import { reload } from '../structure/ddl.ts';
import { touchedTable } from './touched-table.ts';
import { fileKind, type Upload } from './upload.ts';

export interface ImportResult {
  filename: string;
  /** Tables created or inserted into, in the order of the file; with their schema unless it is `public`. */
  tables: string[];
  rowsImported: number;
  /** In bytes. */
  fileSize: number;
}

const longestRunMs = 10 * 60_000;

/** Runs an SQL file as one transaction, statement by statement, in memory that does not grow with the file. */
export const createImport = (deps: { inAdminTx: InAdminTx; afterDdl?: (() => Promise<unknown>) | undefined }) => {
  const inAdminTx = withSqlErrors(deps.inAdminTx);
  return importDatabase;

  /**
   * Field `truncate`: "true" empties every table of `public` first. Errors: as requireAdmin, as receiveUpload,
   * FORBIDDEN (guards, before anything runs), INVALID_INPUT (`Import failed: …`).
   */
  async function importDatabase(call: Call, receive: () => Promise<Upload>): Promise<ImportResult> {
    requireAdmin(call);
    await using upload = await receive();
    fileKind(upload, ['.sql', '.txt']);
    const truncate = flag(upload.fields.get('truncate'));
    for await (const _ of readStatements(upload.path)) call.signal.throwIfAborted(); // guards the whole file first
    const { filename, sizeBytes: fileSize } = upload;
    const result = await inAdminTx(
      call,
      async (tx) => {
        if (truncate) await truncateAll(tx.client);
        const { tables, rowsImported } = await runFile(tx.client, upload.path);
        const details = { fileSize, tables, rowsImported, truncate };
        await tx.audit({ module: 'DATABASE', action: 'IMPORT_DATABASE', subject: filename, details });
        announce(tx, tables);
        return { filename, tables, rowsImported, fileSize };
      },
      { userSql: true, timeoutMs: longestRunMs },
    );
    await reload(call, deps.afterDdl);
    return result;
  }
};

function flag(text: string | undefined): boolean {
  if (text === undefined || text === 'false' || text === '') return false;
  if (text === 'true') return true;
  throw invalidInput('truncate: must be true or false');
}

async function* readStatements(path: string): AsyncGenerator<Statement & { number: number }> {
  let number = 0;
  for await (const piece of readPieces(path)) {
    number += 1;
    checkWords(piece.text);
    const statements = await parseLarge(piece).catch((error: unknown) => {
      throw error instanceof AppError ? failure(error, number) : error;
    });
    for (const statement of statements) {
      checkStatement(statement);
      yield { ...statement, number };
    }
  }
}

async function* readPieces(path: string): AsyncGenerator<Piece> {
  const splitter = createSplitter();
  let isFirst = true;
  for await (const chunk of createReadStream(path, { encoding: 'utf8' })) {
    const text = isFirst ? (chunk as string).replace(/^\ufeff/, '') : (chunk as string);
    isFirst = false;
    if (text.includes('\0')) throw invalidInput('file: must not contain the character U+0000');
    yield* splitter.push(text);
  }
  yield* splitter.end();
}

async function runFile(client: pg.ClientBase, path: string): Promise<{ tables: string[]; rowsImported: number }> {
  const tables = new Set<string>();
  let rowsImported = 0;
  for await (const statement of readStatements(path)) {
    const { command, rowCount } = await runAlone(client, statement.text).catch((error: unknown) => {
      throw error instanceof pg.DatabaseError ? failure(sqlError(error), statement.number) : error;
    });
    if (command === 'INSERT') rowsImported += rowCount ?? 0;
    const table = touchedTable(statement);
    if (table) tables.add(table);
  }
  return { tables: [...tables], rowsImported };
}

function failure(error: AppError, number: number): AppError {
  if (error.status >= 500) return error;
  return appError({
    code: 'INVALID_INPUT',
    status: 400,
    message: `Import failed at statement ${number}: ${error.message}`,
    nextActions: error.nextActions ?? 'Correct the file and send it again; nothing of it was stored.',
    details: error.details,
    cause: error,
  });
}

/** Tables that cannot be emptied (someone else's, or referenced by what cannot) are left as they are. */
async function truncateAll(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname`,
  );
  for (const { name } of rows) {
    await client.query('SAVEPOINT emptying');
    try {
      await client.query(`TRUNCATE ${quoted('public', name)} CASCADE`);
      await client.query('RELEASE SAVEPOINT emptying');
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      await client.query('ROLLBACK TO SAVEPOINT emptying');
    }
  }
}

function announce({ emit }: AdminTx, tables: readonly string[]): void {
  for (const name of tables) {
    const [table = '', schema = 'public'] = name.split('.').reverse();
    emit('database.schema.changed', { schema, object: table, operation: 'IMPORT_DATABASE' });
    emit('database.records.changed', { schema, table });
  }
}
