import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Bytes that are in use after a collection: garbage that waits for one is no leak, and depends on the machine's load. */
export function liveHeap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}
