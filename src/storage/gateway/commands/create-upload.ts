import { type ChecksumAlgorithm, type ChecksumType, checksumAlgorithms } from '../../checksums.ts';
import { s3Error } from '../errors.ts';
import type { RawHeaders } from '../headers.ts';
import { checkObjectAcl, readAttributes } from '../object-headers.ts';
import type { ObjectCommand } from '../request.ts';
import { xmlDocument } from '../xml-write.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export const createUpload: ObjectCommand = async ({ domain }, { call, bucket, key, headers }) => {
  const { attributes, tags } = readAttributes(headers);
  const { checksumAlgorithm, checksumType } = checksumPlan(headers);
  await checkObjectAcl(headers, async () => (await domain.getBucket(call, bucket)).isPublic);
  const input = { bucket, key, attributes, tags, checksumAlgorithm, checksumType };
  const { uploadId } = await domain.createUpload(call, input);
  return {
    status: 200,
    headers: {
      'x-amz-checksum-algorithm': checksumAlgorithm ?? undefined,
      'x-amz-checksum-type': checksumType ?? undefined,
    },
    body: xmlDocument('InitiateMultipartUploadResult', [
      ['Bucket', bucket],
      ['Key', key],
      ['UploadId', uploadId],
    ]),
  };
};

/** Errors: InvalidRequest for a type that the algorithm cannot have. */
function checksumPlan(headers: RawHeaders): {
  checksumAlgorithm: ChecksumAlgorithm | null;
  checksumType: ChecksumType | null;
} {
  const name = headers.get('x-amz-checksum-algorithm')?.toUpperCase();
  const type = headers.get('x-amz-checksum-type')?.toUpperCase();
  if (!name) {
    if (type) throw s3Error('InvalidRequest', 'x-amz-checksum-type needs x-amz-checksum-algorithm.');
    return { checksumAlgorithm: null, checksumType: null };
  }
  const algorithm = checksumAlgorithms.find((known) => known === name);
  if (!algorithm) throw s3Error('InvalidRequest', 'Checksum algorithm provided is unsupported.');
  if (type !== undefined && type !== 'COMPOSITE' && type !== 'FULL_OBJECT')
    throw s3Error('InvalidRequest', 'Value for x-amz-checksum-type header is invalid.');
  const checksumType = type ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
  const isSha = algorithm === 'SHA1' || algorithm === 'SHA256';
  if ((isSha && checksumType === 'FULL_OBJECT') || (algorithm === 'CRC64NVME' && checksumType === 'COMPOSITE'))
    throw s3Error('InvalidRequest', `The ${checksumType} checksum type cannot be used with ${algorithm}.`);
  return { checksumAlgorithm: algorithm, checksumType };
}
