import type pg from 'pg';
import { type Call, requireViewer, type Viewer } from '../../core/call.ts';
import { AppError, invariant } from '../../core/errors.ts';
import type { Bus } from '../../core/events.ts';
import { oneTrip, type Statement, type TextRow, type Trip } from '../../core/postgres/one-trip.ts';
import type { SchemaCache } from '../catalog/catalog.ts';
import type { Catalog } from '../catalog/types.ts';
import { planStatement } from './compile/explain.ts';
import { preRequestSql } from './compile/pre-request.ts';
import { type Prepared, prepare } from './prepare.ts';
import { headerText, type RowsRequest, type RowsResponse } from './request.ts';
import { databaseError } from './respond/database-error.ts';
import { readResult } from './respond/result.ts';
import { isolationLevel, sessionSettings } from './session.ts';
import type { RowsSettings } from './settings.ts';
import { createTimezones } from './timezones.ts';

export interface RowsDeps {
  /** Logs in as the role that can become anon, authenticated and project_admin and nothing more. */
  pool: pg.Pool;
  cache: SchemaCache;
  settings: RowsSettings;
  bus: Pick<Bus, 'publish'>;
}

export type Rows = ReturnType<typeof createRows>;

/** The query layer: PostgREST's language on the project's tables (contract/postgrest.md). */
export function createRows({ pool, cache, settings, bus }: RowsDeps) {
  const timezones = createTimezones(pool);
  return { handle };

  /**
   * Answers one request as the caller's role, in one round trip.
   * Errors: those of contract/postgrest.md §14 and Postgres' own, with PostgREST's code, details and hint.
   */
  async function handle(call: Call, request: RowsRequest): Promise<RowsResponse> {
    const viewer = requireViewer(call);
    const wanted = headerText(request.headers, 'prefer')?.includes('timezone') ? await timezones() : null;
    const attempt = async (catalog: Catalog) => {
      const prepared = prepare({ request, viewer, catalog, settings, timezones: wanted });
      return run(call, { viewer, catalog, request, prepared });
    };
    const catalog = await cache.current();
    try {
      return await attempt(catalog);
    } catch (error) {
      if (!(error instanceof AppError) || !isMiss(error)) throw error;
      return attempt(await cache.reloadAfterMiss());
    }
  }

  interface Run {
    viewer: Viewer;
    catalog: Catalog;
    request: RowsRequest;
    prepared: Prepared;
  }

  async function run(call: Call, { viewer, catalog, request, prepared }: Run): Promise<RowsResponse> {
    const { options, compiled } = prepared;
    const { trip, mainAt } = toTrip({ viewer, catalog, request, prepared });
    let results: TextRow[][];
    try {
      results = await oneTrip(pool, trip, call.signal);
    } catch (error) {
      const known = databaseError(error, { role: viewer.role, command: prepared.command, object: prepared.object });
      throw known ?? error;
    }
    if (prepared.media.kind === 'plan') return planResponse(prepared, results[mainAt] ?? []);
    const main = results[mainAt]?.[0];
    invariant(main, 'the main statement gives one row');
    const result = readResult({
      main,
      estimate: compiled.estimate ? (results[mainAt + 1]?.[0] ?? null) : null,
      after: prepared.readsAfter ? (results.at(-1)?.[0] ?? null) : null,
      count: options.count,
      estimateThreshold: options.estimateThreshold,
    });
    const response = prepared.respond(result);
    if (request.target.kind === 'relation' && !prepared.readOnly) {
      bus.publish('database.records.changed', { schema: prepared.schema, table: request.target.name });
    }
    return response;
  }

  function toTrip({ viewer, catalog, request, prepared }: Run): { trip: Trip; mainAt: number } {
    const { compiled, rollsBack, media } = prepared;
    const session = {
      viewer,
      catalog,
      settings,
      request,
      schema: prepared.schema,
      timezone: prepared.prefer.timezone,
      fn: prepared.fn,
      readOnly: prepared.readOnly,
    };
    const before: Statement[] = settings.preRequest ? [preRequestSql(settings.preRequest, prepared.schema)] : [];
    const main = media.kind === 'plan' ? planStatement(compiled.main, media) : compiled.main;
    const statements = [
      ...before,
      main,
      ...(compiled.estimate ? [compiled.estimate] : []),
      // Violations that wait for the commit must be seen before a rollback hides them.
      ...(rollsBack ? [{ text: 'SET CONSTRAINTS ALL IMMEDIATE', values: [] }] : []),
      ...(prepared.readsAfter ? [afterStatement] : []),
    ];
    const isolation = isolationLevel(session);
    const trip: Trip = { settings: sessionSettings(session), statements };
    if (isolation === null && !rollsBack) return { trip, mainAt: before.length };
    const begin = isolation === null ? 'BEGIN' : `BEGIN ISOLATION LEVEL ${isolation.toUpperCase()}`;
    return { trip: { ...trip, explicit: { begin, end: rollsBack ? 'ROLLBACK' : 'COMMIT' } }, mainAt: before.length };
  }
}

const afterStatement: Statement = {
  text: `SELECT nullif(current_setting('response.headers', true), ''), nullif(current_setting('response.status', true), '')`,
  values: [],
};

/** A name that the cache lacks may have been made a moment ago. */
const isMiss = ({ code }: AppError): boolean =>
  ['PGRST106', 'PGRST200', 'PGRST202', 'PGRST204', 'PGRST205', '42P01'].includes(code);

function planResponse(prepared: Prepared, rows: readonly TextRow[]): RowsResponse {
  invariant(prepared.media.kind === 'plan', 'only plan output is a plan');
  return {
    status: 200,
    headers: { 'content-type': prepared.media.echo },
    body: rows.map(([line]) => line ?? '').join('\n'),
  };
}
