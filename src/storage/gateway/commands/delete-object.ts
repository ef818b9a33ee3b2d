import type { DeleteConditions } from '../../domain.ts';
import { s3Error } from '../errors.ts';
import type { RawHeaders } from '../headers.ts';
import type { ObjectCommand } from '../request.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export const deleteObject: ObjectCommand = async ({ domain }, { call, bucket, key, headers }) => {
  await domain.deleteObject(call, { bucket, key, ...deleteConditions(headers) });
  return { status: 204 };
};

function deleteConditions(headers: RawHeaders): DeleteConditions {
  const size = headers.get('x-amz-if-match-size');
  const modified = headers.get('x-amz-if-match-last-modified-time');
  const modifiedAt = modified === undefined ? undefined : new Date(modified);
  if ((size !== undefined && !/^\d{1,15}$/.test(size)) || Number.isNaN(modifiedAt?.getTime() ?? 0))
    throw s3Error('InvalidArgument');
  return {
    ifMatch: headers.get('if-match'),
    ifMatchSizeBytes: size === undefined ? undefined : Number(size),
    ifMatchLastModifiedAt: modifiedAt,
  };
}
