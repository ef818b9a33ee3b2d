import type { BucketCommand } from '../request.ts';
import { xmlDocument } from '../xml-write.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html */
export const getBucketPolicyStatus: BucketCommand = async ({ domain }, { call, bucket }) => {
  const { isPublic } = await domain.getBucket(call, bucket);
  return { status: 200, body: xmlDocument('PolicyStatus', [['IsPublic', isPublic]]) };
};
