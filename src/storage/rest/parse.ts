import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { parse } from '../../core/parse.ts';
import { invalidParameter } from '../names.ts';
import { maxSidePixels, type Rendition, renditionFormats } from '../renditions.ts';

/** As core's parse, with the code of this room. Errors: STORAGE_INVALID_PARAMETER. */
export function read<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  try {
    return parse(schema, input);
  } catch (error) {
    if (error instanceof AppError) throw invalidParameter(error.message, error.nextActions);
    throw error;
  }
}

/** A whole number within bounds; `fallback` when it is absent, unparsable or zero. */
export function countOf(text: unknown, fallback: number, min: number, max: number): number {
  const value = Number.parseInt(String(text ?? ''), 10);
  if (Number.isNaN(value) || value === 0) return fallback;
  return Math.min(Math.max(value, min), max);
}

/** Seconds of an `expiresIn`; null when absent or empty. Errors: STORAGE_INVALID_PARAMETER. */
export function secondsOf(value: unknown): number | null {
  if (value === undefined || value === null || value === '') return null;
  const seconds = Number(value);
  if (!Number.isFinite(seconds) || Array.isArray(value))
    throw invalidParameter('expiresIn must be a number of seconds');
  return seconds;
}

const side = z.coerce.number().int().min(1).max(maxSidePixels).nullable().default(null);
const rendition = z.object({
  width: side,
  height: side,
  format: z.enum(renditionFormats).nullable().default(null),
  quality: z.coerce.number().int().min(1).max(100).nullable().default(null),
});

/** What `?width=&height=&format=&quality=` asks for; null when none is given. Errors: STORAGE_INVALID_PARAMETER. */
export function renditionOf(query: Record<string, unknown>): Rendition | null {
  const names = ['width', 'height', 'format', 'quality'];
  return names.some((name) => query[name] !== undefined) ? read(rendition, query) : null;
}
