import type { ListPage } from '../../domain.ts';
import type { NameEncoding } from '../listing.ts';
import { quoted } from '../object-headers.ts';
import type { BucketCommand } from '../request.ts';
import { type XmlNode, xmlDocument, xmlTime } from '../xml-write.ts';
import { ownerXml } from './list-buckets.ts';
import { listPage, listQuery, objectEntries, prefixesXml } from './list-objects.ts';

/** Every object has the one version `null`. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html */
export const listObjectVersions: BucketCommand = async ({ domain }, request) => {
  const { call, bucket, query } = request;
  const list = listQuery(request);
  const { prefix, delimiter, encoding } = list;
  const keyMarker = query.get('key-marker') ?? '';
  const page = await listPage(domain, call, { ...list, bucket, after: keyMarker });
  const next = page.isTruncated ? page.entries.at(-1) : undefined;
  const body = xmlDocument('ListVersionsResult', [
    ['Name', bucket],
    ['Prefix', encoding.encode(prefix)],
    ['KeyMarker', encoding.encode(keyMarker)],
    ['VersionIdMarker', query.get('version-id-marker') ?? ''],
    ['NextKeyMarker', next && encoding.encode(next.name)],
    ['NextVersionIdMarker', next?.kind === 'object' ? 'null' : undefined],
    ['MaxKeys', list.limit],
    ['Delimiter', delimiter === '' ? undefined : encoding.encode(delimiter)],
    ['EncodingType', encoding.type],
    ['IsTruncated', page.isTruncated],
    ...versionsXml(page, encoding),
    ...prefixesXml(page.entries, encoding),
  ]);
  return { status: 200, body };
};

const versionsXml = (page: ListPage, encoding: NameEncoding): XmlNode[] =>
  objectEntries(page).map((entry) => [
    'Version',
    [
      ['Key', encoding.encode(entry.name)],
      ['VersionId', 'null'],
      ['IsLatest', true],
      ['LastModified', xmlTime(entry.lastModifiedAt)],
      ['ETag', quoted(entry.etag)],
      ['Size', entry.sizeBytes],
      ['StorageClass', 'STANDARD'],
      ['Owner', ownerXml],
    ],
  ]);
