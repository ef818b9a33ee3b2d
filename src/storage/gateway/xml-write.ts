/** Element name and content, children in order; undefined leaves the element out. */
export type XmlNode = readonly [name: string, content: XmlContent, attributes?: string];
export type XmlContent = string | number | boolean | undefined | readonly XmlNode[];

const namespace = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

/** A whole document in S3's namespace. */
export const xmlDocument = (root: string, content: XmlContent): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${element([root, content ?? '', namespace])}`;

/** A document without namespace, as errors are. */
export const plainXmlDocument = (root: string, content: XmlContent): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${element([root, content ?? ''])}`;

function element([name, content, attributes = '']: XmlNode): string {
  if (content === undefined) return '';
  const inner = Array.isArray(content) ? content.map(element).join('') : escapeXml(String(content));
  return inner === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${inner}</${name}>`;
}

const references: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Line ends and control characters become references, since parsers would fold or refuse them. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"'\p{Cc}\ufffe\uffff]/gu, (char) => references[char] ?? `&#${char.charCodeAt(0)};`);
}

/** XML form of a time, at whole seconds so that headers and listings agree. */
export const xmlTime = (date: Date): string => `${date.toISOString().slice(0, 19)}.000Z`;
