import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type AppError, appError, invalidInput } from '../../core/errors.ts';

/** A received form: one file, kept on disk until disposed, and the text fields around it. */
export interface Upload extends AsyncDisposable {
  path: string;
  /** As the client named it; only its end is ever looked at. */
  filename: string;
  sizeBytes: number;
  fields: ReadonlyMap<string, string>;
}

/** One part of a form, in the order of the wire. */
export type FormPart =
  | { kind: 'file'; filename: string; stream: Readable; isCut: () => boolean }
  | { kind: 'field'; name: string; value: string };

/**
 * Writes the file to disk as it arrives: fields that say what to do with it may come after it.
 * Errors: INVALID_INPUT (no file), STORAGE_INVALID_PARAMETER (too large 413, several files 400).
 */
export async function receiveUpload(parts: AsyncIterable<FormPart>, maxFileBytes: number): Promise<Upload> {
  const dir = await mkdtemp(join(tmpdir(), 'pleiad-upload-'));
  await using resources = new AsyncDisposableStack();
  resources.defer(() => rm(dir, { recursive: true, force: true }));
  const path = join(dir, 'file');
  const fields = new Map<string, string>();
  let filename: string | null = null;
  for await (const part of parts) {
    if (part.kind === 'field') fields.set(part.name, part.value);
    else {
      if (filename !== null) throw badUpload(400, 'Send one file');
      filename = part.filename;
      await pipeline(part.stream, createWriteStream(path));
      if (part.isCut()) throw badUpload(413, `The file is larger than ${maxFileBytes} bytes`);
    }
  }
  if (filename === null) throw invalidInput('file: No file was sent', 'Send it as the form field "file".');
  const { size: sizeBytes } = await stat(path);
  const owned = resources.move();
  return { path, filename, sizeBytes, fields, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** The end of the file's name, in lowercase: `.csv`. Errors: INVALID_INPUT (none of `allowed`, empty file). */
export function fileKind<Kind extends string>(upload: Upload, allowed: readonly Kind[]): Kind {
  const kind = allowed.find((name) => name === extname(upload.filename).toLowerCase());
  if (!kind) throw invalidInput(`file: must end in ${allowed.join(' or ')}`, 'Rename or convert the file.');
  if (upload.sizeBytes === 0) throw invalidInput('file: is empty');
  return kind;
}

const badUpload = (status: number, message: string): AppError =>
  appError({ code: 'STORAGE_INVALID_PARAMETER', status, message, nextActions: 'Send less at once.' });
