export type JsonObject = Record<string, unknown>;

/** A JSON value as the text that Postgres reads for any type: strings bare, objects as JSON. */
export function jsonText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return arrayText(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A list as Postgres' array literal; when an element is an object, as JSON, for jsonb columns. */
export function arrayText(values: readonly unknown[]): string {
  if (values.some((value) => typeof value === 'object' && value !== null && !Array.isArray(value))) {
    return JSON.stringify(values);
  }
  const element = (value: unknown): string => {
    if (value === null) return 'NULL';
    if (Array.isArray(value)) return arrayText(value);
    return `"${String(value).replace(/[\\"]/g, '\\$&')}"`;
  };
  return `{${values.map(element).join(',')}}`;
}
