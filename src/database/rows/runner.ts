import type pg from 'pg';
import type { Call, Viewer } from '../../core/call.ts';
import { invariant } from '../../core/errors.ts';
import { oneTrip, type Statement, type TextRow, type Trip } from '../../core/postgres/one-trip.ts';
import type { Catalog, CatalogFunction } from '../catalog/types.ts';
import { planStatement } from './compile/explain.ts';
import { preRequestSql } from './compile/pre-request.ts';
import type { Compiled, StatementOptions } from './compile/statement.ts';
import type { RowsRequest } from './request.ts';
import { databaseError } from './respond/database-error.ts';
import { type Result, readResult } from './respond/result.ts';
import { isolationLevel, sessionSettings } from './session.ts';
import type { RowsSettings } from './settings.ts';

/** A compiled statement and all that decides how it runs. */
export interface Job {
  viewer: Viewer;
  catalog: Catalog;
  compiled: Compiled;
  options: StatementOptions;
  schema: string;
  /** What SQL sees as `request.*`. */
  request: Pick<RowsRequest, 'method' | 'target' | 'headers'>;
  readOnly: boolean;
  rollsBack: boolean;
  /** Headers set by triggers are complete only after the statement. */
  readsAfter: boolean;
  fn: CatalogFunction | null;
  timezone: string | null;
  /** `SELECT` ... `EXECUTE`, for the hint of a refusal. */
  command: string;
}

export type Runner = ReturnType<typeof createRunner>;

/** Runs compiled statements as the viewer's role, each in one round trip. */
export function createRunner({ pool, settings }: { pool: pg.Pool; settings: RowsSettings }) {
  return { run, explain };

  /** Errors: Postgres' own, as contract/postgrest.md §14 shows them; the signal's reason. */
  async function run(call: Call, job: Job): Promise<Result> {
    const { results, mainAt } = await travel(call, job, job.compiled.main);
    const main = results[mainAt]?.[0];
    invariant(main, 'the main statement gives one row');
    return readResult({
      main,
      estimate: job.compiled.estimate ? (results[mainAt + 1]?.[0] ?? null) : null,
      after: job.readsAfter ? (results.at(-1)?.[0] ?? null) : null,
      count: job.options.count,
      estimateThreshold: job.options.estimateThreshold,
    });
  }

  /** The plan of the job's statement as text, lines joined. */
  async function explain(call: Call, job: Job): Promise<string> {
    const { media } = job.options;
    invariant(media.kind === 'plan', 'only plan output is a plan');
    const { results, mainAt } = await travel(call, job, planStatement(job.compiled.main, media));
    return (results[mainAt] ?? []).map(([line]) => line ?? '').join('\n');
  }

  async function travel(call: Call, job: Job, main: Statement): Promise<{ results: TextRow[][]; mainAt: number }> {
    const { trip, mainAt } = toTrip(job, main);
    try {
      return { results: await oneTrip(pool, trip, call.signal), mainAt };
    } catch (error) {
      const object = `${job.schema}.${job.request.target.name}`;
      throw databaseError(error, { role: job.viewer.role, command: job.command, object }) ?? error;
    }
  }

  function toTrip(job: Job, main: Statement): { trip: Trip; mainAt: number } {
    const before = settings.preRequest ? [preRequestSql(settings.preRequest, job.schema)] : [];
    const statements = [
      ...before,
      main,
      ...(job.compiled.estimate ? [job.compiled.estimate] : []),
      // Violations that wait for the commit must be seen before a rollback hides them.
      ...(job.rollsBack ? [checkDeferred] : []),
      ...(job.readsAfter ? [readAfter] : []),
    ];
    const trip: Trip = {
      settings: sessionSettings({ ...job, settings }),
      statements,
      touchesSession: !job.readOnly || job.fn !== null,
      schemaVersion: job.catalog.fingerprint,
    };
    const isolation = isolationLevel({ ...job, settings });
    if (isolation === null && !job.rollsBack) return { trip, mainAt: before.length };
    const begin = isolation === null ? 'BEGIN' : `BEGIN ISOLATION LEVEL ${isolation.toUpperCase()}`;
    return {
      trip: { ...trip, explicit: { begin, end: job.rollsBack ? 'ROLLBACK' : 'COMMIT' } },
      mainAt: before.length,
    };
  }
}

const checkDeferred: Statement = { text: 'SET CONSTRAINTS ALL IMMEDIATE', values: [] };
const readAfter: Statement = {
  text: `SELECT nullif(current_setting('response.headers', true), ''), nullif(current_setting('response.status', true), '')`,
  values: [],
};
