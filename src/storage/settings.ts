import { type Call, requireAdmin } from '../core/call.ts';
import type { StorageDeps } from './engine.ts';
import { invalidParameter } from './names.ts';

export interface StorageSettings {
  id: string;
  /** 1…200; of one file through the native API. */
  maxFileSizeMb: number;
  createdAt: Date;
  updatedAt: Date;
}

const mebibyte = 1024 ** 2;
const noRow = '00000000-0000-0000-0000-000000000000';

/** The project's one row of storage settings. */
export function createSettings({
  db,
  inTx,
  now,
  maxFileBytes,
}: Pick<StorageDeps, 'db' | 'inTx' | 'now' | 'maxFileBytes'>) {
  return { getSettings, updateSettings, maxUploadBytes };

  /** Errors: as requireAdmin. */
  async function getSettings(call: Call): Promise<StorageSettings> {
    requireAdmin(call);
    const row = await db.storageConfig.findFirst();
    const maxFileSizeMb = Math.max(1, Math.floor(maxFileBytes / mebibyte));
    return row ?? { id: noRow, maxFileSizeMb, createdAt: now(), updatedAt: now() };
  }

  /** Applies to the next upload. Errors: as requireAdmin, STORAGE_INVALID_PARAMETER. */
  async function updateSettings(call: Call, { maxFileSizeMb }: { maxFileSizeMb: number }): Promise<StorageSettings> {
    requireAdmin(call);
    if (!Number.isInteger(maxFileSizeMb) || maxFileSizeMb < 1 || maxFileSizeMb > 200)
      throw invalidParameter('maxFileSizeMb must be a whole number from 1 to 200');
    return inTx(call, async (tx) => {
      const { count } = await tx.db.storageConfig.updateMany({ data: { maxFileSizeMb, updatedAt: now() } });
      if (count === 0) await tx.db.storageConfig.create({ data: { maxFileSizeMb } });
      const details = { maxFileSizeMb };
      await tx.audit({ module: 'STORAGE', action: 'UPDATE_STORAGE_CONFIG', subject: 'storage.config', details });
      return tx.db.storageConfig.findFirstOrThrow();
    });
  }

  /** The cap of one file through the native API, in bytes. */
  async function maxUploadBytes(): Promise<number> {
    const row = await db.storageConfig.findFirst({ select: { maxFileSizeMb: true } });
    return row ? row.maxFileSizeMb * mebibyte : maxFileBytes;
  }
}
