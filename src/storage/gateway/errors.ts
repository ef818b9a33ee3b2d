import { faultOf, type StorageFault } from '../faults.ts';

/** Code to status and default text. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const catalogue = {
  AccessDenied: [403, 'Access Denied'],
  AccessForbidden: [403, 'CORSResponse: This CORS request is not allowed.'],
  AuthorizationHeaderMalformed: [400, 'The authorization header is malformed.'],
  AuthorizationQueryParametersError: [400, 'The query parameters of the signature are malformed.'],
  BadDigest: [400, 'The digest you specified did not match what we received.'],
  BadRequest: [400, 'Bad Request'],
  BucketAlreadyOwnedByYou: [409, 'You already own a bucket of this name.'],
  BucketNotEmpty: [409, 'The bucket you tried to delete is not empty.'],
  ConditionalRequestConflict: [409, 'A conflicting operation is in progress on this key. Retry.'],
  EntityTooLarge: [400, 'Your proposed upload exceeds the maximum allowed size.'],
  EntityTooSmall: [400, 'Your proposed upload is smaller than the minimum allowed size.'],
  IllegalLocationConstraintException: [400, 'The location constraint is not that of this endpoint.'],
  IncompleteBody: [400, 'You did not provide the number of bytes you announced.'],
  InternalError: [500, 'We encountered an internal error. Please try again.'],
  InvalidAccessKeyId: [403, 'The access key id you provided does not exist in our records.'],
  InvalidArgument: [400, 'Invalid Argument'],
  InvalidBucketName: [400, 'The specified bucket is not valid.'],
  InvalidDigest: [400, 'The Content-MD5 you specified is not valid.'],
  InvalidPart: [400, 'One or more of the specified parts could not be found, or its entity tag did not match.'],
  InvalidPartOrder: [400, 'The list of parts was not in ascending order.'],
  InvalidPolicyDocument: [400, 'The content of the form does not meet the conditions of a policy document.'],
  InvalidRange: [416, 'The requested range is not satisfiable'],
  InvalidRequest: [400, 'Invalid Request'],
  InvalidStorageClass: [400, 'The storage class you specified is not valid'],
  InvalidTag: [400, 'The tag provided was not a valid tag.'],
  InvalidURI: [400, "Couldn't parse the specified URI."],
  KeyTooLongError: [400, 'Your key is too long'],
  MalformedTrailerError: [400, 'The trailer of the request was not well-formed or did not conform to our schema.'],
  MalformedXML: [400, 'The XML you provided was not well-formed or did not validate against our schema'],
  MaxPostPreDataLengthExceededError: [400, 'Your POST request fields preceding the upload file were too large.'],
  MetadataTooLarge: [400, 'Your metadata headers exceed the maximum allowed metadata size'],
  MethodNotAllowed: [405, 'The specified method is not allowed against this resource.'],
  MissingContentLength: [411, 'You must provide the Content-Length HTTP header.'],
  NoSuchBucket: [404, 'The specified bucket does not exist'],
  NoSuchBucketPolicy: [404, 'The bucket policy does not exist'],
  NoSuchCORSConfiguration: [404, 'The CORS configuration does not exist'],
  NoSuchKey: [404, 'The specified key does not exist.'],
  NoSuchLifecycleConfiguration: [404, 'The lifecycle configuration does not exist'],
  NoSuchPublicAccessBlockConfiguration: [404, 'The public access block configuration was not found'],
  NoSuchTagSet: [404, 'The TagSet does not exist'],
  NoSuchUpload: [404, 'The upload does not exist. It may have been aborted or completed.'],
  NoSuchVersion: [404, 'The specified version does not exist.'],
  NoSuchWebsiteConfiguration: [404, 'The specified bucket does not have a website configuration'],
  NotImplemented: [501, 'A header or parameter you provided implies functionality that is not implemented'],
  ObjectLockConfigurationNotFoundError: [404, 'Object Lock configuration does not exist for this bucket'],
  PreconditionFailed: [412, 'At least one of the pre-conditions you specified did not hold'],
  ReplicationConfigurationNotFoundError: [404, 'The replication configuration was not found'],
  RequestTimeTooSkewed: [403, 'The difference between the request time and the current time is too large.'],
  RequestTimeout: [400, 'Your socket connection to the server was not read from or written to within the timeout.'],
  ServerSideEncryptionConfigurationNotFoundError: [404, 'The server side encryption configuration was not found'],
  ServiceUnavailable: [503, 'Please try again'],
  SignatureDoesNotMatch: [
    403,
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  ],
  SlowDown: [503, 'Please reduce your request rate.'],
  TooManyBuckets: [400, 'You have attempted to create more buckets than allowed'],
  XAmzContentSHA256Mismatch: [400, "The provided 'x-amz-content-sha256' header does not match what was computed."],
} as const satisfies Record<string, readonly [number, string]>;

export type S3Code = keyof typeof catalogue;

/** What the gateway answers when it refuses; rendered as `<Error>` XML. */
export class S3Error extends Error {
  readonly code: S3Code;
  readonly status: number;
  /** Elements between Message and Resource, in order. */
  readonly details: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: S3Code, init: S3ErrorInit = {}) {
    super(init.message ?? catalogue[code][1], init.cause === undefined ? undefined : { cause: init.cause });
    this.name = 'S3Error';
    this.code = code;
    this.status = catalogue[code][0];
    this.details = init.details ?? {};
    this.headers = init.headers ?? {};
  }
}

interface S3ErrorInit {
  message?: string;
  details?: Record<string, string>;
  headers?: Record<string, string>;
  cause?: unknown;
}

/** `message` replaces the catalogue's text. */
export const s3Error = (code: S3Code, message?: string, init: Omit<S3ErrorInit, 'message'> = {}): S3Error =>
  new S3Error(code, message === undefined ? init : { ...init, message });

const codeOfFault: Record<StorageFault, S3Code> = {
  accessDenied: 'AccessDenied',
  badDigest: 'BadDigest',
  bucketExists: 'BucketAlreadyOwnedByYou',
  bucketNotEmpty: 'BucketNotEmpty',
  conditionalConflict: 'ConditionalRequestConflict',
  entityTooLarge: 'EntityTooLarge',
  entityTooSmall: 'EntityTooSmall',
  invalidPart: 'InvalidPart',
  noSuchBucket: 'NoSuchBucket',
  noSuchKey: 'NoSuchKey',
  noSuchUpload: 'NoSuchUpload',
  preconditionFailed: 'PreconditionFailed',
  sizeMismatch: 'InvalidRequest',
  slowDown: 'SlowDown',
};

/** What a client may see of any error; faults of the server become InternalError with the cause kept for the log. */
export function toS3Error(error: unknown): S3Error {
  if (error instanceof S3Error) return error;
  const fault = faultOf(error);
  if (fault) return s3Error(codeOfFault[fault], fault === 'badDigest' ? (error as Error).message : undefined);
  const { status, message } = error as { status?: unknown; message?: string };
  if (typeof status === 'number' && status < 500) return ofStatus(status, message ?? 'Invalid Request', error);
  if (status === 503) return s3Error('ServiceUnavailable', undefined, { cause: error });
  return s3Error('InternalError', undefined, { cause: error });
}

function ofStatus(status: number, message: string, cause: unknown): S3Error {
  if (status === 401 || status === 403) return s3Error('AccessDenied', message, { cause });
  if (status === 413) return s3Error('EntityTooLarge', message, { cause });
  if (status === 429) return s3Error('SlowDown', message, { cause });
  return s3Error('InvalidRequest', message, { cause });
}
