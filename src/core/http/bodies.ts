import { parse as parseForm } from 'node:querystring';
import type { FastifyInstance } from 'fastify';
import { invalidInput } from '../errors.ts';

/**
 * JSON and form bodies of the REST faces. Unlike Fastify's own parser, a JSON content type with zero bytes means
 * "no body": real clients send that on POST, PUT and DELETE.
 */
export function parseBodies(app: FastifyInstance, limits: { formBytes: number }): void {
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser(/^application\/(?:[\w.+-]+\+)?json/i, { parseAs: 'string' }, (_req, text, done) => {
    try {
      done(null, parseJson(text as string));
    } catch (error) {
      done(error as Error);
    }
  });
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: limits.formBytes },
    (_req, text, done) => {
      done(null, parseForm(text as string));
    },
  );
}

/** Undefined for no body. Errors: INVALID_INPUT (malformed, or a top level that is neither object nor array). */
export function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalidInput(`Malformed JSON: ${(cause as Error).message}`, 'Send valid JSON.');
  }
  if (typeof value !== 'object' || value === null) throw invalidInput('The JSON body must be an object or an array');
  return value;
}
