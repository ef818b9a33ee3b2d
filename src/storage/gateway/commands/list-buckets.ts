import type { Bucket } from '../../domain.ts';
import { s3Error } from '../errors.ts';
import { makeToken, pageSize, readToken } from '../listing.ts';
import { owner, type ServiceCommand } from '../request.ts';
import { type XmlNode, xmlDocument, xmlTime } from '../xml-write.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
export const listBuckets: ServiceCommand = async ({ domain, settings, tokenKey }, { call, query }) => {
  const limit = pageSize(query, 'max-buckets', 10_000);
  if (limit === 0) throw s3Error('InvalidArgument', 'max-buckets must be between 1 and 10000');
  const prefix = query.get('prefix') ?? '';
  const listing = ['buckets', prefix];
  const token = query.get('continuation-token');
  const after = token ? readToken(tokenKey, listing, token) : '';
  const matching = (await domain.listBuckets(call)).filter(({ name }) => name.startsWith(prefix) && name > after);
  const page = matching.slice(0, limit);
  const last = page.at(-1);
  const body = xmlDocument('ListAllMyBucketsResult', [
    ['Owner', ownerXml],
    ['Buckets', page.map((bucket) => bucketXml(bucket, settings.region))],
    ['ContinuationToken', matching.length > limit && last ? makeToken(tokenKey, listing, last.name) : undefined],
    ['Prefix', prefix || undefined],
  ]);
  return { status: 200, body };
};

const bucketXml = ({ name, createdAt }: Bucket, region: string): XmlNode => [
  'Bucket',
  [
    ['Name', name],
    ['CreationDate', xmlTime(createdAt)],
    ['BucketRegion', region],
  ],
];

export const ownerXml: readonly XmlNode[] = [
  ['ID', owner.id],
  ['DisplayName', owner.displayName],
];
