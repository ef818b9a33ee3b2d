import type { Tag } from '../domain.ts';
import { s3Error } from './errors.ts';
import type { XmlElement } from './xml-read.ts';
import type { XmlNode } from './xml-write.ts';

/** Of `x-amz-tagging`: `a=1&b`, URL-encoded. Errors: InvalidTag. */
export function tagsOfHeader(value: string | undefined): readonly Tag[] {
  if (!value) return [];
  const tags = [...new URLSearchParams(value)].map(([key, text]) => ({ key, value: text }));
  return checkedTags(tags, 10);
}

/** Of a `<Tagging>` document. Errors: MalformedXML, InvalidTag. */
export function tagsOfXml(tagging: XmlElement, limit: number): readonly Tag[] {
  const set = tagging.one('TagSet');
  if (!set) throw s3Error('MalformedXML');
  const tags = set.all('Tag').map((tag) => {
    const key = tag.textOf('Key');
    const value = tag.textOf('Value');
    if (key === undefined || value === undefined) throw s3Error('MalformedXML');
    return { key, value };
  });
  return checkedTags(tags, limit);
}

/** In key order, as they are read back. Errors: InvalidTag. */
export function checkedTags(tags: readonly Tag[], limit: number): readonly Tag[] {
  if (tags.length > limit) throw s3Error('InvalidTag', `There can be at most ${limit} tags.`);
  for (const { key, value } of tags) {
    const keyLength = [...key].length;
    if (keyLength < 1 || keyLength > 128) throw s3Error('InvalidTag', 'A tag key has 1 to 128 characters.');
    if ([...value].length > 256) throw s3Error('InvalidTag', 'A tag value has at most 256 characters.');
    if (/^aws:/i.test(key)) throw s3Error('InvalidTag', 'Tag keys starting with aws: are reserved.');
    if (key.includes('\0') || value.includes('\0')) throw s3Error('InvalidTag');
  }
  if (new Set(tags.map((tag) => tag.key)).size < tags.length)
    throw s3Error('InvalidTag', 'Cannot provide multiple Tags with the same key');
  return tags.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

export const tagSetXml = (tags: readonly Tag[]): XmlNode => [
  'TagSet',
  tags.map(
    ({ key, value }): XmlNode => [
      'Tag',
      [
        ['Key', key],
        ['Value', value],
      ],
    ],
  ),
];
