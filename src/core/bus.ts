import type { Bus, EventName, Events } from './events.ts';
import { createMailbox } from './mailbox.ts';

/** Events within this process. Several nodes share a bus by another adapter of the same port. */
export function createLocalBus(): Bus {
  const listeners = new Map<EventName, Set<(payload: never) => void>>();

  function on<N extends EventName>(name: N, listener: (payload: Events[N]) => void): () => void {
    const set = listeners.get(name) ?? new Set();
    listeners.set(name, set.add(listener as (payload: never) => void));
    return () => set.delete(listener as (payload: never) => void);
  }

  return {
    on,
    publish(name, payload) {
      for (const listener of listeners.get(name) ?? []) listener(payload as never);
    },
    subscribe<N extends EventName>(name: N, signal: AbortSignal, limit = 1000) {
      const mailbox = createMailbox<Events[N]>(signal, limit);
      const stop = on(name, mailbox.push);
      mailbox.whenClosed(stop);
      return mailbox.items;
    },
  };
}
