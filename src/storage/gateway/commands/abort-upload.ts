import type { ObjectCommand } from '../request.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export const abortUpload: ObjectCommand = async ({ domain }, { call, bucket, key, query }) => {
  await domain.abortUpload(call, { bucket, key, uploadId: query.get('uploadId') ?? '' });
  return { status: 204 };
};
