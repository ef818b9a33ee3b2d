import type { Readable } from 'node:stream';
import { checkType, findBucketRules, requireScope } from './access.ts';
import { type FoundObject, findObject } from './catalog.ts';
import { addTags } from './commit.ts';
import { readOutcome, writeOutcome } from './conditions.ts';
import { onePart, readContent, stageUpload } from './content.ts';
import type { ObjectKey, ObjectVerbs, OpenedObject, S3Call, WriteIntent } from './domain.ts';
import { type Engine, tagsOf } from './engine.ts';
import { accessDenied, entityTooLarge, noSuchKey, preconditionFailed } from './faults.ts';
import { listPage } from './listing.ts';
import { deleteRows } from './removal.ts';

const maxCopyBytes = 5 * 1024 ** 3;

/** The object verbs of S3 callers, who are past row-level security but within the scope of their key. */
export function createObjectVerbs(engine: Engine): ObjectVerbs {
  const { query, commit, inRoleTx, store } = engine;

  async function openObject(call: S3Call, { bucket, key }: ObjectKey): Promise<OpenedObject> {
    if (call.accessKey) requireScope(call, bucket, 'read');
    // Nobody without a key learns what a private bucket holds, not even that a key is missing.
    else if (!(await findBucketRules(query, bucket)).isPublic) throw accessDenied();
    const found = await findObject(query, bucket, key);
    if (!call.accessKey && !found.isBucketPublic) throw accessDenied();
    return opened(engine, found);
  }

  async function checkWrite(call: S3Call, { bucket, key, ...intent }: ObjectKey & WriteIntent): Promise<void> {
    requireScope(call, bucket, 'write');
    const rules = await findBucketRules(query, bucket);
    const limit = rules.fileSizeLimitBytes;
    if (limit !== null && (intent.sizeBytes ?? 0) > limit) throw entityTooLarge(limit);
    checkType(intent.contentType ?? null, rules);
    const { ifMatch, ifNoneMatch } = intent.conditions;
    if (ifMatch === undefined && ifNoneMatch === undefined) return;
    const { rows } = await query<{ etag: string | null }>(
      'SELECT etag FROM storage.objects WHERE bucket = $1 AND key = $2',
      [bucket, key],
    );
    const outcome = writeOutcome(rows[0] ? { etag: rows[0].etag ?? '' } : null, intent.conditions);
    if (outcome === 'preconditionFailed') throw preconditionFailed();
    if (outcome === 'noSuchKey') throw noSuchKey(key);
  }

  const putObject: ObjectVerbs['putObject'] = async (call, input) => {
    const { bucket, key, attributes, tags, upload, conditions } = input;
    const { contentType } = attributes;
    await checkWrite(call, { bucket, key, sizeBytes: upload.sizeBytes, contentType, conditions });
    const { fileSizeLimitBytes } = await findBucketRules(query, bucket);
    const { staged, checksum } = await stageUpload(store, upload, fileSizeLimitBytes ?? engine.maxObjectBytes);
    const { sizeBytes, md5Hex: etag } = staged;
    const whole = checksum && { ...checksum, type: 'FULL_OBJECT' as const };
    const write = {
      ...engine.viaS3(call),
      bucket,
      key,
      attributes,
      tags,
      checksum: whole,
      etag,
      sizeBytes,
      conditions,
    };
    const content = { parts: [onePart(staged, checksum)], isParted: false, stagedAt: staged.stagedAt };
    return engine.orDiscard([staged.blob], () => commit(call, { write, content }));
  };

  const copyObject: ObjectVerbs['copyObject'] = async (call, input) => {
    requireScope(call, input.from.bucket, 'read');
    requireScope(call, input.to.bucket, 'write');
    const rules = await findBucketRules(query, input.to.bucket);
    const found = await findObject(query, input.from.bucket, input.from.key);
    const outcome = readOutcome(found.info, input.sourceConditions, engine.now());
    if (outcome !== 'ok') throw preconditionFailed('The source does not meet a condition');
    if (found.info.sizeBytes > Math.min(maxCopyBytes, rules.fileSizeLimitBytes ?? maxCopyBytes))
      throw entityTooLarge(rules.fileSizeLimitBytes ?? maxCopyBytes);
    checkType((input.attributes ?? found.info).contentType, rules);
    return engine.copy(call, { ...input, ...engine.viaS3(call), found });
  };

  const deleteObjects: ObjectVerbs['deleteObjects'] = async (call, { bucket, objects }) => {
    requireScope(call, bucket, 'write');
    await findBucketRules(query, bucket);
    return deleteRows(inRoleTx, call, { bucket, objects });
  };
  const deleteObject: ObjectVerbs['deleteObject'] = async (call, { bucket, ...object }) => {
    const [result] = await deleteObjects(call, { bucket, objects: [object] });
    if (result?.error) throw result.error;
  };

  const listObjects: ObjectVerbs['listObjects'] = async (call, input) => {
    requireScope(call, input.bucket, 'read');
    await findBucketRules(query, input.bucket);
    return listPage(query, input);
  };

  const getObjectTags: ObjectVerbs['getObjectTags'] = async (call, { bucket, key }) => {
    requireScope(call, bucket, 'read');
    await findObject(query, bucket, key);
    return tagsOf(query, bucket, key);
  };
  const setObjectTags: ObjectVerbs['setObjectTags'] = async (call, { bucket, key, tags }) => {
    requireScope(call, bucket, 'write');
    await findBucketRules(query, bucket);
    await inRoleTx(call, async (tx) => {
      const { rowCount } = await tx.room(
        'SELECT FROM storage.objects WHERE bucket = $1 AND key = $2 FOR NO KEY UPDATE',
        [bucket, key],
      );
      if (rowCount === 0) throw noSuchKey(key);
      await tx.room('DELETE FROM storage.object_tags WHERE bucket = $1 AND key = $2', [bucket, key]);
      await addTags(tx, { bucket, key, tags });
    });
  };

  return {
    openObject,
    checkWrite,
    putObject,
    copyObject,
    deleteObject,
    deleteObjects,
    listObjects,
    getObjectTags,
    setObjectTags,
  };
}

/** A found object as faces read it. */
export const opened = (engine: Pick<Engine, 'store' | 'pins'>, found: FoundObject): OpenedObject => ({
  info: found.info,
  isBucketPublic: found.isBucketPublic,
  read: (range): Promise<Readable> =>
    readContent(engine, found.blobs, range ?? { start: 0, end: found.info.sizeBytes - 1 }),
});
