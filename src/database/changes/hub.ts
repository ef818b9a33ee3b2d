import type { Logger } from 'pino';
import type { Viewer } from '../../core/call.ts';
import type { AppError } from '../../core/errors.ts';
import { type Audience, createAudience } from './audience.ts';
import { interrupted } from './errors.ts';
import type { ChangeFeed, FeedEvent, FeedRun } from './provider.ts';
import type { RunAs } from './run-as.ts';

export type Hub = ReturnType<typeof createHub>;

/**
 * Runs the feed while there are subscribers, and hands each change to the audiences of its table. A feed that breaks
 * takes every subscriber with it: what was committed meanwhile is unknown, and nobody may believe to have it all.
 */
export function createHub({ feed, runAs, log }: { feed: ChangeFeed; runAs: RunAs; log: Logger }) {
  const audiences = new Map<number, Map<string, Audience>>();
  let users = 0;
  let run: Promise<FeedRun> | null = null;
  /** The end of the run before; a closing server waits for it, or it would leave a slot behind. */
  let stopped: Promise<unknown> = Promise.resolve();
  let isClosed = false;

  return { use, audience, [Symbol.asyncDispose]: close };

  /** Starts the feed when it stands still; resolves once it is live. Release stops it after the last user. */
  async function use(): Promise<{ isLive: () => boolean; release: () => void }> {
    users += 1;
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      users -= 1;
      if (users === 0) stop();
    };
    try {
      run ??= start();
      const mine = run;
      await mine;
      return { release, isLive: () => run === mine };
    } catch (error) {
      release();
      throw error;
    }
  }

  function start(): Promise<FeedRun> {
    const starting = feed.open(take, recheck);
    starting.then(
      (started) => {
        void started.lost.then((cause) => {
          if (run !== starting) return;
          stop();
          endAll(interrupted('The change feed was interrupted', cause));
        });
      },
      () => {
        if (run === starting) run = null;
      },
    );
    return starting;
  }

  function stop(): void {
    const stopping = run;
    run = null;
    if (!stopping) return;
    const ended = stopping.then((started) => started[Symbol.asyncDispose]()).catch(() => undefined);
    stopped = Promise.all([stopped, ended]);
  }

  /** The audience of a viewer, made when it is the first of its kind. `leave` forgets it after its last member. */
  function audience(viewer: Viewer, relation: number): { audience: Audience; leave: () => void } {
    const ofTable = audiences.get(relation) ?? new Map<string, Audience>();
    audiences.set(relation, ofTable);
    const key = JSON.stringify([viewer.role, viewer.claims]);
    const found = ofTable.get(key) ?? createAudience({ runAs, viewer, relation, log });
    ofTable.set(key, found);
    const leave = () => {
      if (found.size > 0 || ofTable.get(key) !== found) return;
      ofTable.delete(key);
      if (ofTable.size === 0 && audiences.get(relation) === ofTable) audiences.delete(relation);
    };
    return { audience: found, leave };
  }

  async function take(event: FeedEvent): Promise<void> {
    const ofTable = [...(audiences.get(event.relation)?.values() ?? [])];
    if (event.operation === 'TRUNCATE') {
      for (const found of ofTable) found.end(interrupted('The table was truncated'));
      return;
    }
    await Promise.all(ofTable.map((found) => found.deliver(event)));
  }

  function recheck(): void {
    for (const ofTable of audiences.values())
      for (const found of ofTable.values()) found.check().catch(() => undefined);
  }

  function endAll(error: AppError): void {
    for (const ofTable of audiences.values()) for (const found of ofTable.values()) found.end(error);
  }

  async function close(): Promise<void> {
    if (isClosed) return;
    isClosed = true;
    endAll(interrupted('The server is going away'));
    stop();
    await stopped;
  }
}
