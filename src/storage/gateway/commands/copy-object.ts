import type { ObjectKey, OpenedObject } from '../../domain.ts';
import { s3Error } from '../errors.ts';
import type { RawHeaders } from '../headers.ts';
import { checkObjectAcl, quoted, readAttributes } from '../object-headers.ts';
import type { Gateway, ObjectCommand, ObjectRequest } from '../request.ts';
import { address } from '../target.ts';
import { xmlDocument, xmlTime } from '../xml-write.ts';
import { readConditions } from './get-object.ts';
import { checksumXml } from './multipart-xml.ts';
import { writeConditions } from './put-object.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export const copyObject: ObjectCommand = async (gateway, request) => {
  const { domain } = gateway;
  const { call, bucket, key, headers } = request;
  const from = copySource(headers);
  const replaces = {
    metadata: isReplace(headers, 'x-amz-metadata-directive'),
    tags: isReplace(headers, 'x-amz-tagging-directive'),
  };
  const isSelf = from.bucket === bucket && from.key === key;
  const changes = replaces.metadata || replaces.tags || headers.get('x-amz-storage-class') !== undefined;
  if (isSelf && !changes)
    throw s3Error('InvalidRequest', 'This copy request is illegal: it copies an object onto itself without a change.');
  const { attributes, tags } = readAttributes(headers);
  await openSource(gateway, request, from);
  await checkObjectAcl(headers, async () => (await domain.getBucket(call, bucket)).isPublic);
  const info = await domain.copyObject(call, {
    from,
    to: { bucket, key },
    attributes: replaces.metadata ? attributes : null,
    tags: replaces.tags ? tags : null,
    sourceConditions: sourceConditions(headers),
    conditions: writeConditions(headers),
  });
  const body = xmlDocument('CopyObjectResult', [
    ['LastModified', xmlTime(info.lastModifiedAt)],
    ['ETag', quoted(info.etag)],
    ...checksumXml(info.checksum),
    ['ChecksumType', info.checksum?.type],
  ]);
  return { status: 200, body };
};

export const sourceConditions = (headers: RawHeaders) => readConditions(headers, 'x-amz-copy-source-');

/** The source as it is now. Errors: NoSuchBucket, NoSuchKey, InvalidRequest (over the cap of one copy). */
async function openSource(
  { domain, settings }: Gateway,
  { call }: ObjectRequest,
  from: ObjectKey,
): Promise<OpenedObject> {
  const source = await domain.openObject(call, from);
  if (source.info.sizeBytes > settings.maxObjectBytes)
    throw s3Error('InvalidRequest', 'The specified copy source is larger than the maximum allowable size for a copy.');
  return source;
}

function isReplace(headers: RawHeaders, name: string): boolean {
  const directive = headers.get(name)?.toUpperCase() ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE') throw s3Error('InvalidArgument', `Unknown ${name}.`);
  return directive === 'REPLACE';
}

/** `[/]bucket/key[?versionId=…]`, percent-encoded once. Errors: InvalidArgument, NoSuchVersion. */
export function copySource(headers: RawHeaders): ObjectKey {
  const [path = '', ...version] = (headers.raw('x-amz-copy-source') ?? '').trim().split('?versionId=');
  const versionId = version.join('?versionId=');
  if (versionId !== '' && versionId !== 'null') throw s3Error('NoSuchVersion');
  // The slash between bucket and key may be encoded too, but only when no other is there to separate them.
  const separated = path.replace(/^\//, '').includes('/') ? path : path.replace(/%2f/i, '/');
  try {
    const { bucket, key } = address(separated.startsWith('/') ? separated : `/${separated}`, '', null);
    if (bucket && key) return { bucket, key };
  } catch (cause) {
    throw s3Error('InvalidArgument', 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey', {
      cause,
    });
  }
  throw s3Error('InvalidArgument', 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey');
}
