import { readText } from '../body.ts';
import { s3Error } from '../errors.ts';
import type { BucketCommand } from '../request.ts';
import { readXml } from '../xml-read.ts';

/** Refuses to pretend: versions are not kept. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html */
export const putBucketVersioning: BucketCommand = async ({ domain }, { call, bucket, body }) => {
  await domain.getBucket(call, bucket);
  const status = readXml(await readText(body, 64 * 1024), 'VersioningConfiguration')
    .textOf('Status')
    ?.trim();
  if (status === 'Suspended') return { status: 200 };
  throw status === 'Enabled' ? s3Error('NotImplemented', 'Object versions are not kept.') : s3Error('MalformedXML');
};
