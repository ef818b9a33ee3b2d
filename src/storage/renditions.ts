import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Sharp } from 'sharp';
import type { OpenedObject } from './domain.ts';
import { slowDown } from './faults.ts';
import type { OpenedFile } from './files.ts';
import { invalidParameter } from './names.ts';

export const renditionFormats = ['jpeg', 'png', 'webp', 'avif'] as const;
/** What an image is made into; absent sides follow from the other. */
export interface Rendition {
  width: number | null;
  height: number | null;
  /** Null: that of the source. */
  format: (typeof renditionFormats)[number] | null;
  /** 1…100. */
  quality: number | null;
}

const sources = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/avif', 'image/gif', 'image/tiff']);
export const maxSidePixels = 4096;
const maxSourceBytes = 50 * 1024 ** 2;
/** Decoded, a picture of so many pixels is about 200 MB; anything larger is taken for a bomb. */
const maxSourcePixels = 50_000_000;
const timeoutSeconds = 20;
const maxAtOnce = 2;
const maxWaiting = 32;

export interface RenditionCache {
  dir: string;
  maxCacheBytes: number;
}

/**
 * Smaller, or otherwise encoded, versions of stored images. Made once and kept in a folder that never grows past
 * `maxCacheBytes`; sources that are too large are refused from their header, before anything is decoded.
 */
export function createRenditions({ dir, maxCacheBytes }: RenditionCache) {
  const gate = createGate();
  const making = new Map<string, Promise<string>>();
  return { openRendition };

  /** Errors: STORAGE_INVALID_PARAMETER (no image, too large, broken), slowDown. */
  async function openRendition(file: OpenedFile, wanted: Rendition): Promise<OpenedObject> {
    const type = (file.info.contentType ?? '').split(';')[0] ?? '';
    if (!sources.has(type)) throw invalidParameter(`${file.info.key} is not an image that can be changed`);
    if (file.info.sizeBytes > maxSourceBytes) throw tooLarge();
    const format = wanted.format ?? renditionFormats.find((name) => type === `image/${name}`) ?? 'png';
    const name = nameOf(file.contentId, { ...wanted, format });
    const path = join(dir, name);
    if (!(await touch(path))) await once(name, () => gate(() => make(file, { ...wanted, format }, path)));
    const { size } = await stat(path);
    return {
      isBucketPublic: file.isBucketPublic,
      info: { ...file.info, contentType: `image/${format}`, sizeBytes: size, etag: name, checksum: null, parts: [] },
      read: async (range) => createReadStream(path, range),
    };
  }

  /** Those who ask for the same at once share one making. */
  function once(name: string, work: () => Promise<string>): Promise<string> {
    const running = making.get(name) ?? work().finally(() => making.delete(name));
    making.set(name, running);
    return running;
  }

  async function make(
    file: OpenedFile,
    wanted: Rendition & { format: NonNullable<Rendition['format']> },
    path: string,
  ) {
    const temporary = `${path}.${randomUUID()}`;
    await mkdir(dir, { recursive: true, mode: 0o700 });
    try {
      const source = await file.read();
      // A native library of its own size: loaded with the first image that is changed, not with the server.
      const { default: sharp } = await import('sharp');
      const image = sharp({ limitInputPixels: maxSourcePixels, failOn: 'error', sequentialRead: true, pages: 1 });
      const handle = await open(temporary, 'wx', 0o600);
      await pipeline(source, shaped(image, wanted), handle.createWriteStream());
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw invalidParameter(`The image cannot be changed: ${reasonOf(error)}`, 'Ask for the original.');
    }
    await evict(dir, maxCacheBytes);
    return path;
  }
}

/** Turned upright, then fitted inside the box; never enlarged. Nothing of the source's metadata is kept. */
function shaped(
  image: Sharp,
  { width, height, format, quality }: Rendition & { format: NonNullable<Rendition['format']> },
): Sharp {
  const box = { ...(width === null ? {} : { width }), ...(height === null ? {} : { height }) };
  return image
    .autoOrient()
    .resize({ ...box, fit: 'inside', withoutEnlargement: true })
    .timeout({ seconds: timeoutSeconds })
    .toFormat(format, quality === null ? {} : { quality });
}

const nameOf = (contentId: string, wanted: Rendition): string =>
  createHash('sha256')
    .update(JSON.stringify([contentId, wanted.width, wanted.height, wanted.format, wanted.quality]))
    .digest('hex');

/** True when it is there; marks it as used, for eviction. */
async function touch(path: string): Promise<boolean> {
  const now = new Date();
  return utimes(path, now, now).then(
    () => true,
    () => false,
  );
}

/** Least recently used first. */
async function evict(dir: string, maxBytes: number): Promise<void> {
  const files = await Promise.all(
    (await readdir(dir)).map(async (name) => ({ name, found: await stat(join(dir, name)).catch(() => null) })),
  );
  const known = files.flatMap(({ name, found }) => (found ? [{ name, size: found.size, usedMs: found.mtimeMs }] : []));
  let total = known.reduce((sum, { size }) => sum + size, 0);
  for (const { name, size } of known.sort((one, other) => one.usedMs - other.usedMs)) {
    if (total <= maxBytes) return;
    await rm(join(dir, name), { force: true });
    total -= size;
  }
}

/** Lets few work at once and few more wait. */
function createGate() {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (waiting.length >= maxWaiting) throw slowDown();
    if (running >= maxAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
}

const tooLarge = () => invalidParameter('The image is too large to be changed', 'Ask for the original.');

/** What libvips says of a source, without paths. */
const reasonOf = (error: unknown): string =>
  ((error as Error).message ?? '').includes('pixel limit') ? 'it has too many pixels' : 'it is broken or not supported';
