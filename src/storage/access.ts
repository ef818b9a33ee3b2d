import type { Call } from '../core/call.ts';
import { appError } from '../core/errors.ts';
import type { Query } from './catalog.ts';
import type { S3Call } from './domain.ts';
import { accessDenied, noSuchBucket } from './faults.ts';
import { isAllowedType } from './media-types.ts';

/** What a bucket asks of a write. */
export interface BucketRules {
  isPublic: boolean;
  /** Null: no cap of its own. */
  fileSizeLimitBytes: number | null;
  allowedMimeTypes: readonly string[];
}

/** Errors: noSuchBucket. */
export async function findBucketRules(query: Query, bucket: string): Promise<BucketRules> {
  const { rows } = await query<{
    public: boolean;
    file_size_limit: string | null;
    allowed_mime_types: string[] | null;
  }>('SELECT public, file_size_limit, allowed_mime_types FROM storage.buckets WHERE name = $1', [bucket]);
  const row = rows[0];
  if (!row) throw noSuchBucket(bucket);
  const limit = row.file_size_limit === null ? null : Number(row.file_size_limit);
  return { isPublic: row.public, fileSizeLimitBytes: limit, allowedMimeTypes: row.allowed_mime_types ?? [] };
}

/** Whether the S3 key of a call reaches this bucket. Errors: accessDenied (anonymous, out of scope, read-only). */
export function requireScope(call: S3Call, bucket: string, intent: 'read' | 'write'): void {
  const key = call.accessKey;
  if (!key) throw accessDenied();
  const { buckets, isReadOnly } = key.scope;
  if (buckets !== null && !buckets.includes(bucket)) throw accessDenied('This key does not reach that bucket');
  if (intent === 'write' && isReadOnly) throw accessDenied('This key may only read');
}

/** Whether a call is past row-level security. */
export const isAdmin = (call: Call): boolean => call.viewer?.role === 'project_admin';

/** Errors: STORAGE_INVALID_FILE_TYPE. */
export function checkType(type: string | null, rules: BucketRules): void {
  if (isAllowedType(type ?? 'application/octet-stream', rules.allowedMimeTypes)) return;
  throw appError({
    code: 'STORAGE_INVALID_FILE_TYPE',
    status: 400,
    message: `This bucket does not take files of type ${type}`,
    nextActions: `Send one of: ${rules.allowedMimeTypes.join(', ')}.`,
  });
}
