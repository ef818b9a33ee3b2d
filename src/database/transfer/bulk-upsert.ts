import { type Call, requireAdmin } from '../../core/call.ts';
import { invalidInput } from '../../core/errors.ts';
import type { InAdminTx } from '../../core/postgres/admin-tx.ts';
import { checkIdentifier, schemaFrom } from '../rules.ts';
import { withSqlErrors } from '../sql-errors.ts';
import { insertStaged } from './insert-staged.ts';
import { readRecords } from './records.ts';
import { fillStage, findTarget } from './stage.ts';
import { fileKind, type Upload } from './upload.ts';

export interface BulkUpsertResult {
  table: string;
  rowsAffected: number;
  totalRecords: number;
  filename: string;
}

const longestRunMs = 10 * 60_000;

/** Writes the records of a CSV or JSON file into a table, all or nothing, in memory that does not grow with the file. */
export const createBulkUpsert = (deps: { inAdminTx: InAdminTx }) => {
  const inAdminTx = withSqlErrors(deps.inAdminTx);
  return bulkUpsert;

  /**
   * Fields: `table`, `upsertKey` (one column with a unique constraint; absent inserts), `schema`.
   * Errors: as requireAdmin, as receiveUpload, INVALID_INPUT, constraint codes; `details.errors` names rows.
   */
  async function bulkUpsert(call: Call, receive: () => Promise<Upload>): Promise<BulkUpsertResult> {
    requireAdmin(call);
    await using upload = await receive();
    const kind = fileKind(upload, ['.csv', '.json']);
    const { schema, table, upsertKey } = fieldsOf(upload);
    // The file must outlive the transaction.
    return await inAdminTx(
      call,
      async ({ client, audit, emit }) => {
        const target = await findTarget(client, schema, table);
        if (upsertKey !== null && !target.columns.has(upsertKey))
          throw invalidInput(`upsertKey: column "${upsertKey}" of relation "${table}" does not exist`);
        const records = readRecords(kind, upload.path);
        const staged = await fillStage(client, target, { records, isJson: kind === '.json', requiredKey: upsertKey });
        const rowsAffected = await insertStaged({ client, target, upsertKey }, staged);
        const { totalRecords } = staged;
        const details = { schema, upsertKey, totalRecords, rowsAffected };
        await audit({ module: 'DATABASE', action: 'BULK_UPSERT', subject: table, details });
        emit('database.records.changed', { schema, table });
        return { table, rowsAffected, totalRecords, filename: upload.filename };
      },
      { timeoutMs: longestRunMs },
    );
  }
};

function fieldsOf({ fields }: Upload) {
  const table = fields.get('table');
  if (!table) throw invalidInput('table: is required', 'Name the table in the form field "table".');
  return {
    schema: schemaFrom(fields.get('schema')),
    table: checkIdentifier(table, 'table'),
    upsertKey: fields.get('upsertKey') || null,
  };
}
