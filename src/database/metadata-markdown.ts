/** Metadata as Markdown: a section per slice, lists of objects as tables, the rest as bullet points. */
export function metadataMarkdown(metadata: Readonly<Record<string, unknown>>): string {
  const { version, ...slices } = metadata;
  const sections = Object.entries(slices).map(([name, slice]) => `## ${title(name)}\n\n${render(slice)}`);
  return [`# Backend metadata\n\nVersion ${text(version)}`, ...sections].join('\n\n').concat('\n');
}

const title = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

function render(value: unknown): string {
  if (Array.isArray(value)) return list(value);
  if (!isRecord(value)) return text(value);
  const lines = Object.entries(value).map(([name, item]) =>
    Array.isArray(item) && item.length > 0 ? `**${name}**\n\n${list(item)}\n` : `- ${name}: ${text(item)}`,
  );
  return lines.join('\n');
}

function list(items: readonly unknown[]): string {
  if (items.length === 0) return 'None.';
  const rows = items.filter(isRecord);
  if (rows.length < items.length) return items.map((item) => `- ${text(item)}`).join('\n');
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(names),
    line(names.map(() => '---')),
    ...rows.map((row) => line(names.map((name) => cell(row[name])))),
  ].join('\n');
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
const text = (value: unknown): string => {
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return 'none';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};
const cell = (value: unknown) => text(value).replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
