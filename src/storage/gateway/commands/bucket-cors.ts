import { readText } from '../body.ts';
import { corsXml, readCors } from '../cors-xml.ts';
import { s3Error } from '../errors.ts';
import type { BucketCommand } from '../request.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html */
export const getBucketCors: BucketCommand = async ({ domain }, { call, bucket }) => {
  const { corsRules } = await domain.getBucket(call, bucket);
  if (!corsRules) throw s3Error('NoSuchCORSConfiguration');
  return { status: 200, body: corsXml(corsRules) };
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html */
export const putBucketCors: BucketCommand = async ({ domain }, { call, bucket, body }) => {
  const corsRules = readCors(await readText(body, 256 * 1024));
  await domain.updateBucketSettings(call, { bucket, corsRules });
  return { status: 200 };
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketCors.html */
export const deleteBucketCors: BucketCommand = async ({ domain }, { call, bucket }) => {
  await domain.updateBucketSettings(call, { bucket, corsRules: null });
  return { status: 204 };
};
