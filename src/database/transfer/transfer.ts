import type { InAdminTx } from '../../core/postgres/admin-tx.ts';
import { createBulkUpsert } from './bulk-upsert.ts';
import { createExport } from './export/export.ts';
import { createExportLinks } from './export/links.ts';
import { createImport } from './import.ts';

export type Transfer = ReturnType<typeof createTransfer>;

export interface TransferDeps {
  inAdminTx: InAdminTx;
  afterDdl?: (() => Promise<unknown>) | undefined;
  /** Of an uploaded file. */
  maxFileBytes: number;
  /** Signs download links; the same on every node. */
  exportLinkKey: string;
  now: () => Date;
}

/** Files into the database and out of it. */
export function createTransfer(deps: TransferDeps) {
  const exports = createExport(deps);
  const { createExportLink, openExportLink } = createExportLinks({ ...deps, exports, key: deps.exportLinkKey });
  return {
    bulkUpsert: createBulkUpsert(deps),
    importDatabase: createImport(deps),
    exportDatabase: exports.exportDatabase,
    createExportLink,
    openExportLink,
    maxFileBytes: deps.maxFileBytes,
  };
}
