import { type Call, requireViewer } from '../core/call.ts';
import { AppError } from '../core/errors.ts';
import type { Bus } from '../core/events.ts';
import { isAdmin } from './access.ts';
import type { ObjectInfo } from './domain.ts';
import type { createFiles } from './files.ts';

/** Something happened to an object that the subscriber may know of. */
export interface ObjectChange {
  change: 'put' | 'delete';
  bucket: string;
  key: string;
  /** As it is now; null once deleted. */
  object: ObjectInfo | null;
}

/** Live changes of a bucket. Each is asked about again with the subscriber's own rights, of which a deleted row leaves only its owner. */
export function createChanges({ bus, files }: { bus: Bus; files: ReturnType<typeof createFiles> }) {
  /** Errors: AUTH_* 401. */
  async function* streamChanges(call: Call, bucket: string): AsyncGenerator<ObjectChange> {
    const viewer = requireViewer(call);
    for await (const event of bus.subscribe('storage.object.changed', call.signal)) {
      if (event.bucket !== bucket) continue;
      const { key, change, ownerId } = event;
      if (change === 'delete') {
        if (isAdmin(call) || ownerId === viewer.id) yield { change, bucket, key, object: null };
        continue;
      }
      const object = await visibleNow(call, { bucket, key });
      if (object) yield { change, bucket, key, object };
    }
  }

  async function visibleNow(call: Call, object: { bucket: string; key: string }): Promise<ObjectInfo | null> {
    try {
      return (await files.findFile(call, object)).info;
    } catch (error) {
      // Hidden by a policy, or gone again: not this subscriber's news.
      if (error instanceof AppError && (error.status === 404 || error.status === 403)) return null;
      throw error;
    }
  }

  return { streamChanges };
}
