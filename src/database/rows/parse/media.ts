/** One entry of an Accept header. */
export interface AcceptItem {
  /** `type/subtype`, lower case. */
  type: string;
  parameters: Readonly<Record<string, string>>;
}

/** The formats the engine can produce by itself; `custom` is a type made by a domain-named function (§12.1). */
export type Media =
  | { kind: 'array'; stripNulls: boolean }
  | { kind: 'object'; stripNulls: boolean }
  | { kind: 'csv' }
  | { kind: 'geojson' }
  | { kind: 'plan'; format: 'text' | 'json'; forMedia: Media; options: readonly string[]; echo: string }
  | { kind: 'custom'; type: string; isBinary: boolean };

/** Accept entries, best first; an absent header is any type. */
export function parseAccept(header: string | undefined): AcceptItem[] {
  if (header === undefined || header.trim() === '') return [{ type: '*/*', parameters: {} }];
  const items = splitOutsideQuotes(header, ',').map((text, index) => {
    const [type = '', ...rest] = splitOutsideQuotes(text, ';');
    const parameters: Record<string, string> = {};
    for (const piece of rest) {
      const at = piece.indexOf('=');
      if (at < 0) continue;
      parameters[piece.slice(0, at).trim().toLowerCase()] = unquote(piece.slice(at + 1).trim());
    }
    const q = Number(parameters.q ?? 1);
    return { item: { type: type.trim().toLowerCase(), parameters }, q: Number.isNaN(q) ? 1 : q, index };
  });
  return items
    .filter(({ q, item }) => q > 0 && item.type !== '')
    .sort((a, b) => b.q - a.q || a.index - b.index)
    .map(({ item }) => item);
}

/** What an entry means to us; null when only a custom handler could make it. */
export function knownMedia(item: AcceptItem): Media | null {
  const stripNulls = item.parameters.nulls === 'stripped';
  switch (item.type) {
    case '*/*':
    case 'application/*':
    case 'application/json':
      return { kind: 'array', stripNulls: false };
    case 'application/vnd.pgrst.array':
    case 'application/vnd.pgrst.array+json':
      return { kind: 'array', stripNulls };
    case 'application/vnd.pgrst.object':
    case 'application/vnd.pgrst.object+json':
      return { kind: 'object', stripNulls };
    case 'text/csv':
      return { kind: 'csv' };
    case 'application/geo+json':
      return { kind: 'geojson' };
    case 'application/vnd.pgrst.plan':
    case 'application/vnd.pgrst.plan+text':
    case 'application/vnd.pgrst.plan+json':
      return planMedia(item);
    default:
      return null;
  }
}

const planOptions = ['analyze', 'verbose', 'settings', 'buffers', 'wal'];

function planMedia(item: AcceptItem): Media {
  const forMedia = knownMedia(parseAccept(item.parameters.for)[0] ?? { type: '*/*', parameters: {} });
  const options = (item.parameters.options ?? '').split('|').filter((option) => planOptions.includes(option));
  const format = item.type.endsWith('+json') ? 'json' : 'text';
  const echo = [
    `application/vnd.pgrst.plan+${format}`,
    `for="${item.parameters.for ?? 'application/json'}"`,
    ...(options.length > 0 ? [`options=${options.join('|')}`] : []),
    'charset=utf-8',
  ].join('; ');
  return { kind: 'plan', format, forMedia: forMedia ?? { kind: 'array', stripNulls: false }, options, echo };
}

/** The Content-Type of what `media` produces. */
export function contentType(media: Media): string {
  switch (media.kind) {
    case 'array':
      return media.stripNulls
        ? 'application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8'
        : 'application/json; charset=utf-8';
    case 'object':
      return media.stripNulls
        ? 'application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8'
        : 'application/vnd.pgrst.object+json; charset=utf-8';
    case 'csv':
      return 'text/csv; charset=utf-8';
    case 'geojson':
      return 'application/geo+json; charset=utf-8';
    case 'plan':
      return media.echo;
    case 'custom':
      return media.type.startsWith('text/') ? `${media.type}; charset=utf-8` : media.type;
  }
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let current = '';
  let isQuoted = false;
  for (const c of text) {
    if (c === '"') isQuoted = !isQuoted;
    if (c === separator && !isQuoted) {
      parts.push(current);
      current = '';
    } else current += c;
  }
  parts.push(current);
  return parts;
}

const unquote = (text: string) => (text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text);
