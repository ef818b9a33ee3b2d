import type { ListEntry, ListPage, ObjectDomain, S3Call } from '../../domain.ts';
import { type NameEncoding, nameEncoding, pageSize } from '../listing.ts';
import { quoted } from '../object-headers.ts';
import type { BucketCommand, BucketRequest } from '../request.ts';
import { type XmlNode, xmlDocument, xmlTime } from '../xml-write.ts';
import { ownerXml } from './list-buckets.ts';

/** What the listings have in common. */
export interface ListQuery {
  prefix: string;
  delimiter: string;
  limit: number;
  encoding: NameEncoding;
}

/** Errors: InvalidArgument. */
export function listQuery({ query }: BucketRequest): ListQuery {
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    limit: pageSize(query, 'max-keys'),
    encoding: nameEncoding(query),
  };
}

/** A page after a name; a limit of 0 is an empty page of a bucket that exists. Errors: NoSuchBucket. */
export async function listPage(
  domain: ObjectDomain,
  call: S3Call,
  { bucket, prefix, delimiter, limit, after }: ListQuery & { bucket: string; after: string },
): Promise<ListPage> {
  if (limit > 0) return domain.listObjects(call, { bucket, prefix, delimiter, after, limit });
  await domain.getBucket(call, bucket);
  return { entries: [], isTruncated: false };
}

type ObjectEntry = Extract<ListEntry, { kind: 'object' }>;
export const objectEntries = (page: ListPage): ObjectEntry[] => page.entries.filter((entry) => entry.kind === 'object');

export const prefixesXml = (entries: readonly { kind: string; name?: string }[], encoding: NameEncoding): XmlNode[] =>
  entries
    .filter((entry) => entry.kind === 'prefix')
    .map((entry) => ['CommonPrefixes', [['Prefix', encoding.encode(entry.name ?? '')]]]);

export const contentsXml = (entry: ObjectEntry, encoding: NameEncoding, withOwner: boolean): XmlNode => [
  'Contents',
  [
    ['Key', encoding.encode(entry.name)],
    ['LastModified', xmlTime(entry.lastModifiedAt)],
    ['ETag', quoted(entry.etag)],
    ['ChecksumAlgorithm', entry.checksum?.algorithm],
    ['ChecksumType', entry.checksum?.type],
    ['Size', entry.sizeBytes],
    ['Owner', withOwner ? ownerXml : undefined],
    ['StorageClass', 'STANDARD'],
  ],
];

/** Version 1, which pages by `marker`. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
export const listObjectsV1: BucketCommand = async ({ domain }, request) => {
  const { call, bucket, query } = request;
  const list = listQuery(request);
  const { prefix, delimiter, encoding } = list;
  const marker = query.get('marker') ?? '';
  const page = await listPage(domain, call, { ...list, bucket, after: marker });
  // Without a delimiter clients go on from the last key.
  const next = page.isTruncated && delimiter !== '' ? page.entries.at(-1)?.name : undefined;
  const body = xmlDocument('ListBucketResult', [
    ['Name', bucket],
    ['Prefix', encoding.encode(prefix)],
    ['Marker', encoding.encode(marker)],
    ['NextMarker', next === undefined ? undefined : encoding.encode(next)],
    ['MaxKeys', list.limit],
    ['Delimiter', delimiter === '' ? undefined : encoding.encode(delimiter)],
    ['EncodingType', encoding.type],
    ['IsTruncated', page.isTruncated],
    ...objectEntries(page).map((entry) => contentsXml(entry, encoding, true)),
    ...prefixesXml(page.entries, encoding),
  ]);
  return { status: 200, body };
};
