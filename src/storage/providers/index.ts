import type { BlobStore, BlobStoreConfig } from '../provider.ts';
import { createDiskStore } from './disk.ts';

/** The store that the configuration chose. The S3 client is loaded only by a server that keeps its files there. */
export async function openBlobStore(provider: BlobStoreConfig, now: () => Date): Promise<BlobStore> {
  if (provider.kind === 'disk') return createDiskStore({ dir: provider.dir, now });
  const { createS3Store } = await import('./s3.ts');
  return createS3Store({ provider, now });
}
