/** Every event of the server: name to payload. Payloads carry ids, not rows; a subscriber re-reads with its own rights. */
export interface Events {
  'audit.recorded': { id: string };
  'auth.user.created': { userId: string };
  'auth.session.revoked': { sessionId: string; userId: string };
  'auth.user.deleted': { userId: string };
  'database.schema.changed': { schema: string; object: string; operation: string };
  'database.records.changed': { schema: string; table: string };
  'storage.bucket.changed': { bucket: string; change: 'create' | 'update' | 'delete' };
  /** `ownerId`: of a deleted object, whose row can no longer be asked; null otherwise. */
  'storage.object.changed': { bucket: string; key: string; change: 'put' | 'delete'; ownerId: string | null };
  'storage.accessKey.revoked': { accessKeyId: string };
}
export type EventName = keyof Events;

export interface Bus {
  publish<N extends EventName>(name: N, payload: Events[N]): void;
  /** Ends when the signal aborts. A consumer that lets `limit` payloads wait is cut with an error rather than buffered. */
  subscribe<N extends EventName>(name: N, signal: AbortSignal, limit?: number): AsyncIterableIterator<Events[N]>;
  /** Returns the function that ends it. For the server's own listeners. */
  on<N extends EventName>(name: N, listener: (payload: Events[N]) => void): () => void;
}
