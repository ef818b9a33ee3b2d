import { s3Error } from '../errors.ts';
import type { BucketCommand } from '../request.ts';
import { xmlDocument } from '../xml-write.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
export const headBucket: BucketCommand = async ({ domain, settings }, { call, bucket }) => {
  await domain.getBucket(call, bucket);
  return { status: 200, headers: { 'x-amz-bucket-region': settings.region, 'x-amz-access-point-alias': 'false' } };
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html */
export const deleteBucket: BucketCommand = async ({ domain }, { call, bucket }) => {
  await domain.deleteBucket(call, bucket);
  return { status: 204 };
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html */
export const getBucketLocation: BucketCommand = async ({ domain, settings }, { call, bucket }) => {
  await domain.getBucket(call, bucket);
  const text = settings.region === 'us-east-1' ? '' : settings.region;
  return { status: 200, body: xmlDocument('LocationConstraint', text) };
};

/** Versions are never kept, so the answer is always that of a bucket where versioning was never set. */
export const getBucketVersioning: BucketCommand = async ({ domain }, { call, bucket }) => {
  await domain.getBucket(call, bucket);
  return { status: 200, body: xmlDocument('VersioningConfiguration', []) };
};

/** What a bucket lacks: answers "not configured" to reads, so that consoles and Terraform get on. */
export const notConfigured =
  (code: Parameters<typeof s3Error>[0]): BucketCommand =>
  async ({ domain }, { call, bucket }) => {
    await domain.getBucket(call, bucket);
    throw s3Error(code);
  };

/** A fixed answer for a bucket that exists. */
export const fixedAnswer =
  (root: string, content: Parameters<typeof xmlDocument>[1]): BucketCommand =>
  async ({ domain }, { call, bucket }) => {
    await domain.getBucket(call, bucket);
    return { status: 200, body: xmlDocument(root, content) };
  };

/** DELETE of a configuration that is never there. */
export const nothingToDelete: BucketCommand = async ({ domain }, { call, bucket }) => {
  await domain.getBucket(call, bucket);
  return { status: 204 };
};
