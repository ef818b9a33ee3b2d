import { type ChecksumType, checksumAlgorithms, type PartChecksum } from '../../checksums.ts';
import type { CompleteInput } from '../../domain.ts';
import { readText } from '../body.ts';
import { s3Error } from '../errors.ts';
import type { RawHeaders } from '../headers.ts';
import { quoted } from '../object-headers.ts';
import type { ObjectCommand } from '../request.ts';
import { percentEncode } from '../target.ts';
import { readXml, type XmlElement } from '../xml-read.ts';
import { xmlDocument } from '../xml-write.ts';
import { checksumOfXml, checksumXml } from './multipart-xml.ts';
import { writeConditions } from './put-object.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export const completeUpload: ObjectCommand = async ({ domain }, request) => {
  const { call, bucket, key, query, headers } = request;
  // The checksum headers here speak of the object; the body has no checksum of its own.
  const body = { ...request.body, headers: withoutChecksums(headers) };
  const parts = readParts(await readText(body, 8 * 1024 * 1024));
  const info = await domain.completeUpload(call, {
    bucket,
    key,
    uploadId: query.get('uploadId') ?? '',
    parts,
    expectedChecksum: expectedChecksum(headers),
    expectedSizeBytes: expectedSize(headers.get('x-amz-mp-object-size')),
    conditions: writeConditions(headers),
  });
  const document = xmlDocument('CompleteMultipartUploadResult', [
    ['Location', `${request.baseUrl}/${bucket}/${percentEncode(Buffer.from(key)).replaceAll('%2F', '/')}`],
    ['Bucket', bucket],
    ['Key', key],
    ['ETag', quoted(info.etag)],
    ...checksumXml(info.checksum),
    ['ChecksumType', info.checksum?.type satisfies ChecksumType | undefined],
  ]);
  return { status: 200, body: document };
};

function readParts(text: string): CompleteInput['parts'] {
  const parts = readXml(text, 'CompleteMultipartUpload').all('Part').map(readPart);
  if (parts.length < 1 || parts.length > 10_000) throw s3Error('MalformedXML');
  if (parts.some((part, at) => part.partNumber <= (parts[at - 1]?.partNumber ?? 0))) throw s3Error('InvalidPartOrder');
  return parts;
}

function readPart(part: XmlElement): CompleteInput['parts'][number] {
  const number = part.textOf('PartNumber')?.trim() ?? '';
  const etag = part
    .textOf('ETag')
    ?.trim()
    .replace(/^"(.*)"$/, '$1');
  if (!/^\d{1,9}$/.test(number) || !etag) throw s3Error('MalformedXML');
  return { partNumber: Number(number), etag: etag.toLowerCase(), checksum: checksumOfXml(part) };
}

const isChecksumHeader = (name: string) => /^x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256)$/.test(name);

const withoutChecksums = (headers: RawHeaders): RawHeaders => ({
  names: () => headers.names().filter((name) => !isChecksumHeader(name)),
  raw: (name) => (isChecksumHeader(name) ? undefined : headers.raw(name)),
  get: (name) => (isChecksumHeader(name) ? undefined : headers.get(name)),
});

function expectedChecksum(headers: RawHeaders): PartChecksum | null {
  const given = checksumAlgorithms.flatMap((algorithm): PartChecksum[] => {
    const value = headers.get(`x-amz-checksum-${algorithm.toLowerCase()}`);
    return value === undefined ? [] : [{ algorithm, value }];
  });
  if (given.length > 1) throw s3Error('InvalidRequest', 'Expecting a single x-amz-checksum- header.');
  return given[0] ?? null;
}

function expectedSize(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^\d{1,15}$/.test(text)) throw s3Error('InvalidRequest', 'Value for x-amz-mp-object-size header is invalid.');
  return Number(text);
}
