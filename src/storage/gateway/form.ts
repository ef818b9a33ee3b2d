import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { s3Error } from './errors.ts';
import type { RawHeaders } from './headers.ts';

/** A form upload up to its file; what follows the file is ignored. */
export interface UploadForm {
  /** Lower-case names; the first of each counts. */
  fields: ReadonlyMap<string, string>;
  /** Null when the part names none. */
  fileName: string | null;
  fileType: string | null;
  /** Errors when the form ends early. */
  file: Readable;
}

const maxFieldBytes = 20 * 1024;

/** Errors: InvalidArgument (no file, malformed form), MaxPostPreDataLengthExceededError. */
export function readForm(headers: RawHeaders, source: AsyncIterable<Buffer>): Promise<UploadForm> {
  return new Promise((resolve, reject) => {
    const fields = new Map<string, string>();
    let room = maxFieldBytes;
    let file: Readable | null = null;
    const parser = makeParser(headers);
    const fail = (error: unknown) => {
      reject(error);
      file?.destroy(error as Error);
      parser.destroy();
    };
    parser.on('field', (name, value, isNameCut, isValueCut) => {
      if (file) return;
      room -= Buffer.byteLength(name) + Buffer.byteLength(value);
      if (room < 0 || isNameCut || isValueCut) fail(s3Error('MaxPostPreDataLengthExceededError'));
      else if (!fields.has(name.toLowerCase())) fields.set(name.toLowerCase(), value);
    });
    parser.on('file', (_name, stream, fileName, _encoding, fileType) => {
      if (file) return void stream.resume();
      file = stream;
      resolve({ fields, file: stream, fileName: fileName || null, fileType: fileType || null });
    });
    pipeline(Readable.from(source), parser).then(
      () => reject(s3Error('InvalidArgument', 'POST requires exactly one file upload per request.')),
      (cause) => fail(s3Error('InvalidArgument', 'The body of your POST request is not well-formed.', { cause })),
    );
  });
}

function makeParser(headers: RawHeaders): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': headers.get('content-type') ?? '' },
      // Whatever the other parts look like, they are fields.
      isPartAFile: (name) => name?.toLowerCase() === 'file',
      limits: { fieldSize: maxFieldBytes, fields: 300, fieldNameSize: 1024, headerPairs: 50 },
    });
  } catch (cause) {
    throw s3Error('InvalidArgument', 'The body of your POST request is not well-formed.', { cause });
  }
}
