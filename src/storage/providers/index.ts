import type { BlobStore, BlobStoreConfig } from '../provider.ts';
import { createDiskStore } from './disk.ts';
import { createS3Store } from './s3.ts';

/** The store that the configuration chose. */
export const openBlobStore = (provider: BlobStoreConfig, now: () => Date): Promise<BlobStore> =>
  provider.kind === 'disk' ? createDiskStore({ dir: provider.dir, now }) : createS3Store({ provider, now });
