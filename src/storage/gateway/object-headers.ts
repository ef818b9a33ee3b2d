import type { ObjectAttributes, ObjectInfo, Tag } from '../domain.ts';
import { s3Error } from './errors.ts';
import type { RawHeaders } from './headers.ts';
import { tagsOfHeader } from './tags.ts';

/** What a PutObject, CreateMultipartUpload or REPLACE copy says about the object. Errors: MetadataTooLarge, InvalidTag, and as checkUnsupported. */
export function readAttributes(headers: RawHeaders): { attributes: ObjectAttributes; tags: readonly Tag[] } {
  checkUnsupported(headers);
  const attributes = attributesOf(headers);
  const { metadata: _, ...values } = attributes;
  if (Object.values(values).some((value) => value !== null && isUnsafeHeaderValue(value)))
    throw s3Error('InvalidArgument', 'A header value holds control characters.');
  return { attributes, tags: tagsOfHeader(headers.get('x-amz-tagging')) };
}

const attributesOf = (headers: RawHeaders): ObjectAttributes => ({
  contentType: headers.get('content-type') || null,
  cacheControl: headers.get('cache-control') || null,
  contentDisposition: headers.get('content-disposition') || null,
  contentEncoding: storedEncoding(headers.get('content-encoding')),
  contentLanguage: headers.get('content-language') || null,
  expires: headers.get('expires') || null,
  metadata: userMetadata(headers),
});

/** `aws-chunked` names the framing of the upload, not the object. */
function storedEncoding(value: string | undefined): string | null {
  const codings = (value ?? '').split(',').map((item) => item.trim());
  return codings.filter((item) => item !== '' && item.toLowerCase() !== 'aws-chunked').join(',') || null;
}

const metaPrefix = 'x-amz-meta-';

function userMetadata(headers: RawHeaders): Record<string, string> {
  const entries = headers
    .names()
    .filter((name) => name.startsWith(metaPrefix))
    .map((name) => [name.slice(metaPrefix.length), headers.get(name) ?? ''] as const);
  return checkedMetadata(Object.fromEntries(entries));
}

/** Errors: MetadataTooLarge above 2 KB of names and values, InvalidArgument for a value that no header can carry. */
export function checkedMetadata(metadata: Record<string, string>): Record<string, string> {
  const entries = Object.entries(metadata);
  const bytes = entries.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
  if (bytes > 2048) throw s3Error('MetadataTooLarge');
  if (entries.some(([name, value]) => !/^[!#$%&'*+.^_`|~0-9a-z-]*$/i.test(name) || isUnsafeHeaderValue(value)))
    throw s3Error('InvalidArgument', 'User metadata must be header-safe text.');
  return metadata;
}

/** Whether a text holds control characters, which no header may. */
export const isUnsafeHeaderValue = (value: string): boolean => /\p{Cc}/u.test(value.replaceAll('\t', ''));

/** Refuses what would otherwise be silently ignored. Errors: InvalidStorageClass, InvalidArgument, NotImplemented. */
export function checkUnsupported(headers: RawHeaders): void {
  const storageClass = headers.get('x-amz-storage-class');
  if (storageClass !== undefined && !['STANDARD', 'REDUCED_REDUNDANCY'].includes(storageClass))
    throw s3Error('InvalidStorageClass');
  const encryption = headers.get('x-amz-server-side-encryption');
  const unsupported = headers
    .names()
    .filter((name) => /^x-amz-(server-side-encryption|object-lock-|website-redirect|grant-)/.test(name));
  if (encryption !== undefined || unsupported.length > 0)
    throw s3Error('NotImplemented', `${unsupported.join(', ')} is not implemented.`);
}

const cannedAcls = [
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
  'log-delivery-write',
];

/** The canned ACL of a request; null when it names none. Errors: InvalidArgument for an unknown one. */
export function cannedAcl(headers: RawHeaders): string | null {
  const acl = headers.get('x-amz-acl');
  if (acl === undefined || acl === '') return null;
  if (!cannedAcls.includes(acl)) throw s3Error('InvalidArgument', `${acl} is not a canned ACL.`);
  return acl;
}

/** Objects have no visibility of their own. Errors: NotImplemented unless the ACL says what already holds. */
export function checkObjectAcl(headers: RawHeaders, isBucketPublic: () => Promise<boolean>): Promise<void> | undefined {
  const acl = cannedAcl(headers);
  if (acl === null || acl === 'private' || acl === 'bucket-owner-full-control') return undefined;
  return isBucketPublic().then((isPublic) => {
    if (acl !== 'public-read' || !isPublic)
      throw s3Error('NotImplemented', 'Objects take their visibility from the bucket.');
  });
}

/** Headers of GetObject and HeadObject, the length left to the caller. */
export function objectHeaders(info: ObjectInfo): Record<string, string | number | undefined> {
  return {
    'content-type': info.contentType ?? 'application/octet-stream',
    etag: quoted(info.etag),
    'last-modified': info.lastModifiedAt.toUTCString(),
    'accept-ranges': 'bytes',
    'cache-control': info.cacheControl ?? undefined,
    'content-disposition': info.contentDisposition ?? undefined,
    'content-encoding': info.contentEncoding ?? undefined,
    'content-language': info.contentLanguage ?? undefined,
    expires: info.expires ?? undefined,
    'x-amz-tagging-count': info.tagCount > 0 ? info.tagCount : undefined,
    ...Object.fromEntries(Object.entries(info.metadata).map(([name, value]) => [metaPrefix + name, value])),
  };
}

/** An ETag as headers and XML show it. */
export const quoted = (etag: string): string => `"${etag}"`;
