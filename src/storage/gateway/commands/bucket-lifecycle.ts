import { readText } from '../body.ts';
import { s3Error } from '../errors.ts';
import { lifecycleXml, readLifecycle } from '../lifecycle-xml.ts';
import type { BucketCommand } from '../request.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html */
export const getBucketLifecycle: BucketCommand = async ({ domain }, { call, bucket }) => {
  const { lifecycleRules } = await domain.getBucket(call, bucket);
  if (!lifecycleRules) throw s3Error('NoSuchLifecycleConfiguration');
  return { status: 200, body: lifecycleXml(lifecycleRules) };
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html */
export const putBucketLifecycle: BucketCommand = async ({ domain }, { call, bucket, body }) => {
  const lifecycleRules = readLifecycle(await readText(body, 1024 * 1024));
  await domain.updateBucketSettings(call, { bucket, lifecycleRules });
  return { status: 200 };
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketLifecycle.html */
export const deleteBucketLifecycle: BucketCommand = async ({ domain }, { call, bucket }) => {
  await domain.updateBucketSettings(call, { bucket, lifecycleRules: null });
  return { status: 204 };
};
