import { s3Error } from './errors.ts';

/** A decoded POST policy. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html */
export interface PostPolicy {
  expiresAt: Date;
  conditions: readonly PolicyCondition[];
}
/** Field names lower case, without `$`. */
export type PolicyCondition =
  | { kind: 'eq' | 'starts-with'; field: string; value: string }
  | { kind: 'content-length-range'; min: number; max: number };

const invalid = (message: string) => s3Error('InvalidPolicyDocument', `Invalid Policy: ${message}`);

/** `policy` is the base64 of the form field. Errors: InvalidPolicyDocument. */
export function parsePolicy(policy: string): PostPolicy {
  const document = parseJson(policy);
  const { expiration, conditions } = document;
  if (typeof expiration !== 'string') throw invalid('it has no expiration.');
  const isIso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(expiration);
  const expiresAt = new Date(expiration);
  if (!isIso || Number.isNaN(expiresAt.getTime())) throw invalid('its expiration is no ISO 8601 time in UTC.');
  if (!Array.isArray(conditions)) throw invalid('it has no conditions.');
  return { expiresAt, conditions: conditions.flatMap(readCondition) };
}

function parseJson(policy: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(policy, 'base64').toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    throw invalid('it is not base64 of JSON.');
  }
  throw invalid('it is not an object.');
}

function readCondition(condition: unknown): PolicyCondition[] {
  if (Array.isArray(condition)) return [readList(condition)];
  if (typeof condition !== 'object' || condition === null)
    throw invalid('a condition is neither a list nor an object.');
  const entries = Object.entries(condition);
  if (entries.length === 0) throw invalid('a condition is empty.');
  return entries.map(([field, value]) => {
    if (typeof value !== 'string') throw invalid('a condition has a value that is not text.');
    return { kind: 'eq', field: field.toLowerCase(), value };
  });
}

function readList(list: readonly unknown[]): PolicyCondition {
  const [operator, first, second] = list;
  const kind = typeof operator === 'string' ? operator.toLowerCase() : '';
  if (list.length !== 3) throw invalid('a condition does not have three items.');
  if (kind === 'content-length-range') return { kind, min: wholeNumber(first), max: wholeNumber(second) };
  const isSound = typeof first === 'string' && first.startsWith('$') && typeof second === 'string';
  if ((kind !== 'eq' && kind !== 'starts-with') || !isSound) throw invalid('a condition is malformed.');
  return { kind, field: first.slice(1).toLowerCase(), value: second };
}

function wholeNumber(value: unknown): number {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0)
    throw invalid('a content-length-range is not made of whole numbers.');
  return number;
}

const uncovered = new Set(['policy', 'x-amz-signature', 'file', 'bucket']);

/**
 * Holds the form to its policy; `fields` with the key after substitution. Returns how many bytes the file may have.
 * Errors: AccessDenied (expired, a condition fails, a field or the bucket is not covered).
 */
export function checkPolicy(
  { expiresAt, conditions }: PostPolicy,
  form: { fields: ReadonlyMap<string, string>; bucket: string; now: Date },
): { min: number; max: number } {
  if (expiresAt <= form.now) throw denied('Policy expired.');
  const values = new Map([...form.fields, ['bucket', form.bucket]]);
  const size = { min: 0, max: Number.MAX_SAFE_INTEGER };
  const covered = new Set<string>();
  for (const condition of conditions) {
    if (condition.kind === 'content-length-range') {
      size.min = Math.max(size.min, condition.min);
      size.max = Math.min(size.max, condition.max);
      continue;
    }
    covered.add(condition.field);
    if (!holds(condition, values.get(condition.field)))
      throw denied(`Policy Condition failed: ["${condition.kind}", "$${condition.field}", "${condition.value}"]`);
  }
  const loose = [...form.fields.keys()].find(
    (name) => !covered.has(name) && !uncovered.has(name) && !name.startsWith('x-ignore-'),
  );
  if (loose !== undefined) throw denied(`Extra input fields: ${loose}`);
  if (!covered.has('bucket')) throw denied('The policy does not cover the bucket.');
  return size;
}

const denied = (message: string) => s3Error('AccessDenied', `Invalid according to Policy: ${message}`);

function holds(condition: Extract<PolicyCondition, { field: string }>, given: string | undefined): boolean {
  if (condition.kind === 'eq') return given === condition.value;
  if (condition.value === '') return true;
  if (given === undefined) return false;
  const items = condition.field === 'content-type' ? given.split(',').map((item) => item.trim()) : [given];
  return items.every((item) => item.startsWith(condition.value));
}
