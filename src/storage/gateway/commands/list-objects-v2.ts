import { s3Error } from '../errors.ts';
import { makeToken, readToken } from '../listing.ts';
import type { BucketCommand } from '../request.ts';
import { xmlDocument } from '../xml-write.ts';
import { contentsXml, listPage, listQuery, objectEntries, prefixesXml } from './list-objects.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export const listObjectsV2: BucketCommand = async ({ domain, tokenKey }, request) => {
  const { call, bucket, query } = request;
  if (query.get('list-type') !== '2') throw s3Error('InvalidArgument', 'Invalid List Type specified in Request');
  const list = listQuery(request);
  const { prefix, delimiter, encoding } = list;
  const listing = [bucket, prefix, delimiter];
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const after = token ? readToken(tokenKey, listing, token) : (startAfter ?? '');
  const page = await listPage(domain, call, { ...list, bucket, after });
  const last = page.entries.at(-1);
  const withOwner = query.get('fetch-owner') === 'true';
  const body = xmlDocument('ListBucketResult', [
    ['Name', bucket],
    ['Prefix', encoding.encode(prefix)],
    ['StartAfter', startAfter === undefined ? undefined : encoding.encode(startAfter)],
    ['ContinuationToken', token],
    ['NextContinuationToken', page.isTruncated && last ? makeToken(tokenKey, listing, last.name) : undefined],
    ['KeyCount', page.entries.length],
    ['MaxKeys', list.limit],
    ['Delimiter', delimiter === '' ? undefined : encoding.encode(delimiter)],
    ['EncodingType', encoding.type],
    ['IsTruncated', page.isTruncated],
    ...objectEntries(page).map((entry) => contentsXml(entry, encoding, withOwner)),
    ...prefixesXml(page.entries, encoding),
  ]);
  return { status: 200, body };
};
