import { readText } from '../body.ts';
import { s3Error, toS3Error } from '../errors.ts';
import type { BucketCommand } from '../request.ts';
import { readXml, type XmlElement } from '../xml-read.ts';
import { type XmlNode, xmlDocument } from '../xml-write.ts';

/** 1000 escaped keys of 1024 bytes. */
const maxBodyBytes = 8 * 1024 * 1024;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export const deleteObjects: BucketCommand = async ({ domain }, { call, bucket, body }) => {
  const document = readXml(await readText(body, maxBodyBytes), 'Delete');
  const isQuiet = document.textOf('Quiet')?.trim().toLowerCase() === 'true';
  const wanted = document.all('Object').map(readObject);
  if (wanted.length < 1 || wanted.length > 1000) throw s3Error('MalformedXML');
  const refused = wanted.flatMap(({ key, refusal }) => (refusal ? [{ key, error: refusal }] : []));
  const objects = wanted.filter(({ refusal }) => refusal === null);
  const done = await domain.deleteObjects(call, { bucket, objects });
  const results = [...done, ...refused].flatMap(({ key, error }): XmlNode[] => {
    if (!error) return isQuiet ? [] : [['Deleted', [['Key', key]]]];
    const { code, message } = toS3Error(error);
    return [
      [
        'Error',
        [
          ['Key', key],
          ['Code', code],
          ['Message', message],
        ],
      ],
    ];
  });
  return { status: 200, body: xmlDocument('DeleteResult', results) };
};

function readObject(object: XmlElement) {
  const key = object.textOf('Key');
  if (key === undefined || key === '') throw s3Error('MalformedXML');
  const versionId = object.textOf('VersionId') ?? 'null';
  const isOtherVersion = versionId !== '' && versionId !== 'null';
  return { key, ifMatch: object.textOf('ETag'), refusal: refusalOf(key, isOtherVersion) };
}

function refusalOf(key: string, isOtherVersion: boolean) {
  if (isOtherVersion) return s3Error('NoSuchVersion');
  return Buffer.byteLength(key) > 1024 ? s3Error('KeyTooLongError') : null;
}
