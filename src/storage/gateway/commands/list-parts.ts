import type { PartInfo } from '../../domain.ts';
import { s3Error } from '../errors.ts';
import { pageSize } from '../listing.ts';
import { quoted } from '../object-headers.ts';
import type { ObjectCommand } from '../request.ts';
import { type XmlNode, xmlDocument, xmlTime } from '../xml-write.ts';
import { ownerXml } from './list-buckets.ts';
import { checksumXml } from './multipart-xml.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export const listParts: ObjectCommand = async ({ domain }, { call, bucket, key, query }) => {
  const limit = pageSize(query, 'max-parts');
  const marker = query.get('part-number-marker') || '0';
  if (!/^\d{1,9}$/.test(marker)) throw s3Error('InvalidArgument', 'part-number-marker is not a whole number.');
  const target = { bucket, key, uploadId: query.get('uploadId') ?? '' };
  // A page of nothing is still a question about the upload.
  const page = await domain.listParts(call, { ...target, after: Number(marker), limit: Math.max(limit, 1) });
  const parts = page.parts.slice(0, limit);
  const { checksumAlgorithm, checksumType } = page.upload;
  const body = xmlDocument('ListPartsResult', [
    ['Bucket', bucket],
    ['Key', key],
    ['UploadId', target.uploadId],
    ['Initiator', ownerXml],
    ['Owner', ownerXml],
    ['StorageClass', 'STANDARD'],
    ['PartNumberMarker', Number(marker)],
    ['NextPartNumberMarker', parts.at(-1)?.partNumber ?? 0],
    ['MaxParts', limit],
    ['IsTruncated', limit > 0 && page.isTruncated],
    ...parts.map(partXml),
    ['ChecksumAlgorithm', checksumAlgorithm ?? undefined],
    ['ChecksumType', checksumType ?? undefined],
  ]);
  return { status: 200, body };
};

const partXml = ({ partNumber, lastModifiedAt, etag, sizeBytes, checksum }: PartInfo): XmlNode => [
  'Part',
  [
    ['PartNumber', partNumber],
    ['LastModified', xmlTime(lastModifiedAt)],
    ['ETag', quoted(etag)],
    ['Size', sizeBytes],
    ...checksumXml(checksum),
  ],
];
