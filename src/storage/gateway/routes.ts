import { abortUpload } from './commands/abort-upload.ts';
import { getBucketAcl, getObjectAcl, putBucketAcl, putObjectAcl } from './commands/acl.ts';
import * as bucket from './commands/bucket.ts';
import { deleteBucketCors, getBucketCors, putBucketCors } from './commands/bucket-cors.ts';
import { deleteBucketLifecycle, getBucketLifecycle, putBucketLifecycle } from './commands/bucket-lifecycle.ts';
import { getBucketPolicyStatus } from './commands/bucket-policy-status.ts';
import { deleteBucketTagging, getBucketTagging, putBucketTagging } from './commands/bucket-tagging.ts';
import { completeUpload } from './commands/complete-upload.ts';
import { copyObject } from './commands/copy-object.ts';
import { createBucket } from './commands/create-bucket.ts';
import { createUpload } from './commands/create-upload.ts';
import { deleteObject } from './commands/delete-object.ts';
import { deleteObjects } from './commands/delete-objects.ts';
import { getObject } from './commands/get-object.ts';
import { getObjectAttributes } from './commands/get-object-attributes.ts';
import { listObjectVersions } from './commands/list-object-versions.ts';
import { listObjectsV1 } from './commands/list-objects.ts';
import { listObjectsV2 } from './commands/list-objects-v2.ts';
import { listParts } from './commands/list-parts.ts';
import { listUploads } from './commands/list-uploads.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './commands/object-tagging.ts';
import { putBucketVersioning } from './commands/put-bucket-versioning.ts';
import { putObject } from './commands/put-object.ts';
import { uploadPart } from './commands/upload-part.ts';
import { uploadPartCopy } from './commands/upload-part-copy.ts';
import { s3Error } from './errors.ts';
import type { RawHeaders } from './headers.ts';
import type { BucketCommand, ObjectCommand } from './request.ts';
import type { Query } from './target.ts';

/** Query names that make another resource of the same path. One that a table below lacks is never ignored. */
const subResources = new Set(
  `accelerate acl analytics append attributes cors delete encryption intelligent-tiering inventory legal-hold lifecycle
  list-type location logging metrics notification object-lock ownershipControls partNumber policy policyStatus
  publicAccessBlock renameObject replication requestPayment restore retention select session tagging torrent uploadId
  uploads versioning versions website`.split(/\s+/),
);

/** The sub-resources of a request joined with `+`, '' for the plain resource; then the operation's name and command. */
type Table<Command> = Record<string, Record<string, readonly [operation: string, command: Command]>>;

const bucketTable: Table<BucketCommand> = {
  GET: {
    '': ['ListObjects', listObjectsV1],
    'list-type': ['ListObjectsV2', listObjectsV2],
    versions: ['ListObjectVersions', listObjectVersions],
    uploads: ['ListMultipartUploads', listUploads],
    location: ['GetBucketLocation', bucket.getBucketLocation],
    versioning: ['GetBucketVersioning', bucket.getBucketVersioning],
    cors: ['GetBucketCors', getBucketCors],
    acl: ['GetBucketAcl', getBucketAcl],
    tagging: ['GetBucketTagging', getBucketTagging],
    lifecycle: ['GetBucketLifecycleConfiguration', getBucketLifecycle],
    policy: ['GetBucketPolicy', bucket.notConfigured('NoSuchBucketPolicy')],
    encryption: ['GetBucketEncryption', bucket.notConfigured('ServerSideEncryptionConfigurationNotFoundError')],
    'object-lock': ['GetObjectLockConfiguration', bucket.notConfigured('ObjectLockConfigurationNotFoundError')],
    replication: ['GetBucketReplication', bucket.notConfigured('ReplicationConfigurationNotFoundError')],
    website: ['GetBucketWebsite', bucket.notConfigured('NoSuchWebsiteConfiguration')],
    publicAccessBlock: ['GetPublicAccessBlock', bucket.notConfigured('NoSuchPublicAccessBlockConfiguration')],
    policyStatus: ['GetBucketPolicyStatus', getBucketPolicyStatus],
    ownershipControls: [
      'GetBucketOwnershipControls',
      bucket.fixedAnswer('OwnershipControls', [['Rule', [['ObjectOwnership', 'BucketOwnerEnforced']]]]),
    ],
    requestPayment: [
      'GetBucketRequestPayment',
      bucket.fixedAnswer('RequestPaymentConfiguration', [['Payer', 'BucketOwner']]),
    ],
    logging: ['GetBucketLogging', bucket.fixedAnswer('BucketLoggingStatus', [])],
    notification: ['GetBucketNotification', bucket.fixedAnswer('NotificationConfiguration', [])],
    accelerate: ['GetBucketAccelerate', bucket.fixedAnswer('AccelerateConfiguration', [])],
  },
  HEAD: { '': ['HeadBucket', bucket.headBucket] },
  PUT: {
    '': ['CreateBucket', createBucket],
    versioning: ['PutBucketVersioning', putBucketVersioning],
    cors: ['PutBucketCors', putBucketCors],
    acl: ['PutBucketAcl', putBucketAcl],
    tagging: ['PutBucketTagging', putBucketTagging],
    lifecycle: ['PutBucketLifecycleConfiguration', putBucketLifecycle],
  },
  POST: { delete: ['DeleteObjects', deleteObjects] },
  DELETE: {
    '': ['DeleteBucket', bucket.deleteBucket],
    cors: ['DeleteBucketCors', deleteBucketCors],
    tagging: ['DeleteBucketTagging', deleteBucketTagging],
    lifecycle: ['DeleteBucketLifecycle', deleteBucketLifecycle],
    policy: ['DeleteBucketPolicy', bucket.nothingToDelete],
    encryption: ['DeleteBucketEncryption', bucket.nothingToDelete],
    replication: ['DeleteBucketReplication', bucket.nothingToDelete],
    website: ['DeleteBucketWebsite', bucket.nothingToDelete],
    publicAccessBlock: ['DeletePublicAccessBlock', bucket.nothingToDelete],
    ownershipControls: ['DeleteBucketOwnershipControls', bucket.nothingToDelete],
  },
};

