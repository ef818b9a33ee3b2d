import type { TestApp } from '../app.ts';

type Caller =
  | Awaited<ReturnType<TestApp['as']>>
  | ReturnType<TestApp['nobody']>
  | Awaited<ReturnType<TestApp['admin']>>;

export interface FormPart {
  field?: string;
  fileName?: string;
  type?: string;
  bytes: Buffer | string;
}

/** A multipart form as browsers send it. */
export function formOf(...parts: FormPart[]): { payload: Buffer; headers: Record<string, string> } {
  const boundary = `----${crypto.randomUUID()}`;
  const chunks = parts.flatMap(
    ({ field = 'file', fileName = 'file.bin', type = 'application/octet-stream', bytes }) => [
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${fileName}"\r\nContent-Type: ${type}\r\n\r\n`,
      ),
      Buffer.from(bytes),
      Buffer.from('\r\n'),
    ],
  );
  const payload = Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]);
  return { payload, headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } };
}

export const objectPath = (bucket: string, key: string) =>
  `/api/storage/buckets/${bucket}/objects/${encodeURIComponent(key)}`;

/** PUT of one file in a form. */
export function put(who: Caller, bucket: string, key: string, part: FormPart) {
  const { payload, headers } = formOf(part);
  return who.put(objectPath(bucket, key), payload, headers);
}

/** A bucket made by the admin. */
export async function withBucket(app: TestApp, name: string, isPublic = false) {
  const admin = await app.admin();
  const made = await admin.post('/api/storage/buckets', { bucketName: name, isPublic });
  if (made.statusCode !== 201) throw new Error(made.body);
  return admin;
}
