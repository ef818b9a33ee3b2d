import { readText } from '../body.ts';
import { s3Error } from '../errors.ts';
import type { BucketCommand } from '../request.ts';
import { tagSetXml, tagsOfXml } from '../tags.ts';
import { readXml } from '../xml-read.ts';
import { xmlDocument } from '../xml-write.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html */
export const getBucketTagging: BucketCommand = async ({ domain }, { call, bucket }) => {
  const { tags } = await domain.getBucket(call, bucket);
  if (!tags || tags.length === 0) throw s3Error('NoSuchTagSet');
  return { status: 200, body: xmlDocument('Tagging', [tagSetXml(tags)]) };
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html */
export const putBucketTagging: BucketCommand = async ({ domain }, { call, bucket, body }) => {
  const tags = tagsOfXml(readXml(await readText(body, 256 * 1024), 'Tagging'), 50);
  await domain.updateBucketSettings(call, { bucket, tags });
  return { status: 204 };
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html */
export const deleteBucketTagging: BucketCommand = async ({ domain }, { call, bucket }) => {
  await domain.updateBucketSettings(call, { bucket, tags: null });
  return { status: 204 };
};
