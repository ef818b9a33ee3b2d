import { createUpload } from '../body.ts';
import { s3Error } from '../errors.ts';
import { quoted } from '../object-headers.ts';
import type { ObjectCommand } from '../request.ts';
import type { Query } from '../target.ts';
import { checksumHeaders } from './get-object.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
export const uploadPart: ObjectCommand = async ({ domain, settings }, { call, bucket, key, query, body }) => {
  const partNumber = partNumberOf(query);
  const target = { bucket, key, uploadId: query.get('uploadId') ?? '' };
  const { checksumAlgorithm } = await domain.getUpload(call, target);
  const upload = createUpload(body, { maxBytes: settings.maxObjectBytes, compute: checksumAlgorithm });
  const part = await domain.putPart(call, { ...target, partNumber, upload });
  return { status: 200, headers: { etag: quoted(part.etag), ...checksumHeaders(part.checksum) } };
};

/** Errors: InvalidArgument. */
export function partNumberOf(query: Query): number {
  const text = query.get('partNumber') ?? '';
  if (!/^\d{1,5}$/.test(text) || Number(text) < 1 || Number(text) > 10_000)
    throw s3Error('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
  return Number(text);
}
