import { s3Error } from '../errors.ts';
import { cannedAcl, checkObjectAcl } from '../object-headers.ts';
import type { BucketCommand, ObjectCommand } from '../request.ts';
import { type XmlNode, xmlDocument } from '../xml-write.ts';
import { bucketVisibility } from './create-bucket.ts';
import { ownerXml } from './list-buckets.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html */
export const getBucketAcl: BucketCommand = async ({ domain }, { call, bucket }) => {
  const { isPublic } = await domain.getBucket(call, bucket);
  return { status: 200, body: aclXml(isPublic) };
};

/** Only canned ACLs: they set the visibility. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html */
export const putBucketAcl: BucketCommand = async ({ domain }, { call, bucket, headers }) => {
  const acl = cannedAcl(headers);
  if (acl === null) throw s3Error('NotImplemented', 'Only canned ACLs are implemented.');
  await domain.updateBucketSettings(call, { bucket, isPublic: bucketVisibility(acl) });
  return { status: 200 };
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html */
export const getObjectAcl: ObjectCommand = async ({ domain }, { call, bucket, key }) => {
  const { isBucketPublic } = await domain.openObject(call, { bucket, key });
  return { status: 200, body: aclXml(isBucketPublic) };
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html */
export const putObjectAcl: ObjectCommand = async ({ domain }, { call, bucket, key, headers }) => {
  const { isBucketPublic } = await domain.openObject(call, { bucket, key });
  if (call.accessKey?.scope.isReadOnly) throw s3Error('AccessDenied');
  if (cannedAcl(headers) === null) throw s3Error('NotImplemented', 'Only canned ACLs are implemented.');
  await checkObjectAcl(headers, async () => isBucketPublic);
  return { status: 200 };
};

const xsi = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

function aclXml(isPublic: boolean): string {
  const grants: XmlNode[] = [grant('CanonicalUser', ownerXml, 'FULL_CONTROL')];
  if (isPublic) grants.push(grant('Group', [['URI', 'http://acs.amazonaws.com/groups/global/AllUsers']], 'READ'));
  return xmlDocument('AccessControlPolicy', [
    ['Owner', ownerXml],
    ['AccessControlList', grants],
  ]);
}

const grant = (type: string, grantee: readonly XmlNode[], permission: string): XmlNode => [
  'Grant',
  [
    ['Grantee', grantee, `${xsi} xsi:type="${type}"`],
    ['Permission', permission],
  ],
];
