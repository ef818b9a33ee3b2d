import { type ObjectRow, objectColumns, type Query, toInfo } from './catalog.ts';
import type { ListEntry, ListInput, ListPage, ObjectInfo } from './domain.ts';
import { afterPrefix } from './names.ts';

/** One page of a bucket in UTF-8 byte order; a page costs the same wherever it starts. */
export async function listPage(query: Query, input: ListInput): Promise<ListPage> {
  const entries = input.delimiter === '' ? await plainEntries(query, input) : await rolledEntries(query, input);
  return { entries: entries.slice(0, input.limit), isTruncated: entries.length > input.limit };
}

async function plainEntries(query: Query, { bucket, prefix, after, limit }: ListInput): Promise<ListEntry[]> {
  const { rows } = await query<ObjectRow>(
    `SELECT ${objectColumns} FROM storage.objects o
     WHERE o.bucket = $1 AND o.key >= $2 AND o.key <= $3 AND o.key > $4 ORDER BY o.key LIMIT $5`,
    [bucket, prefix, afterPrefix(prefix), after, limit + 1],
  );
  return rows.map((row) => toEntry(toInfo(row)));
}

interface WalkRow extends ObjectRow {
  rolled: string | null;
}

/**
 * One index probe per entry: each step asks for the first key past the last one, or past all keys of the prefix it
 * rolled up to, so a prefix with a million keys costs what a single key costs.
 */
async function rolledEntries(query: Query, input: ListInput): Promise<ListEntry[]> {
  const { bucket, prefix, delimiter, after, limit } = input;
  const at = after.startsWith(prefix) ? after.indexOf(delimiter, prefix.length) : -1;
  const isAfterGroup = at >= 0 && at + delimiter.length === after.length;
  const from = isAfterGroup ? afterPrefix(after) : after;
  const { rows } = await query<WalkRow>(
    `WITH RECURSIVE walk (key, rolled, past) AS (
       (SELECT f.key, r.rolled, coalesce(r.rolled || $6, f.key) FROM
         (SELECT o.key FROM storage.objects o WHERE o.bucket = $1 AND o.key >= $2 AND o.key <= $3 AND o.key > $4
          ORDER BY o.key LIMIT 1) f,
         LATERAL (SELECT ${rolledUp('f.key')} AS rolled) r)
       UNION ALL
       SELECT f.key, r.rolled, coalesce(r.rolled || $6, f.key) FROM walk w,
         LATERAL (SELECT o.key FROM storage.objects o WHERE o.bucket = $1 AND o.key > w.past AND o.key <= $3
          ORDER BY o.key LIMIT 1) f,
         LATERAL (SELECT ${rolledUp('f.key')} AS rolled) r
     )
     SELECT w.rolled, ${objectColumns}
     FROM (SELECT key, rolled FROM walk LIMIT $7) w JOIN storage.objects o ON o.bucket = $1 AND o.key = w.key
     ORDER BY o.key`,
    [bucket, prefix, afterPrefix(prefix), from, delimiter, afterPrefix(''), limit + 1],
  );
  return rows.map((row) => (row.rolled === null ? toEntry(toInfo(row)) : { kind: 'prefix', name: row.rolled }));
}

/** SQL: the prefix that a key rolls up to, or null. `$2` prefix, `$5` delimiter. */
const rolledUp = (key: string) =>
  `CASE WHEN strpos(substr(${key}, length($2) + 1), $5) > 0
     THEN left(${key}, length($2) + strpos(substr(${key}, length($2) + 1), $5) + length($5) - 1) END`;

const toEntry = (info: ObjectInfo): ListEntry => ({
  kind: 'object',
  name: info.key,
  sizeBytes: info.sizeBytes,
  etag: info.etag,
  lastModifiedAt: info.lastModifiedAt,
  checksum: info.checksum,
});
