import type pg from 'pg';
import type { BlobStore } from './provider.ts';

/** How far the moving of blobs is. */
export interface MoveProgress {
  doneBlobs: number;
  totalBlobs: number;
  doneBytes: number;
  totalBytes: number;
}
export interface Moved extends MoveProgress {
  /** Blobs that this run brought over; the others were there already. */
  movedBlobs: number;
}

const batch = 100;
/** One row per blob that an object or an open upload has. */
const named = `SELECT blob, size, etag FROM storage.content_parts UNION SELECT blob, size, etag FROM storage.upload_parts`;

/**
 * Brings every blob that the catalog names from one store to another: read, hashed on the way, and compared with the md5
 * and size of its row; then the row is pointed at it. Rows change one by one, so a run that was stopped goes on where it
 * was. Errors: throws at the first blob that is not what its row says; nothing of it is kept.
 */
export async function moveBlobs({
  from,
  to,
  pool,
  onProgress,
}: {
  from: BlobStore;
  to: BlobStore;
  pool: pg.Pool;
  onProgress: (progress: MoveProgress) => void;
}): Promise<Moved> {
  const { rows: totals } = await pool.query<{ blobs: string; bytes: string }>(
    `SELECT count(*) AS blobs, coalesce(sum(size), 0) AS bytes FROM (${named}) AS n`,
  );
  const moved: Moved = {
    ...{ doneBlobs: 0, doneBytes: 0, movedBlobs: 0 },
    ...{ totalBlobs: Number(totals[0]?.blobs), totalBytes: Number(totals[0]?.bytes) },
  };
  const arrived = new Set<string>();
  for (let after = ''; ; ) {
    const { rows } = await pool.query<{ blob: string; size: string; etag: string }>(
      `SELECT * FROM (${named}) AS n WHERE blob > $1 COLLATE "C" ORDER BY blob COLLATE "C" LIMIT $2`,
      [after, batch],
    );
    for (const row of rows) {
      // Under its new name it may come by again.
      if (arrived.has(row.blob)) continue;
      const name = await moveOne({ from, to, pool }, row);
      if (name !== null) {
        arrived.add(name);
        moved.movedBlobs += 1;
      }
      moved.doneBlobs += 1;
      moved.doneBytes += Number(row.size);
      onProgress(moved);
    }
    const last = rows.at(-1);
    if (!last) return moved;
    after = last.blob;
  }
}

type Row = { blob: string; size: string; etag: string };

/** The name it has in the target; null when it was there already. */
async function moveOne(
  { from, to, pool }: { from: BlobStore; to: BlobStore; pool: pg.Pool },
  row: Row,
): Promise<string | null> {
  if ((await to.sizeOf(row.blob).catch(() => null)) === Number(row.size)) return null;
  const source = await from.read(row.blob);
  const { blob } = await to.stage(source, ({ sizeBytes, md5Hex }) => {
    if (sizeBytes !== Number(row.size) || md5Hex !== row.etag)
      throw new Error(
        `Blob ${row.blob} has ${sizeBytes} bytes with md5 ${md5Hex}; its row says ${row.size} and ${row.etag}`,
      );
  });
  await pool.query(
    `WITH parts AS (UPDATE storage.content_parts SET blob = $2 WHERE blob = $1)
     UPDATE storage.upload_parts SET blob = $2 WHERE blob = $1`,
    [row.blob, blob],
  );
  return blob;
}
