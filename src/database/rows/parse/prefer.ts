/** What the `Prefer` headers ask for; null or absent means the default (contract/postgrest.md §11). */
export interface Preferences {
  resolution: 'merge-duplicates' | 'ignore-duplicates' | null;
  missing: 'default' | 'null' | null;
  return: 'representation' | 'minimal' | 'headers-only' | null;
  count: 'exact' | 'planned' | 'estimated' | null;
  tx: 'commit' | 'rollback' | null;
  handling: 'strict' | 'lenient' | null;
  timezone: string | null;
  maxAffected: number | null;
  /** Unknown or malformed preferences, as written; an error under handling=strict. */
  invalid: string[];
}

const choices = {
  resolution: ['merge-duplicates', 'ignore-duplicates'],
  missing: ['default', 'null'],
  return: ['representation', 'minimal', 'headers-only'],
  count: ['exact', 'planned', 'estimated'],
  tx: ['commit', 'rollback'],
  handling: ['strict', 'lenient'],
} as const;

/** Reads all `Prefer` values; per preference the first valid one wins. */
export function parsePrefer(headers: readonly string[]): Preferences {
  const prefer: Preferences = {
    resolution: null,
    missing: null,
    return: null,
    count: null,
    tx: null,
    handling: null,
    timezone: null,
    maxAffected: null,
    invalid: [],
  };
  for (const part of headers.flatMap((header) => header.split(','))) {
    const text = part.trim();
    if (text !== '' && !readOne(prefer, text)) prefer.invalid.push(text);
  }
  return prefer;
}

function readOne(prefer: Preferences, text: string): boolean {
  const [name = '', value = ''] = text.split('=', 2).map((piece) => piece.trim());
  if (name === 'timezone' && value !== '') {
    prefer.timezone ??= value;
    return true;
  }
  if (name === 'max-affected' && /^\d{1,15}$/.test(value)) {
    prefer.maxAffected ??= Number(value);
    return true;
  }
  if (!Object.hasOwn(choices, name)) return false;
  const key = name as keyof typeof choices;
  if (!(choices[key] as readonly string[]).includes(value)) return false;
  if (prefer[key] === null) Object.assign(prefer, { [key]: value });
  return true;
}

/** The `Preference-Applied` value, in the order of §11; null when nothing took effect. */
export function appliedText(applied: Partial<Record<string, string | number | null>>): string | null {
  const order = ['resolution', 'missing', 'return', 'count', 'tx', 'handling', 'timezone', 'max-affected'];
  const parts = order.filter((name) => applied[name] != null).map((name) => `${name}=${applied[name]}`);
  return parts.length > 0 ? parts.join(', ') : null;
}
