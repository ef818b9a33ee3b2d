import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { DumpObject } from '../transfer/export/objects.ts';
import { readDump } from '../transfer/export/sql-dump.ts';

/** Hash of each object of `public` with all that belongs to it, by what it is and its name: `table public.posts`. */
export type Snapshot = Readonly<Record<string, string>>;

export interface DriftChange {
  /** `table public.posts`. */
  object: string;
  change: 'added' | 'changed' | 'removed';
}

/** Where a migration file stands: `changed` when the applied text was another, `missing` when only the database has it. */
export interface FileStatus {
  version: string;
  status: 'applied' | 'changed' | 'pending' | 'missing';
}

const kinds: Readonly<Record<DumpObject['kind'], string>> = {
  t: 'type',
  s: 'sequence',
  f: 'function',
  r: 'table',
  v: 'view',
};

/** Leaves the search path of the transaction empty. */
export async function readSnapshot(client: pg.ClientBase): Promise<Snapshot> {
  await client.query(`SET LOCAL search_path = ''`);
  const all = { tables: null, includeData: false, rowLimit: null };
  const wanted = { ...all, includeFunctions: true, includeSequences: true, includeViews: true };
  const { objects, extras } = await readDump(client, wanted);
  const entries = objects.map(({ id, kind, fullName, create }) => {
    const texts = [...create, ...extras.filter((extra) => extra.id === id).map(({ sql }) => sql)];
    const hash = createHash('sha256').update(texts.join(';\n')).digest('hex').slice(0, 32);
    return [`${kinds[kind]} ${fullName}`, hash] as const;
  });
  return Object.fromEntries(entries);
}

/** By object. */
export function compareSnapshots(before: Snapshot, now: Snapshot): DriftChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return names.flatMap((object): DriftChange[] => {
    if (before[object] === now[object]) return [];
    if (before[object] === undefined) return [{ object, change: 'added' }];
    return [{ object, change: now[object] === undefined ? 'removed' : 'changed' }];
  });
}

interface Versioned {
  version: string;
  checksum: string;
}

/** By version, as numbers. */
export function compareFiles(applied: readonly Versioned[], files: readonly Versioned[]): FileStatus[] {
  const numberOf = ({ version }: { version: string }) => BigInt(version);
  const checksums = new Map(applied.map((migration) => [numberOf(migration), migration.checksum]));
  const given = new Set(files.map(numberOf));
  const statuses: FileStatus[] = files.map((migrationFile) => {
    const checksum = checksums.get(numberOf(migrationFile));
    if (checksum === undefined) return { version: migrationFile.version, status: 'pending' };
    return { version: migrationFile.version, status: checksum === migrationFile.checksum ? 'applied' : 'changed' };
  });
  for (const migration of applied)
    if (!given.has(numberOf(migration))) statuses.push({ version: migration.version, status: 'missing' });
  return statuses.sort((a, b) => Number(numberOf(a) - numberOf(b) > 0n) - Number(numberOf(a) - numberOf(b) < 0n));
}
