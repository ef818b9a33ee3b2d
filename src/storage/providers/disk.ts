import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { invariant } from '../../core/errors.ts';
import { BlobMissing, type BlobStore, type Measured } from '../provider.ts';

const batchBytes = 1024 ** 2;
const readBytes = 256 * 1024;
const shards = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0'));

/** `<sha256 of the bytes>-<random>`: the name proves the content, the tail keeps equal uploads apart, so that removing one is never a race with putting the other. */
const blobName = /^[0-9a-f]{64}-[0-9a-f]{16}$/;

/**
 * Blobs as files: `staging/` while they arrive, `blobs/<first two digits>/` once whole. A file is hashed while it
 * streams, synced, then renamed, and its folder synced, so a name always stands for whole bytes.
 */
export async function createDiskStore({ dir, now }: { dir: string; now: () => Date }): Promise<BlobStore> {
  const staging = join(dir, 'staging');
  await mkdir(staging, { recursive: true, mode: 0o700 });
  await Promise.all(shards.map((shard) => mkdir(join(dir, 'blobs', shard), { recursive: true, mode: 0o700 })));

  function pathOf(blob: string): string {
    invariant(blobName.test(blob), 'a blob name comes from the catalog and is well formed');
    return join(dir, 'blobs', blob.slice(0, 2), blob);
  }

  async function stage(body: Readable, check?: (staged: Measured) => void) {
    const path = join(staging, randomUUID());
    const handle = await open(path, 'wx', 0o600);
    try {
      const measured = await drain(body, handle);
      check?.(measured);
      await handle.datasync();
      await handle.close();
      const blob = `${measured.sha256Hex}-${randomBytes(8).toString('hex')}`;
      const stagedAt = now();
      await rename(path, pathOf(blob));
      await syncFolder(dirname(pathOf(blob)));
      return { ...measured, blob, stagedAt };
    } catch (error) {
      body.destroy();
      await handle.close().catch(() => undefined);
      await rm(path, { force: true });
      throw error;
    }
  }

  async function read(blob: string, range?: { start: number; end: number }): Promise<Readable> {
    const handle = await open(pathOf(blob), 'r').catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? new BlobMissing(blob) : error;
    });
    const { size } = await handle.stat();
    if (range && range.end >= size) {
      await handle.close();
      throw new Error(`blob ${blob} has ${size} bytes, fewer than its row says`);
    }
    return handle.createReadStream({ ...range, highWaterMark: readBytes });
  }

  async function sizeOf(blob: string): Promise<number | null> {
    return (await stat(pathOf(blob)).catch(noneWhenMissing))?.size ?? null;
  }

  async function* list() {
    for (const shard of shards) {
      const folder = join(dir, 'blobs', shard);
      for (const blob of await readdir(folder)) {
        if (!blobName.test(blob)) continue;
        const found = await stat(join(folder, blob)).catch(noneWhenMissing);
        // ctime, which the rename sets: the bytes may have taken hours to arrive.
        if (found) yield { blob, storedAt: found.ctime };
      }
    }
  }

  async function clearStaging(before: Date): Promise<void> {
    for (const name of await readdir(staging)) {
      const found = await stat(join(staging, name)).catch(noneWhenMissing);
      if (found && found.mtime < before) await rm(join(staging, name), { force: true });
    }
  }

  const remove = (blob: string) => rm(pathOf(blob), { force: true });
  return { kind: 'disk', stage, read, sizeOf, remove, list, clearStaging, presigner: null };
}

/** Writes a body in batches, one write under way while the next batch arrives and is hashed. */
async function drain(body: Readable, handle: FileHandle): Promise<Measured> {
  const md5 = createHash('md5');
  const sha256 = createHash('sha256');
  let sizeBytes = 0;
  let batch: Buffer[] = [];
  let waitingBytes = 0;
  let writing: Promise<unknown> = Promise.resolve();
  const flush = async () => {
    await writing;
    if (batch.length > 0) writing = writeAll(handle, batch);
    // The failure is thrown by the next await; without this it would count as unhandled until then.
    writing.catch(() => undefined);
    batch = [];
    waitingBytes = 0;
  };
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      md5.update(chunk);
      sha256.update(chunk);
      sizeBytes += chunk.length;
      waitingBytes += chunk.length;
      batch.push(chunk);
      if (waitingBytes >= batchBytes) await flush();
    }
    await flush();
  } finally {
    await writing;
  }
  return { sizeBytes, md5Hex: md5.digest('hex'), sha256Hex: sha256.digest('hex') };
}

async function writeAll(handle: FileHandle, chunks: Buffer[]): Promise<void> {
  const wanted = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { bytesWritten } = await handle.writev(chunks);
  if (bytesWritten === wanted) return;
  const rest = Buffer.concat(chunks).subarray(bytesWritten);
  for (let at = 0; at < rest.length; ) at += (await handle.write(rest, at)).bytesWritten;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const noneWhenMissing = (error: NodeJS.ErrnoException): null => {
  if (error.code === 'ENOENT') return null;
  throw error;
};
