import type { z } from 'zod';
import { invalidInput } from './errors.ts';

/** Reads outside input by a schema. Errors: INVALID_INPUT, message = `path: text` items joined with `, `. */
export function parse<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const result = schema.safeParse(input ?? {});
  if (result.success) return result.data;
  const items = result.error.issues.map((issue) =>
    issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : issue.message,
  );
  throw invalidInput(items.join(', '), 'Correct the named fields and send the request again.');
}
