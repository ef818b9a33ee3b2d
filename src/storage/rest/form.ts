import { PassThrough, type Readable } from 'node:stream';
import { Busboy, type BusboyConfig } from '@fastify/busboy';
import type { FastifyRequest } from 'fastify';
import { invalidParameter } from '../names.ts';

/** The one file of a form. */
export interface FormFile {
  fileName: string;
  declaredType: string | null;
  /** Ends well only when the whole form was: a second file or a broken end makes it fail. */
  body: Readable;
}

const limits = { fields: 50, fieldNameSize: 1024, fieldSize: 64 * 1024, headerPairs: 100, parts: 60 };

/** Streams field `file` of a multipart form; resolves at its first byte. Errors: STORAGE_INVALID_PARAMETER. */
export function openForm(req: FastifyRequest): Promise<FormFile> {
  if (!/^multipart\/form-data\s*;/i.test(req.headers['content-type'] ?? ''))
    return Promise.reject(
      invalidParameter('Send the file as multipart/form-data', 'Put it into the form field "file".'),
    );
  return new Promise((resolve, reject) => {
    const body = new PassThrough({ highWaterMark: 256 * 1024 });
    const fail = (error: Error) => {
      reject(error);
      body.destroy(error);
      // What is still coming is read and dropped, so that the client gets to read the answer.
      req.raw.unpipe(form);
      req.raw.resume();
    };
    // Whoever reads the body hears of its errors; nobody may be reading yet.
    body.on('error', () => undefined);
    body.on('close', () => {
      if (body.readableEnded) return;
      req.raw.unpipe(form);
      req.raw.resume();
    });
    const form = openBusboy(req, fail);
    let hasFile = false;
    form.on('file', (field, stream, fileName, _encoding, type) => {
      stream.on('error', fail);
      if (field !== 'file' || hasFile) {
        stream.resume();
        fail(invalidParameter(`Unexpected file field "${field}"`, 'Send exactly one file, in the field "file".'));
        return;
      }
      hasFile = true;
      stream.pipe(body, { end: false });
      resolve({ fileName, declaredType: type || null, body });
    });
    form.on('finish', () => {
      if (hasFile) body.end();
      else fail(invalidParameter('No file provided', 'Send the file in the form field "file".'));
    });
    form.on('error', (error: Error) => fail(invalidParameter(`The form is malformed: ${error.message}`)));
    req.raw.once('close', () => {
      if (!req.raw.complete) fail(new Error('the client left in the middle of an upload'));
    });
    req.raw.pipe(form);
  });
}

function openBusboy(req: FastifyRequest, fail: (error: Error) => void): InstanceType<typeof Busboy> {
  try {
    return new Busboy({ headers: req.headers as BusboyConfig['headers'], limits });
  } catch (error) {
    fail(invalidParameter(`The form is malformed: ${(error as Error).message}`));
    throw error;
  }
}
