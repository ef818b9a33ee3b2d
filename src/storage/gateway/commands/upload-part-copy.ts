import { Readable } from 'node:stream';
import { readOutcome } from '../../conditions.ts';
import { type BodySource, createUpload } from '../body.ts';
import { s3Error } from '../errors.ts';
import { rawHeaders } from '../headers.ts';
import { quoted } from '../object-headers.ts';
import { parseCopyRange } from '../range.ts';
import type { ObjectCommand } from '../request.ts';
import { xmlDocument, xmlTime } from '../xml-write.ts';
import { copySource, sourceConditions } from './copy-object.ts';
import { checksumXml } from './multipart-xml.ts';
import { partNumberOf } from './upload-part.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html */
export const uploadPartCopy: ObjectCommand = async ({ domain, settings, now }, request) => {
  const { call, bucket, key, query, headers } = request;
  const partNumber = partNumberOf(query);
  const from = copySource(headers);
  const target = { bucket, key, uploadId: query.get('uploadId') ?? '' };
  const { checksumAlgorithm } = await domain.getUpload(call, target);
  const source = await domain.openObject(call, from);
  if (readOutcome(source.info, sourceConditions(headers), now()) !== 'ok') throw s3Error('PreconditionFailed');
  const { sizeBytes } = source.info;
  const range = parseCopyRange(headers.get('x-amz-copy-source-range'), sizeBytes);
  const length = range ? range.end - range.start + 1 : sizeBytes;
  if (length > settings.maxObjectBytes) throw s3Error('InvalidRequest', 'The specified copy range is too large.');
  const bytes = length === 0 ? Readable.from([]) : await source.read(range ?? undefined);
  const upload = createUpload(ownBody(bytes, length), { maxBytes: length, compute: checksumAlgorithm });
  const part = await domain.putPart(call, { ...target, partNumber, upload });
  const body = xmlDocument('CopyPartResult', [
    ['LastModified', xmlTime(part.lastModifiedAt)],
    ['ETag', quoted(part.etag)],
    ...checksumXml(part.checksum),
  ]);
  return { status: 200, body };
};

/** Bytes of ours as if a client had sent them. */
const ownBody = (bytes: Readable, length: number): BodySource => ({
  headers: rawHeaders(['content-length', String(length)]),
  payload: { kind: 'plain', sha256: null },
  chain: null,
  open: () => bytes,
});
