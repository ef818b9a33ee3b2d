import type pg from 'pg';
import { type Call, requireViewer, type Viewer } from '../../core/call.ts';
import { AppError } from '../../core/errors.ts';
import type { Bus } from '../../core/events.ts';
import type { SchemaCache } from '../catalog/catalog.ts';
import type { Catalog } from '../catalog/types.ts';
import { pgrst, tooDeep } from './errors.ts';
import { contentType } from './parse/media.ts';
import { decodeQuery } from './parse/query.ts';
import { type Prepared, prepare } from './prepare.ts';
import { createRecordVerbs } from './records.ts';
import { headerText, type RowsRequest, type RowsResponse } from './request.ts';
import { createRunner, type Job } from './runner.ts';
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

/** The query layer: PostgREST's language on the project's tables (contract/postgrest.md), and the same verbs on JSON. */
export function createRows({ pool, cache, settings, bus }: RowsDeps) {
  const timezones = createTimezones(pool);
  const runner = createRunner({ pool, settings });
  const verbs = createRecordVerbs({ runner, settings, bus, withCatalog });
  return { handle, ...verbs };

  /**
   * Answers one request as the caller's role, in one round trip.
   * Errors: those of contract/postgrest.md §14 and Postgres' own, with PostgREST's code, details and hint.
   */
  async function handle(call: Call, request: RowsRequest): Promise<RowsResponse> {
    const viewer = requireViewer(call);
    const known = headerText(request.headers, 'prefer')?.includes('timezone') ? await timezones() : null;
    return withCatalog((catalog) => {
      const prepared = prepare({ request, viewer, catalog, settings, timezones: known });
      return answer(call, { viewer, catalog, request, prepared });
    });
  }

  /** Runs `work` on the schema as it is known; once more on a fresh one when a name was missing from it. */
  async function withCatalog<T>(work: (catalog: Catalog) => Promise<T>): Promise<T> {
    const catalog = await cache.current().catch(noCatalog);
    try {
      return await work(catalog);
    } catch (error) {
      if (!(error instanceof AppError) || !isMiss(error)) throw error;
      return work(await cache.reloadAfterMiss().catch(noCatalog));
    }
  }

  async function answer(
    call: Call,
    {
      viewer,
      catalog,
      request,
      prepared,
    }: { viewer: Viewer; catalog: Catalog; request: RowsRequest; prepared: Prepared },
  ): Promise<RowsResponse> {
    const job = { ...prepared, viewer, catalog, request };
    try {
      return await respond(call, request, { prepared, job });
    } catch (error) {
      const isStackFull = error instanceof AppError && error.code === '54001';
      throw isStackFull && isDeeplyNested(request) ? tooDeep() : error;
    }
  }

  async function respond(
    call: Call,
    request: RowsRequest,
    { prepared, job }: { prepared: Prepared; job: Job },
  ): Promise<RowsResponse> {
    const { media } = prepared.options;
    if (media.kind === 'plan') {
      const body = await runner.explain(call, job);
      return { status: 200, headers: { 'content-type': contentType(media) }, body };
    }
    const response = prepared.respond(await runner.run(call, job));
    if (request.target.kind === 'relation' && !prepared.readOnly) {
      bus.publish('database.records.changed', { schema: prepared.schema, table: request.target.name });
    }
    return response;
  }
}

/** Whether it is the caller's text, rather than a function that calls itself, that Postgres' stack cannot hold. */
function isDeeplyNested({ query, body }: RowsRequest): boolean {
  const text = decodeQuery(query).join() + body.toString('utf8');
  let depth = 0;
  for (const c of text) {
    if (c === '[' || c === '{') depth++;
    else if (c === ']' || c === '}') depth--;
    if (depth > 500) return true;
  }
  return false;
}

function noCatalog(cause: unknown): never {
  throw pgrst({
    status: 503,
    code: 'PGRST002',
    message: 'Could not query the database for the schema cache. Retrying.',
    headers: { 'retry-after': '1' },
    cause,
  });
}

/** A name that the cache lacks may have been made a moment ago. */
const isMiss = ({ code }: AppError): boolean =>
  ['PGRST106', 'PGRST200', 'PGRST202', 'PGRST204', 'PGRST205', '42P01'].includes(code);
