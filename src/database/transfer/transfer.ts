import type { InAdminTx } from '../../core/postgres/admin-tx.ts';
import { createBulkUpsert } from './bulk-upsert.ts';
import { createImport } from './import.ts';

export type Transfer = ReturnType<typeof createTransfer>;

/** Files into the database and out of it. */
export const createTransfer = (deps: {
  inAdminTx: InAdminTx;
  afterDdl?: (() => Promise<unknown>) | undefined;
  maxFileBytes: number;
}) => ({
  bulkUpsert: createBulkUpsert(deps),
  importDatabase: createImport(deps),
  maxFileBytes: deps.maxFileBytes,
});
