import { readText } from '../body.ts';
import type { ObjectCommand } from '../request.ts';
import { tagSetXml, tagsOfXml } from '../tags.ts';
import { readXml } from '../xml-read.ts';
import { xmlDocument } from '../xml-write.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html */
export const getObjectTagging: ObjectCommand = async ({ domain }, { call, bucket, key }) => {
  const tags = await domain.getObjectTags(call, { bucket, key });
  return { status: 200, body: xmlDocument('Tagging', [tagSetXml(tags)]) };
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html */
export const putObjectTagging: ObjectCommand = async ({ domain }, { call, bucket, key, body }) => {
  const tags = tagsOfXml(readXml(await readText(body, 256 * 1024), 'Tagging'), 10);
  await domain.setObjectTags(call, { bucket, key, tags });
  return { status: 200 };
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html */
export const deleteObjectTagging: ObjectCommand = async ({ domain }, { call, bucket, key }) => {
  await domain.setObjectTags(call, { bucket, key, tags: [] });
  return { status: 204 };
};
