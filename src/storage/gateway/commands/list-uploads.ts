import type { UploadEntry } from '../../domain.ts';
import { type NameEncoding, nameEncoding, pageSize } from '../listing.ts';
import type { BucketCommand } from '../request.ts';
import { type XmlNode, xmlDocument, xmlTime } from '../xml-write.ts';
import { ownerXml } from './list-buckets.ts';
import { prefixesXml } from './list-objects.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
export const listUploads: BucketCommand = async ({ domain }, { call, bucket, query }) => {
  const limit = pageSize(query, 'max-uploads');
  const encoding = nameEncoding(query);
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const uploadIdMarker = keyMarker === '' ? '' : (query.get('upload-id-marker') ?? '');
  const after = { key: keyMarker, uploadId: uploadIdMarker || null };
  const page = await (limit > 0
    ? domain.listUploads(call, { bucket, prefix, delimiter, after, limit })
    : domain.getBucket(call, bucket).then(() => ({ entries: [], isTruncated: false })));
  const next = page.isTruncated ? page.entries.at(-1) : undefined;
  const body = xmlDocument('ListMultipartUploadsResult', [
    ['Bucket', bucket],
    ['KeyMarker', encoding.encode(keyMarker)],
    ['UploadIdMarker', uploadIdMarker],
    ['NextKeyMarker', next && encoding.encode(next.kind === 'upload' ? next.upload.key : next.name)],
    ['NextUploadIdMarker', next?.kind === 'upload' ? next.upload.uploadId : undefined],
    ['Prefix', encoding.encode(prefix)],
    ['Delimiter', delimiter === '' ? undefined : encoding.encode(delimiter)],
    ['EncodingType', encoding.type],
    ['MaxUploads', limit],
    ['IsTruncated', page.isTruncated],
    ...uploadsXml(page.entries, encoding),
    ...prefixesXml(page.entries, encoding),
  ]);
  return { status: 200, body };
};

const uploadsXml = (entries: readonly UploadEntry[], encoding: NameEncoding): XmlNode[] =>
  entries.flatMap((entry): XmlNode[] => {
    if (entry.kind !== 'upload') return [];
    const { key, uploadId, initiatedAt, checksumAlgorithm, checksumType } = entry.upload;
    const content: XmlNode[] = [
      ['Key', encoding.encode(key)],
      ['UploadId', uploadId],
      ['Initiator', ownerXml],
      ['Owner', ownerXml],
      ['StorageClass', 'STANDARD'],
      ['Initiated', xmlTime(initiatedAt)],
      ['ChecksumAlgorithm', checksumAlgorithm ?? undefined],
      ['ChecksumType', checksumType ?? undefined],
    ];
    return [['Upload', content]];
  });
