import type { WriteConditions } from '../../conditions.ts';
import { createUpload } from '../body.ts';
import type { RawHeaders } from '../headers.ts';
import { checkObjectAcl, quoted, readAttributes } from '../object-headers.ts';
import type { ObjectCommand } from '../request.ts';
import { checksumHeaders } from './get-object.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export const putObject: ObjectCommand = async ({ domain, settings }, request) => {
  const { call, bucket, key, headers } = request;
  const { attributes, tags } = readAttributes(headers);
  const upload = createUpload(request.body, { maxBytes: settings.maxObjectBytes });
  const conditions = writeConditions(headers);
  await checkObjectAcl(headers, async () => (await domain.getBucket(call, bucket)).isPublic);
  const info = await domain.putObject(call, { bucket, key, attributes, tags, upload, conditions });
  return { status: 200, headers: { etag: quoted(info.etag), ...checksumHeaders(info.checksum) } };
};

export const writeConditions = (headers: RawHeaders): WriteConditions => ({
  ifMatch: headers.get('if-match'),
  ifNoneMatch: headers.get('if-none-match'),
});
