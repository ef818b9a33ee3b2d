import type { ObjectInfo, PartInfo } from '../../domain.ts';
import { s3Error } from '../errors.ts';
import type { RawHeaders } from '../headers.ts';
import type { ObjectCommand } from '../request.ts';
import { type XmlNode, xmlDocument } from '../xml-write.ts';
import { checksumXml } from './multipart-xml.ts';

const known = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'];

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html */
export const getObjectAttributes: ObjectCommand = async ({ domain }, request) => {
  if (request.method !== 'GET') throw s3Error('MethodNotAllowed', undefined, { headers: { allow: 'GET' } });
  const { info } = await domain.openObject(request.call, request);
  const names = (request.headers.get('x-amz-object-attributes') ?? '').split(',').map((name) => name.trim());
  if (names.some((name) => !known.includes(name)))
    throw s3Error('InvalidArgument', 'Invalid attribute name specified.');
  const wants = (name: string) => names.includes(name);
  const body = xmlDocument('GetObjectAttributesResponse', [
    ['ETag', wants('ETag') ? info.etag : undefined],
    ['Checksum', wants('Checksum') && info.checksum ? objectChecksumXml(info.checksum) : undefined],
    ['ObjectParts', wants('ObjectParts') && info.parts.length > 0 ? partsXml(info, request.headers) : undefined],
    ['StorageClass', wants('StorageClass') ? 'STANDARD' : undefined],
    ['ObjectSize', wants('ObjectSize') ? info.sizeBytes : undefined],
  ]);
  return { status: 200, headers: { 'last-modified': info.lastModifiedAt.toUTCString() }, body };
};

const objectChecksumXml = (checksum: NonNullable<ObjectInfo['checksum']>): XmlNode[] => [
  ...checksumXml(checksum),
  ['ChecksumType', checksum.type],
];

function partsXml({ parts }: ObjectInfo, headers: RawHeaders): readonly XmlNode[] {
  const limit = Math.min(headerNumber(headers, 'x-amz-max-parts') ?? 1000, 1000);
  const after = headerNumber(headers, 'x-amz-part-number-marker') ?? 0;
  const rest = parts.map((part, at) => ({ ...part, partNumber: at + 1 })).filter((part) => part.partNumber > after);
  const page = rest.slice(0, limit);
  return [
    // The documentation shows the second name, the SDKs read the first.
    ['PartsCount', parts.length],
    ['TotalPartsCount', parts.length],
    ['PartNumberMarker', after],
    ['NextPartNumberMarker', page.at(-1)?.partNumber ?? 0],
    ['MaxParts', limit],
    ['IsTruncated', rest.length > page.length],
    ...page.map(partXml),
  ];
}

const partXml = ({ partNumber, sizeBytes, checksum }: PartInfo): XmlNode => [
  'Part',
  [['PartNumber', partNumber], ['Size', sizeBytes], ...checksumXml(checksum)],
];

function headerNumber(headers: RawHeaders, name: string): number | undefined {
  const text = headers.get(name);
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw s3Error('InvalidArgument', `${name} is not a whole number.`);
  return Number(text);
}
