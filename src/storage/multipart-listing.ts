import type { Query } from './catalog.ts';
import type { MultipartVerbs, UploadEntry } from './domain.ts';
import { toUpload, type UploadRow } from './multipart.ts';
import { afterPrefix } from './names.ts';

type Input = Parameters<MultipartVerbs['listUploads']>[1];

/** Open S3 uploads of a bucket. There are few, so groups are rolled up here rather than in SQL. */
export async function listUploadPage(
  query: Query,
  input: Input,
): Promise<{ entries: UploadEntry[]; isTruncated: boolean }> {
  const entries: UploadEntry[] = [];
  const batch = input.limit + 1;
  let at = await startOf(query, input);
  for (;;) {
    const rows = await nextUploads(query, input, at, batch);
    for (const row of rows) {
      const name = rolledUp(row.key, input);
      const isSame = name !== null && isPrefixEntry(entries.at(-1), name);
      if (!isSame) entries.push(name === null ? { kind: 'upload', upload: toUpload(row) } : { kind: 'prefix', name });
      if (entries.length > input.limit) return { entries: entries.slice(0, input.limit), isTruncated: true };
    }
    const last = rows.at(-1);
    if (!last || rows.length < batch) return { entries, isTruncated: false };
    at = { key: last.key, initiatedAt: last.initiated_at, id: last.id };
  }
}

interface Place {
  key: string;
  /** Null: after every upload of that key. */
  initiatedAt: Date | null;
  id: string | null;
}

async function startOf(query: Query, { bucket, prefix, delimiter, after }: Input): Promise<Place> {
  const group = delimiter !== '' && after.key.startsWith(prefix) ? rolledUp(after.key, { prefix, delimiter }) : null;
  if (group !== null && group === after.key) return { key: afterPrefix(after.key), initiatedAt: null, id: null };
  if (after.uploadId === null) return { key: after.key, initiatedAt: null, id: null };
  const { rows } = await query<{ initiated_at: Date; id: string }>(
    'SELECT initiated_at, id FROM storage.uploads WHERE bucket = $1 AND key = $2 AND id::text = $3',
    [bucket, after.key, after.uploadId],
  );
  return { key: after.key, initiatedAt: rows[0]?.initiated_at ?? null, id: rows[0]?.id ?? null };
}

async function nextUploads(query: Query, input: Input, at: Place, limit: number): Promise<UploadRow[]> {
  const { rows } = await query<UploadRow>(
    `SELECT * FROM storage.uploads
     WHERE bucket = $1 AND kind = 's3' AND completed_at IS NULL AND key >= $2 AND key <= $3
       AND (key > $4 OR (key = $4 AND (initiated_at, id) > ($5::timestamptz, $6::uuid)))
     ORDER BY key, initiated_at, id LIMIT $7`,
    [input.bucket, input.prefix, afterPrefix(input.prefix), at.key, at.initiatedAt, at.id, limit],
  );
  return rows;
}

function rolledUp(key: string, { prefix, delimiter }: { prefix: string; delimiter: string }): string | null {
  const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
  return at < 0 ? null : key.slice(0, at + delimiter.length);
}

const isPrefixEntry = (entry: UploadEntry | undefined, name: string): boolean =>
  entry?.kind === 'prefix' && entry.name === name;
