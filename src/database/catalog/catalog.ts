import type pg from 'pg';
import type { Logger } from 'pino';
import { type LoadOptions, loadCatalog } from './load.ts';
import type { Catalog } from './types.ts';

/** The schema cache. */
export interface SchemaCache {
  /** The schema as of now; waits for the first load, and for a reload that is under way. */
  current(): Promise<Catalog>;
  /** Reads the schema anew, as it is at some moment after this call; calls at the same time share the work. Keeps the old one on failure. */
  reload(): Promise<Catalog>;
  /** A reload for a name that was not found: as reload, but at most one per `missIntervalMs` however many ask. */
  reloadAfterMiss(): Promise<Catalog>;
}

export interface SchemaCacheOptions {
  /** Needs no rights on the project's tables. */
  pool: pg.Pool;
  log: Logger;
  exposedSchemas: readonly string[] | null;
  extraSearchPath: readonly string[];
  missIntervalMs?: number;
}

export function createSchemaCache({ pool, log, missIntervalMs = 200, ...options }: SchemaCacheOptions): SchemaCache {
  let loaded: Catalog | null = null;
  let generation = 0;
  /** The load that runs now, and the one that begins when it is done. */
  let running: Promise<Catalog> | null = null;
  let next: Promise<Catalog> | null = null;
  let lastMissAt = 0;
  return { current, reload, reloadAfterMiss };

  async function current(): Promise<Catalog> {
    const pending = next ?? running;
    if (!pending) return loaded ?? reload();
    return pending.catch((error) => {
      if (loaded) return loaded;
      throw error;
    });
  }

  function reload(): Promise<Catalog> {
    if (next) return next;
    if (!running) return start();
    next = running.then(start, start);
    return next;
  }

  function start(): Promise<Catalog> {
    next = null;
    const load = read({ ...options, generation: ++generation }).finally(() => {
      if (running === load) running = null;
    });
    running = load;
    return load;
  }

  async function read(loadOptions: LoadOptions): Promise<Catalog> {
    const startedAt = performance.now();
    const client = await pool.connect();
    let broken = true;
    try {
      loaded = await loadCatalog(client, loadOptions);
      broken = false;
      log.debug({ operation: 'database.catalog.load', durationMs: Math.round(performance.now() - startedAt) });
      return loaded;
    } catch (error) {
      log.error({ operation: 'database.catalog.load', err: error }, 'the schema could not be read');
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async function reloadAfterMiss(): Promise<Catalog> {
    const waitMs = lastMissAt + missIntervalMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (performance.now() - lastMissAt < missIntervalMs) return current();
    lastMissAt = performance.now();
    return reload();
  }
}
