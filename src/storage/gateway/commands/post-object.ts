import type { ObjectInfo, Upload } from '../../domain.ts';
import { verifyPolicy } from '../authenticate.ts';
import { createUpload } from '../body.ts';
import { parseBasicDate, parseCredential } from '../claim.ts';
import { s3Error } from '../errors.ts';
import { readForm, type UploadForm } from '../form.ts';
import { type RawHeaders, rawHeaders, toWire } from '../headers.ts';
import { checkObjectAcl, quoted, readAttributes } from '../object-headers.ts';
import { checkPolicy, parsePolicy } from '../post-policy.ts';
import type { Gateway, Incoming, S3Response } from '../request.ts';
import { tagsOfXml } from '../tags.ts';
import { percentEncode } from '../target.ts';
import { readXml } from '../xml-read.ts';
import { plainXmlDocument } from '../xml-write.ts';

interface Posted {
  bucket: string;
  key: string;
  url: string;
  info: ObjectInfo;
}

/** An HTML form's upload. https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html */
export async function postObject(
  gateway: Gateway,
  incoming: Incoming,
  { bucket, baseUrl }: { bucket: string; baseUrl: string },
): Promise<S3Response> {
  const form = await readForm(incoming.headers, incoming.open());
  try {
    const { domain, settings } = gateway;
    const fields = withKey(form);
    const key = fields.get('key') ?? '';
    const { accessKey, size } = await authorize(gateway, incoming, { fields, bucket });
    const viewer = { kind: 'apiKey', id: accessKey.accessKeyId, role: 'project_admin', claims: {} } as const;
    const call = { ...incoming.call, viewer, credentialError: null, accessKey };
    const headers = headersOf(fields);
    const read = readAttributes(headers);
    const tagging = fields.get('tagging');
    const tags = tagging ? tagsOfXml(readXml(tagging, 'Tagging'), 10) : read.tags;
    const conditions = {};
    await checkObjectAcl(headers, async () => (await domain.getBucket(call, bucket)).isPublic);
    const upload = formUpload(form, headers, { ...size, max: Math.min(size.max, settings.maxObjectBytes) });
    const info = await domain.putObject(call, { bucket, key, attributes: read.attributes, tags, upload, conditions });
    const url = `${baseUrl}/${bucket}/${percentEncode(Buffer.from(key)).replaceAll('%2F', '/')}`;
    return answer(fields, { bucket, key, url, info });
  } finally {
    form.file.resume();
  }
}

/** `${filename}` in the key stands for the file's own name. Errors: InvalidArgument, KeyTooLongError. */
function withKey({ fields, fileName }: UploadForm): ReadonlyMap<string, string> {
  const pattern = fields.get('key');
  if (!pattern) throw s3Error('InvalidArgument', "Bucket POST must contain a field named 'key'.");
  const key = pattern.replaceAll(/\$\{filename\}/g, () => fileName ?? '');
  if (Buffer.byteLength(key) > 1024) throw s3Error('KeyTooLongError');
  if (key === '' || key.includes('\0')) throw s3Error('InvalidArgument', 'The key is empty or holds a NUL.');
  return new Map([...fields, ['key', key]]);
}

async function authorize(
  { auth, now }: Gateway,
  { call }: Incoming,
  { fields, bucket }: { fields: ReadonlyMap<string, string>; bucket: string },
) {
  const need = (name: string): string => {
    const value = fields.get(name);
    if (!value) throw s3Error('InvalidArgument', `Bucket POST must contain a field named '${name}'.`);
    return value;
  };
  const policy = need('policy');
  const signature = need('x-amz-signature');
  if (need('x-amz-algorithm') !== 'AWS4-HMAC-SHA256') throw s3Error('InvalidArgument', 'Unknown x-amz-algorithm.');
  const scope = parseCredential(need('x-amz-credential'), 'AuthorizationQueryParametersError');
  const signedOn = need('x-amz-date');
  if (!parseBasicDate(signedOn) || !signedOn.startsWith(scope.date))
    throw s3Error('InvalidArgument', 'x-amz-date is malformed or not of the credential’s day.');
  const accessKey = await verifyPolicy(auth, call, { scope, policy, signature });
  return { accessKey, size: checkPolicy(parsePolicy(policy), { fields, bucket, now: now() }) };
}

const asHeader =
  /^(content-type|cache-control|content-disposition|content-encoding|expires|x-amz-(meta-.+|storage-class|checksum-(crc32|crc32c|crc64nvme|sha1|sha256)|server-side-encryption.*))$/;

/** The fields that PutObject takes as headers. */
function headersOf(fields: ReadonlyMap<string, string>): RawHeaders {
  const list = [...fields].filter(([name]) => asHeader.test(name)).flatMap(([name, value]) => [name, toWire(value)]);
  const acl = fields.get('acl');
  return rawHeaders([...list, ...(acl === undefined ? [] : ['x-amz-acl', acl]), 'transfer-encoding', 'chunked']);
}

function formUpload({ file }: UploadForm, headers: RawHeaders, size: { min: number; max: number }): Upload {
  const payload = { kind: 'plain', sha256: null } as const;
  const upload = createUpload({ headers, payload, chain: null, open: () => file }, { maxBytes: size.max });
  return {
    ...upload,
    verify(staged) {
      if (staged.sizeBytes < size.min) throw s3Error('EntityTooSmall');
      return upload.verify(staged);
    },
  };
}

function answer(fields: ReadonlyMap<string, string>, { bucket, key, url, info }: Posted): S3Response {
  const headers = { etag: quoted(info.etag), location: url };
  const redirect = redirectTo(fields.get('success_action_redirect') ?? fields.get('redirect'));
  if (redirect) {
    for (const [name, value] of Object.entries({ bucket, key, etag: quoted(info.etag) }))
      redirect.searchParams.set(name, value);
    return { status: 303, headers: { ...headers, location: redirect.toString() } };
  }
  const status = fields.get('success_action_status');
  if (status === '201') return { status: 201, headers, body: resultXml({ bucket, key, url, info }) };
  return { status: status === '200' ? 200 : 204, headers };
}

function redirectTo(text: string | undefined): URL | null {
  const url = text ? URL.parse(text) : null;
  return url && /^https?:$/.test(url.protocol) ? url : null;
}

const resultXml = ({ bucket, key, url, info }: Posted): string =>
  plainXmlDocument('PostResponse', [
    ['Location', url],
    ['Bucket', bucket],
    ['Key', key],
    ['ETag', quoted(info.etag)],
  ]);
