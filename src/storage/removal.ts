import type { Call } from '../core/call.ts';
import { sqlState } from './commit.ts';
import { matchesEtag } from './conditions.ts';
import type { DeleteConditions } from './domain.ts';
import { accessDenied, preconditionFailed } from './faults.ts';
import type { InRoleTx, RoleTx } from './role-tx.ts';

type Doomed = { key: string } & DeleteConditions;
interface DeletedRow {
  key: string;
  uploaded_by: string | null;
}

/** Deletes rows as the caller; triggers queue the bytes. One result per object, in order; missing keys are fine. */
export async function deleteRows(
  inRoleTx: InRoleTx,
  call: Call,
  { bucket, objects }: { bucket: string; objects: readonly Doomed[] },
): Promise<{ key: string; wasDeleted: boolean; error: Error | null }[]> {
  const isPlain = (object: Doomed) =>
    object.ifMatch === undefined && object.ifMatchSizeBytes === undefined && object.ifMatchLastModifiedAt === undefined;
  const plain = new Set(objects.filter(isPlain).map((object) => object.key));
  const gone = plain.size > 0 ? await inRoleTx(call, (tx) => deleteKeys(tx, bucket, [...plain])) : new Set<string>();
  const results = [];
  for (const object of objects) {
    if (isPlain(object)) results.push({ key: object.key, wasDeleted: gone.has(object.key), error: null });
    else results.push({ key: object.key, ...(await deleteConditionally(inRoleTx, call, bucket, object)) });
  }
  return results;
}

async function deleteKeys(tx: RoleTx, bucket: string, keys: readonly string[]): Promise<Set<string>> {
  const { rows } = await tx.caller<DeletedRow>(
    'DELETE FROM storage.objects WHERE bucket = $1 AND key = ANY ($2::text[]) RETURNING key, uploaded_by',
    [bucket, keys],
  );
  for (const { key, uploaded_by: ownerId } of rows)
    tx.emit('storage.object.changed', { bucket, key, change: 'delete', ownerId });
  return new Set(rows.map((row) => row.key));
}

async function deleteConditionally(inRoleTx: InRoleTx, call: Call, bucket: string, object: Doomed) {
  try {
    const gone = await inRoleTx(call, async (tx) => {
      const { rows } = await tx.room<{ etag: string | null; size: string; uploaded_at: Date }>(
        'SELECT etag, size, uploaded_at FROM storage.objects WHERE bucket = $1 AND key = $2 FOR UPDATE',
        [bucket, object.key],
      );
      if (rows[0] && !meets(rows[0], object)) throw preconditionFailed();
      return deleteKeys(tx, bucket, [object.key]);
    });
    return { wasDeleted: gone.has(object.key), error: null };
  } catch (error) {
    const denied = sqlState(error) === '42501' ? accessDenied() : (error as Error);
    return { wasDeleted: false, error: denied };
  }
}

function meets(row: { etag: string | null; size: string; uploaded_at: Date }, object: Doomed): boolean {
  const { ifMatch, ifMatchSizeBytes, ifMatchLastModifiedAt } = object;
  if (ifMatch !== undefined && !matchesEtag(ifMatch, row.etag ?? '')) return false;
  if (ifMatchSizeBytes !== undefined && ifMatchSizeBytes !== Number(row.size)) return false;
  const seconds = (date: Date) => Math.floor(date.getTime() / 1000);
  return ifMatchLastModifiedAt === undefined || seconds(ifMatchLastModifiedAt) === seconds(row.uploaded_at);
}
