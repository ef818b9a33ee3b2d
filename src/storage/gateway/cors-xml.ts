import type { CorsRule } from '../domain.ts';
import { s3Error } from './errors.ts';
import { readXml, type XmlElement } from './xml-read.ts';
import { type XmlNode, xmlDocument } from './xml-write.ts';

const methods = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD'];

/** A `<CORSConfiguration>` of 1 to 100 rules. Errors: MalformedXML, InvalidRequest. */
export function readCors(text: string): CorsRule[] {
  const rules = readXml(text, 'CORSConfiguration').all('CORSRule').map(readRule);
  if (rules.length < 1 || rules.length > 100) throw s3Error('MalformedXML');
  return rules;
}

function readRule(rule: XmlElement): CorsRule {
  const texts = (name: string) => rule.all(name).map((item) => item.text.trim());
  const allowedMethods = texts('AllowedMethod');
  const allowedOrigins = texts('AllowedOrigin');
  const allowedHeaders = texts('AllowedHeader');
  if (allowedMethods.length === 0 || allowedOrigins.length === 0) throw s3Error('MalformedXML');
  const unknown = allowedMethods.find((method) => !methods.includes(method));
  if (unknown !== undefined)
    throw s3Error('InvalidRequest', `Found unsupported HTTP method in CORS config. Unsupported method is ${unknown}`);
  const wild = [...allowedOrigins, ...allowedHeaders].find((value) => value.split('*').length > 2);
  if (wild !== undefined) throw s3Error('InvalidRequest', `"${wild}" can not have more than one wildcard.`);
  const maxAge = rule.textOf('MaxAgeSeconds')?.trim();
  if (maxAge !== undefined && !/^\d{1,9}$/.test(maxAge)) throw s3Error('MalformedXML');
  return {
    id: rule.textOf('ID'),
    allowedMethods,
    allowedOrigins,
    allowedHeaders,
    exposeHeaders: texts('ExposeHeader'),
    maxAgeSeconds: maxAge === undefined ? undefined : Number(maxAge),
  };
}

export const corsXml = (rules: readonly CorsRule[]): string =>
  xmlDocument(
    'CORSConfiguration',
    rules.map(
      (rule): XmlNode => [
        'CORSRule',
        [
          ['ID', rule.id],
          ...rule.allowedMethods.map((value): XmlNode => ['AllowedMethod', value]),
          ...rule.allowedOrigins.map((value): XmlNode => ['AllowedOrigin', value]),
          ...rule.allowedHeaders.map((value): XmlNode => ['AllowedHeader', value]),
          ['MaxAgeSeconds', rule.maxAgeSeconds],
          ...rule.exposeHeaders.map((value): XmlNode => ['ExposeHeader', value]),
        ],
      ],
    ),
  );
