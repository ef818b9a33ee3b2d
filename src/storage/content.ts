import { pipeline, Readable, Transform, type TransformCallback } from 'node:stream';
import type { ContentPart } from './catalog.ts';
import type { PartChecksum } from './checksums.ts';
import type { Upload } from './domain.ts';
import { entityTooLarge } from './faults.ts';
import { sniffBytes } from './media-types.ts';
import type { BlobStore, StagedBlob } from './provider.ts';

/** Blobs that readers of this process hold; the sweeper leaves them. */
export interface Pins {
  hold(blobs: readonly string[]): () => void;
  isHeld(blob: string): boolean;
}

export function createPins(): Pins {
  const holders = new Map<string, number>();
  const add = (blob: string, by: number) => {
    const count = (holders.get(blob) ?? 0) + by;
    if (count > 0) holders.set(blob, count);
    else holders.delete(blob);
  };
  return {
    hold(blobs) {
      let isHolding = true;
      for (const blob of blobs) add(blob, 1);
      return () => {
        if (isHolding) for (const blob of blobs) add(blob, -1);
        isHolding = false;
      };
    },
    isHeld: (blob) => holders.has(blob),
  };
}

interface Piece {
  blob: string;
  start: number;
  end: number;
}

/** The pieces of blobs that make up an inclusive range of the whole. */
export function piecesOf(blobs: readonly ContentPart[], range: { start: number; end: number }): Piece[] {
  const pieces: Piece[] = [];
  let offset = 0;
  for (const { blob, sizeBytes } of blobs) {
    const start = Math.max(range.start - offset, 0);
    const end = Math.min(range.end - offset, sizeBytes - 1);
    if (start <= end) pieces.push({ blob, start, end });
    offset += sizeBytes;
  }
  return pieces;
}

/** Streams a range of joined blobs; they stay readable until the stream closes, whatever happens to the object. */
export async function readContent(
  { store, pins }: { store: BlobStore; pins: Pins },
  blobs: readonly ContentPart[],
  range: { start: number; end: number },
): Promise<Readable> {
  const pieces = piecesOf(blobs, range);
  const [first, ...rest] = pieces;
  if (!first) return Readable.from([], { objectMode: false });
  const release = pins.hold(pieces.map((piece) => piece.blob));
  try {
    const head = await store.read(first.blob, first);
    const body = rest.length === 0 ? head : Readable.from(joined(store, head, rest), { objectMode: false });
    return body.once('close', release);
  } catch (error) {
    release();
    throw error;
  }
}

async function* joined(store: BlobStore, head: Readable, rest: readonly Piece[]): AsyncGenerator<Buffer> {
  yield* head;
  for (const piece of rest) yield* await store.read(piece.blob, piece);
}

/** Stages a body under a cap. Errors: entityTooLarge, and what `upload` throws. */
export async function stageUpload(
  store: BlobStore,
  upload: Upload,
  maxBytes: number,
): Promise<{ staged: StagedBlob; checksum: PartChecksum | null }> {
  if (upload.sizeBytes !== null && upload.sizeBytes > maxBytes) throw entityTooLarge(maxBytes);
  let checksum: PartChecksum | null = null;
  const body = upload.sizeBytes === null ? capped(upload.body, maxBytes).body : upload.body;
  const staged = await store.stage(body, (measured) => {
    checksum = upload.verify(measured);
  });
  return { staged, checksum };
}

/** Passes a body through, fails it once it is longer than `maxBytes`, and remembers its first bytes. */
export function capped(body: Readable, maxBytes: number): { body: Readable; head: () => Buffer } {
  const head: Buffer[] = [];
  let seen = 0;
  const cap = new Transform({
    transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback) {
      if (seen < sniffBytes) head.push(chunk);
      seen += chunk.length;
      if (seen > maxBytes) done(entityTooLarge(maxBytes));
      else done(null, chunk);
    },
  });
  // The reader of `cap` gets the error; the callback is there because pipeline wants one.
  return { body: pipeline(body, cap, () => undefined), head: () => Buffer.concat(head).subarray(0, sniffBytes) };
}

/** The one part of an object that was put in one piece. */
export const onePart = (staged: StagedBlob, checksum: PartChecksum | null): ContentPart => ({
  partNumber: 1,
  blob: staged.blob,
  sizeBytes: staged.sizeBytes,
  etag: staged.md5Hex,
  checksum,
  lastModifiedAt: staged.stagedAt,
});
