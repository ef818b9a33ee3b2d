import { isIPv4 } from 'node:net';
import { readText } from '../body.ts';
import { s3Error } from '../errors.ts';
import { cannedAcl } from '../object-headers.ts';
import type { BucketCommand, GatewaySettings } from '../request.ts';
import { readXml } from '../xml-read.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
export const createBucket: BucketCommand = async ({ domain, settings }, { call, bucket, headers, body }) => {
  if (!isNewBucketName(bucket)) throw s3Error('InvalidBucketName', undefined, { details: { BucketName: bucket } });
  const isPublic = bucketVisibility(cannedAcl(headers) ?? 'private');
  if (headers.get('x-amz-bucket-object-lock-enabled')?.toLowerCase() === 'true') throw s3Error('NotImplemented');
  checkLocation(await readText(body, 64 * 1024), settings);
  await domain.createBucket(call, { bucket, isPublic });
  return { status: 200, headers: { location: `/${bucket}` } };
};

/** S3's rules for a new name; older buckets may have any name the native API allows. */
export const isNewBucketName = (name: string): boolean =>
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !/\.\.|\.-|-\./.test(name) && !isIPv4(name);

/** Errors: NotImplemented for the canned ACLs that need grants. */
export function bucketVisibility(acl: string): boolean {
  if (acl === 'private' || acl === 'bucket-owner-full-control') return false;
  if (acl === 'public-read') return true;
  throw s3Error('NotImplemented', `The canned ACL ${acl} is not implemented.`);
}

function checkLocation(text: string, { region, isRegionStrict }: GatewaySettings): void {
  if (text.trim() === '') return;
  const constraint = readXml(text, 'CreateBucketConfiguration').textOf('LocationConstraint')?.trim() ?? '';
  const accepted = isRegionStrict ? ['', region] : ['', region, 'us-east-1', 'auto'];
  if (!accepted.includes(constraint)) throw s3Error('IllegalLocationConstraintException');
}
