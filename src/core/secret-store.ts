import type { Db, TxDb } from './postgres/catalog-db.ts';
import type { Vault } from './vault.ts';

export interface SecretStore {
  /** The text of an unexpired secret, or null. */
  read(name: string): Promise<string | null>;
  /** Stores a reserved secret unless one of this name exists; returns the text that is stored, ours or the earlier one. */
  readOrCreate(name: string, make: () => string | Promise<string>): Promise<string>;
  /** Names of the unexpired reserved secrets whose text is exactly this. */
  namesOf(text: string): Promise<string[]>;
  /** Row values that hold `text` under `name`, for a write inside the caller's transaction. */
  sealed(name: string, text: string): { name: string; sealed: string; fingerprint: string };
}

const contextOf = (name: string) => `system.secrets/${name}`;

/** Reserved secrets of the platform, sealed at rest. */
export function createSecretStore({
  db,
  vault,
  now = () => new Date(),
}: {
  db: Db;
  vault: Vault;
  now?: () => Date;
}): SecretStore {
  const live = () => ({ OR: [{ expiresAt: null }, { expiresAt: { gt: now() } }] });
  const sealed: SecretStore['sealed'] = (name, text) => ({
    name,
    sealed: vault.seal(text, contextOf(name)),
    fingerprint: vault.fingerprint(text),
  });
  const read = async (name: string, from: TxDb = db) => {
    const row = await from.secret.findFirst({ where: { name, ...live() } });
    return row ? vault.open(row.sealed, contextOf(name)) : null;
  };

  return {
    sealed,
    read: (name) => read(name),
    async readOrCreate(name, make) {
      const existing = await read(name);
      if (existing !== null) return existing;
      const text = await make();
      // Another node may have been first: its text wins.
      await db.secret.createMany({ data: { ...sealed(name, text), isReserved: true }, skipDuplicates: true });
      return (await read(name)) ?? text;
    },
    async namesOf(text) {
      const where = { fingerprint: vault.fingerprint(text), isReserved: true, ...live() };
      const rows = await db.secret.findMany({ where, select: { name: true } });
      return rows.map((row) => row.name);
    },
  };
}
