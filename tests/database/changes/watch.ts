import { createLog } from '../../../src/core/log.ts';
import type { RecordChange } from '../../../src/database/changes/audience.ts';
import type { TestApp } from '../../app.ts';

/** What a test says about a change: operation, record, old key. */
export type Seen = [operation: string, record: unknown, oldRecord: unknown];

export const seen = ({ operation, record, oldRecord }: RecordChange): Seen => [operation, record, oldRecord];

/** Subscribes with the credential of `caller` and reads change by change. */
export async function watch(
  app: TestApp,
  caller: { headers: Record<string, string> },
  table: string,
  schema = 'public',
) {
  const gone = new AbortController();
  const identity = await app.identify(caller.headers);
  const call = { ...identity, signal: gone.signal, log: createLog('silent'), requestId: 'test', ip: '127.0.0.1' };
  const items = await app.rooms.changes.streamRecordChanges(call, { table, schema });
  const read = async (count: number): Promise<RecordChange[]> => {
    const changes: RecordChange[] = [];
    while (changes.length < count) {
      const { value, done } = await items.next();
      if (done) throw new Error(`the stream ended after ${changes.length} changes`);
      changes.push(value);
    }
    return changes;
  };
  return {
    /** The next `count` changes, as they are. */
    read,
    next: async () => seen((await read(1))[0] as RecordChange),
    take: async (count: number) => (await read(count)).map(seen),
    /** The code with which the stream ends; `end` when it ends well. */
    ended: async (): Promise<string> => {
      try {
        for (;;) if ((await items.next()).done) return 'end';
      } catch (error) {
        return (error as { code: string }).code;
      }
    },
    [Symbol.asyncDispose]: async () => {
      gone.abort();
      await items.return?.();
    },
  };
}
