import { findBucketRules, requireScope } from './access.ts';
import type { ContentPart } from './catalog.ts';
import { joinChecksums, multipartEtag, type ObjectChecksum } from './checksums.ts';
import type { CompleteInput, MultipartVerbs, ObjectInfo } from './domain.ts';
import type { Engine } from './engine.ts';
import {
  badDigest,
  entityTooLarge,
  entityTooSmall,
  faultOf,
  invalidPart,
  noSuchUpload,
  sizeMismatch,
} from './faults.ts';
import { findUpload, type PartRow, toPart, type UploadRow } from './multipart.ts';
import type { RoleTx } from './role-tx.ts';

const minPartBytes = 5 * 1024 ** 2;

/** Joining parts. The same id completed again gives the same answer, for as long as the sweeper keeps it. */
export function createCompletion(engine: Engine): Pick<MultipartVerbs, 'completeUpload'> {
  const { query, commit, now } = engine;

  return {
    async completeUpload(call, { parts: listed, conditions, ...input }) {
      requireScope(call, input.bucket, 'write');
      const upload = await findUpload(query, input, { isCompletedToo: true });
      if (upload.result) return revive(upload.result);
      const rules = await findBucketRules(query, input.bucket);
      const stored = await partsOf(engine, upload.id);
      const parts = choose(stored, listed);
      const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
      if (sizeBytes > (rules.fileSizeLimitBytes ?? Number.MAX_SAFE_INTEGER))
        throw entityTooLarge(rules.fileSizeLimitBytes ?? 0);
      if (input.expectedSizeBytes !== null && input.expectedSizeBytes !== sizeBytes)
        throw sizeMismatch(input.expectedSizeBytes, sizeBytes);
      const checksum = checksumOf(upload, parts, input.expectedChecksum);
      const etag = multipartEtag(parts.map((part) => part.etag));
      const { bucket, key, attributes, tags } = upload;
      const write = { ...engine.viaS3(call), bucket, key, attributes, tags, checksum, etag, sizeBytes, conditions };
      const result = (lastModifiedAt: Date): ObjectInfo => ({
        ...attributes,
        ...{ bucket, key, sizeBytes, etag, checksum, lastModifiedAt, tagCount: tags.length, parts },
      });
      try {
        return await commit(call, {
          write,
          content: { parts, isParted: true, stagedAt: now() },
          before: (tx) => settleUpload(tx, upload.id, parts, result(now()), now()),
        });
      } catch (error) {
        // Another Complete of this id may have won; then its answer is ours too.
        if (faultOf(error) !== 'noSuchUpload') throw error;
        const again = await findUpload(query, input, { isCompletedToo: true });
        if (again.result) return revive(again.result);
        throw error;
      }
    },
  };
}

/** In part order. */
export async function partsOf({ query }: Pick<Engine, 'query'>, uploadId: string): Promise<ContentPart[]> {
  const { rows } = await query<PartRow>(
    'SELECT * FROM storage.upload_parts WHERE upload_id = $1 ORDER BY part_number',
    [uploadId],
  );
  return rows.map((row) => ({ ...toPart(row), blob: row.blob }));
}

function choose(stored: readonly ContentPart[], listed: CompleteInput['parts']): ContentPart[] {
  const byNumber = new Map(stored.map((part) => [part.partNumber, part]));
  const parts = listed.map(({ partNumber, etag, checksum }) => {
    const part = byNumber.get(partNumber);
    if (!part || part.etag !== etag) throw invalidPart(partNumber);
    if (checksum && (part.checksum?.algorithm !== checksum.algorithm || part.checksum.value !== checksum.value))
      throw invalidPart(partNumber);
    return part;
  });
  for (const part of parts.slice(0, -1)) if (part.sizeBytes < minPartBytes) throw entityTooSmall();
  return parts;
}

function checksumOf(
  upload: UploadRow,
  parts: readonly ContentPart[],
  expected: CompleteInput['expectedChecksum'],
): ObjectChecksum | null {
  const algorithm = upload.checksum_algorithm;
  const values = parts.flatMap(({ checksum, sizeBytes }) =>
    checksum && checksum.algorithm === algorithm ? [{ value: checksum.value, sizeBytes }] : [],
  );
  if (!algorithm || values.length < parts.length) return null;
  const joined = joinChecksums(
    algorithm,
    upload.checksum_type ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE'),
    values,
  );
  if (expected && (expected.algorithm !== algorithm || expected.value !== joined.value))
    throw badDigest(`${algorithm} checksum`);
  return joined;
}

/** Locks the upload, so that of two Completes or a Complete and an Abort one wins, and hands its parts over. */
export async function settleUpload(
  tx: RoleTx,
  uploadId: string,
  parts: readonly ContentPart[],
  result: ObjectInfo,
  completedAt: Date,
): Promise<void> {
  const { rowCount } = await tx.room(
    'UPDATE storage.uploads SET completed_at = $2, result = $3 WHERE id = $1 AND completed_at IS NULL',
    [uploadId, completedAt, JSON.stringify(result)],
  );
  if (rowCount === 0) throw noSuchUpload();
  const { rows } = await tx.room<{ blob: string }>(
    'DELETE FROM storage.upload_parts WHERE upload_id = $1 RETURNING blob',
    [uploadId],
  );
  // A part may have been replaced since it was read: then its bytes are not the ones that were checked.
  const live = new Set(rows.map((row) => row.blob));
  const replaced = parts.find((part) => !live.has(part.blob));
  if (replaced) throw invalidPart(replaced.partNumber);
}

const revive = (result: NonNullable<UploadRow['result']>): ObjectInfo => ({
  ...result,
  lastModifiedAt: new Date(result.lastModifiedAt),
  parts: result.parts.map((part) => ({ ...part, lastModifiedAt: new Date(part.lastModifiedAt) })),
});