const objectTable: Table<ObjectCommand> = {
  GET: {
    '': ['GetObject', getObject],
    partNumber: ['GetObject', getObject],
    uploadId: ['ListParts', listParts],
    tagging: ['GetObjectTagging', getObjectTagging],
    acl: ['GetObjectAcl', getObjectAcl],
    attributes: ['GetObjectAttributes', getObjectAttributes],
  },
  HEAD: { '': ['HeadObject', getObject], partNumber: ['HeadObject', getObject] },
  PUT: {
    '': ['PutObject', putObject],
    copy: ['CopyObject', copyObject],
    'partNumber+uploadId': ['UploadPart', uploadPart],
    'copy+partNumber+uploadId': ['UploadPartCopy', uploadPartCopy],
    tagging: ['PutObjectTagging', putObjectTagging],
    acl: ['PutObjectAcl', putObjectAcl],
  },
  POST: { uploads: ['CreateMultipartUpload', createUpload], uploadId: ['CompleteMultipartUpload', completeUpload] },
  DELETE: {
    '': ['DeleteObject', deleteObject],
    uploadId: ['AbortMultipartUpload', abortUpload],
    tagging: ['DeleteObjectTagging', deleteObjectTagging],
  },
};

interface Selector {
  method: string;
  query: Query;
  headers: RawHeaders;
}

/** Errors: NotImplemented (a sub-resource we lack), MethodNotAllowed with `Allow`. */
export const bucketRoute = (selector: Selector) => route(bucketTable, selector, []);

/** Errors: as bucketRoute, NoSuchVersion, InvalidArgument (half of partNumber and uploadId). */
export function objectRoute(selector: Selector) {
  const { method, query, headers } = selector;
  const versionId = query.get('versionId') ?? '';
  if (versionId !== '' && versionId !== 'null')
    throw method === 'GET' || method === 'HEAD' ? s3Error('NoSuchVersion') : s3Error('NotImplemented');
  if (method === 'PUT' && query.has('partNumber') !== query.has('uploadId'))
    throw s3Error('InvalidArgument', 'partNumber and uploadId belong together.');
  const isCopy = method === 'PUT' && headers.raw('x-amz-copy-source') !== undefined;
  return route(objectTable, selector, isCopy ? ['copy'] : []);
}

function route<Command>(table: Table<Command>, { method, query }: Selector, extra: readonly string[]) {
  const names = new Set(query.pairs.map(({ name }) => name).filter((name) => subResources.has(name)));
  const selected = [...names, ...extra].sort().join('+');
  const found = table[method]?.[selected];
  if (found) return { operation: found[0], command: found[1] };
  const allowed = Object.keys(table).filter((other) => table[other]?.[selected]);
  // Reads of what can never be set exist only so that consoles get on; setting it is what is not implemented.
  const isMissing = names.size > 0 && (allowed.length === 0 || method === 'PUT');
  if (isMissing) throw s3Error('NotImplemented', `${[...names].join(', ')} is not implemented here.`);
  throw s3Error('MethodNotAllowed', undefined, { headers: { allow: allowed.join(', ') } });
}
