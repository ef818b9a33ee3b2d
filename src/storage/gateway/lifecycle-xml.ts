import { randomUUID } from 'node:crypto';
import type { LifecycleRule, Tag } from '../domain.ts';
import { s3Error } from './errors.ts';
import { checkedTags } from './tags.ts';
import { readXml, type XmlElement } from './xml-read.ts';
import { type XmlNode, xmlDocument, xmlTime } from './xml-write.ts';

/** What S3 can do with a rule and we cannot: transitions and versions. */
const unsupported = ['Transition', 'NoncurrentVersionTransition', 'NoncurrentVersionExpiration'];

/** A `<LifecycleConfiguration>` of 1 to 1000 rules. Errors: MalformedXML, InvalidArgument, InvalidRequest, NotImplemented. */
export function readLifecycle(text: string): LifecycleRule[] {
  const rules = readXml(text, 'LifecycleConfiguration').all('Rule').map(readRule);
  if (rules.length < 1 || rules.length > 1000) throw s3Error('MalformedXML');
  if (new Set(rules.map((rule) => rule.id)).size < rules.length)
    throw s3Error('InvalidArgument', 'Rule ID must be unique. Found same ID for more than one rule');
  return rules;
}

function readRule(rule: XmlElement): LifecycleRule {
  const status = rule.textOf('Status')?.trim();
  if (status !== 'Enabled' && status !== 'Disabled') throw s3Error('MalformedXML');
  const foreign = unsupported.find((name) => rule.has(name));
  if (foreign) throw s3Error('NotImplemented', `${foreign} is not implemented.`);
  const id = rule.textOf('ID')?.trim() || randomUUID();
  if (id.length > 255) throw s3Error('InvalidArgument', 'ID length should not exceed allowed limit of 255');
  const deeds = { ...readExpiration(rule.one('Expiration')), ...readAbort(rule.one('AbortIncompleteMultipartUpload')) };
  if (Object.values(deeds).every((value) => value === undefined))
    throw s3Error('InvalidRequest', 'At least one action needs to be specified in a rule');
  const filter = readFilter(rule);
  if (deeds.abortIncompleteAfterDays !== undefined && filter.tags.length > 0)
    throw s3Error('InvalidRequest', 'AbortIncompleteMultipartUpload cannot be specified with Tags.');
  return { id, isEnabled: status === 'Enabled', ...filter, ...deeds };
}

/** `Prefix` in the rule itself is the old form. */
function readFilter(rule: XmlElement): Pick<LifecycleRule, 'prefix' | 'tags' | 'minSizeBytes' | 'maxSizeBytes'> {
  const filter = rule.one('Filter');
  if (!filter && !rule.has('Prefix')) throw s3Error('MalformedXML');
  const source = filter ? (filter.one('And') ?? filter) : rule;
  return {
    prefix: source.textOf('Prefix') ?? '',
    tags: checkedTags(source.all('Tag').map(readTag), 10),
    minSizeBytes: above(wholeNumber(source.textOf('ObjectSizeGreaterThan'), 0), 1),
    maxSizeBytes: above(wholeNumber(source.textOf('ObjectSizeLessThan'), 1), -1),
  };
}

const above = (value: number | undefined, by: number) => (value === undefined ? undefined : value + by);

const readTag = (tag: XmlElement): Tag => ({ key: tag.textOf('Key') ?? '', value: tag.textOf('Value') ?? '' });

function readExpiration(expiration: XmlElement | null): Pick<LifecycleRule, 'expireAfterDays' | 'expireAt'> {
  if (!expiration) return {};
  // Delete markers belong to versions, which are not kept: nothing would ever match.
  if (expiration.has('ExpiredObjectDeleteMarker')) throw s3Error('NotImplemented');
  const date = expiration.textOf('Date')?.trim();
  const expireAfterDays = wholeNumber(expiration.textOf('Days'), 1);
  if ((date === undefined) === (expireAfterDays === undefined)) throw s3Error('MalformedXML');
  if (date === undefined) return { expireAfterDays };
  const expireAt = new Date(date);
  if (Number.isNaN(expireAt.getTime())) throw s3Error('MalformedXML');
  if (expireAt.getTime() % 86_400_000 !== 0) throw s3Error('InvalidArgument', "'Date' must be at midnight GMT");
  return { expireAt };
}

function readAbort(abort: XmlElement | null): Pick<LifecycleRule, 'abortIncompleteAfterDays'> {
  if (!abort) return {};
  const abortIncompleteAfterDays = wholeNumber(abort.textOf('DaysAfterInitiation'), 1);
  if (abortIncompleteAfterDays === undefined) throw s3Error('MalformedXML');
  return { abortIncompleteAfterDays };
}

function wholeNumber(text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text.trim()) || Number(text) < least)
    throw s3Error('InvalidArgument', `A number in the configuration must be a whole one from ${least}`);
  return Number(text);
}

export const lifecycleXml = (rules: readonly LifecycleRule[]): string =>
  xmlDocument('LifecycleConfiguration', rules.map(ruleXml));

function ruleXml(rule: LifecycleRule): XmlNode {
  const expiration: XmlNode[] = [
    ['Date', rule.expireAt && xmlTime(rule.expireAt)],
    ['Days', rule.expireAfterDays],
  ];
  const hasExpiration = rule.expireAt !== undefined || rule.expireAfterDays !== undefined;
  return [
    'Rule',
    [
      ['ID', rule.id],
      ['Filter', filterXml(rule)],
      ['Status', rule.isEnabled ? 'Enabled' : 'Disabled'],
      ['Expiration', hasExpiration ? expiration : undefined],
      [
        'AbortIncompleteMultipartUpload',
        rule.abortIncompleteAfterDays === undefined
          ? undefined
          : [['DaysAfterInitiation', rule.abortIncompleteAfterDays]],
      ],
    ],
  ];
}

function filterXml({ prefix, tags, minSizeBytes, maxSizeBytes }: LifecycleRule): readonly XmlNode[] {
  const conditions: XmlNode[] = [
    ['ObjectSizeGreaterThan', above(minSizeBytes, -1)],
    ['ObjectSizeLessThan', above(maxSizeBytes, 1)],
    ...tags.map(
      ({ key, value }): XmlNode => [
        'Tag',
        [
          ['Key', key],
          ['Value', value],
        ],
      ],
    ),
  ];
  const given = conditions.filter(([, content]) => content !== undefined);
  if (given.length === 0) return [['Prefix', prefix]];
  if (given.length === 1 && prefix === '') return given;
  return [['And', [['Prefix', prefix || undefined], ...given]]];
}
