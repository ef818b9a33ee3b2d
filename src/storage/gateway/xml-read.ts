import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { s3Error } from './errors.ts';

/** One element of a request document; names without namespace prefix. */
export interface XmlElement {
  /** Text as it was sent, spaces included; '' for an element without text or an absent one. */
  text: string;
  /** Children of that name, in order. */
  all(name: string): readonly XmlElement[];
  /** First child of that name; null when there is none. */
  one(name: string): XmlElement | null;
  /** Text of the first child of that name; undefined when there is none. */
  textOf(name: string): string | undefined;
  has(name: string): boolean;
}

const named: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  parseTagValue: false,
  trimValues: false,
  removeNSPrefix: true,
  maxNestedTags: 16,
  // Every element a list, so that one and many are read alike.
  isArray: () => true,
  // The parser's own decoder knows no numeric references without all of HTML's names.
  entityDecoder: {
    reset: nothing,
    setXmlVersion: nothing,
    setExternalEntities: nothing,
    addInputEntities: nothing,
    decode: decodeEntities,
  },
});

function nothing(): void {}

/** Single pass, so that `&amp;lt;` stays `&lt;`. Errors: MalformedXML for anything but XML's own references. */
function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|\w+);/gi, (_, reference: string) => {
    const char = reference.startsWith('#') ? fromCodePoint(reference.slice(1)) : named[reference];
    if (char === undefined) throw s3Error('MalformedXML');
    return char;
  });
}

function fromCodePoint(digits: string): string | undefined {
  const code = /^x/i.test(digits) ? Number.parseInt(digits.slice(1), 16) : Number(digits);
  const isAllowed = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return isAllowed ? String.fromCodePoint(code) : undefined;
}

/** The root element, which must have that name. No DTD, no entities, bounded depth. Errors: MalformedXML. */
export function readXml(text: string, root: string): XmlElement {
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) throw s3Error('MalformedXML');
  if (XMLValidator.validate(text) !== true) throw s3Error('MalformedXML');
  const document = element(parse(text));
  const found = document.all(root);
  if (found.length !== 1 || !found[0]) throw s3Error('MalformedXML');
  return found[0];
}

function parse(text: string): unknown {
  try {
    return parser.parse(text);
  } catch (cause) {
    throw s3Error('MalformedXML', undefined, { cause });
  }
}

function element(node: unknown): XmlElement {
  const children = typeof node === 'object' && node !== null ? (node as Record<string, unknown>) : {};
  const text = typeof node === 'string' ? node : String(children['#text'] ?? '');
  const all = (name: string): XmlElement[] => {
    const list = Object.hasOwn(children, name) ? children[name] : [];
    return Array.isArray(list) ? list.map(element) : [];
  };
  const one = (name: string) => all(name)[0] ?? null;
  return { text, all, one, textOf: (name) => one(name)?.text, has: (name) => Object.hasOwn(children, name) };
}
