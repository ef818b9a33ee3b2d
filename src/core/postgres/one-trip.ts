import type pg from 'pg';
import { requestCancel } from './cancel.ts';
import { createMessageWriter } from './messages.ts';
import { confirmStatements, nameStatement } from './statement-names.ts';

/** SQL and its parameters; text is sent as text, a Buffer as binary. */
export interface Statement {
  text: string;
  values: readonly (string | Buffer | null)[];
}

export interface Trip {
  /** Transaction-local settings, applied in this order before the statements; `role` is one of them. */
  settings: readonly (readonly [name: string, value: string])[];
  statements: readonly Statement[];
  /** Wraps the batch in BEGIN and the given end; without it the batch is one implicit transaction. */
  explicit?: { begin: string; end: 'COMMIT' | 'ROLLBACK' };
  /** The statements may run functions that change the session (calls, triggers): the next trip on the connection undoes it. */
  touchesSession?: boolean;
  /** What names and types meant when the statements were written; a connection that knew another schema prepares anew. */
  schemaVersion?: string;
}

/** One row, as Postgres's text; null is SQL NULL. */
export type TextRow = readonly (string | null)[];

/** The parts of node-postgres' connection that a batch needs. */
interface Wire {
  stream: { writable: boolean; write(bytes: Buffer): void };
  once(event: string, listener: (message: { status?: string }) => void): void;
  off(event: string, listener: (message: { status?: string }) => void): void;
}

/**
 * Runs all statements under `settings` in one round trip: every message up to the one Sync is one transaction, so what
 * the settings say holds exactly for the statements and for nobody after them. Resolves with the rows of each statement.
 * A caller that leaves cancels the backend. A connection is given back only when it is seen idle and unchanged.
 * Errors: pg.DatabaseError as the server sent it, the signal's reason, or node-postgres' own when there is no connection.
 */
export async function oneTrip(pool: pg.Pool, trip: Trip, signal: AbortSignal): Promise<TextRow[][]> {
  signal.throwIfAborted();
  const client = await pool.connect();
  if (signal.aborted) {
    client.release();
    throw signal.reason;
  }
  let wasCancelled = false;
  const cancel = () => {
    wasCancelled = true;
    requestCancel(client);
  };
  signal.addEventListener('abort', cancel, { once: true });
  // Without a listener a connection that dies under a statement would end the process; the batch reports it.
  client.on('error', ignore);
  let isClean = false;
  const isTouched = touched.has(client);
  if (trip.touchesSession) touched.add(client);
  try {
    const outcome = await new Promise<Outcome>((resolve) => {
      client.query(batch(trip, { isTouched, done: resolve }));
    });
    isClean = outcome.isClean && !wasCancelled;
    // A transaction that is undone takes the reset back with it.
    if (!trip.touchesSession && !outcome.error && trip.explicit?.end !== 'ROLLBACK') touched.delete(client);
    if (outcome.error) throw wasCancelled ? signal.reason : outcome.error;
    return outcome.rows;
  } finally {
    signal.removeEventListener('abort', cancel);
    client.off('error', ignore);
    client.release(!isClean);
  }
}

const ignore = () => undefined;

/** Connections on which code of the project ran since they were last reset. */
const touched = new WeakSet<pg.ClientBase>();

/** What a function can leave behind for the rest of a session, save its role: that one is seen, and ends the connection. */
const resets: readonly Statement[] = ['RESET ALL', 'DISCARD TEMP', 'SELECT pg_advisory_unlock_all()'].map((text) => ({
  text,
  values: [],
}));

interface Outcome {
  rows: TextRow[][];
  error: Error | null;
  /** The session is idle, and had no role of its own when the batch began. */
  isClean: boolean;
}

/** The object that node-postgres submits. It ends on ReadyForQuery, or when the connection is lost. */
function batch(
  trip: Trip,
  { isTouched, done }: { isTouched: boolean; done: (outcome: Outcome) => void },
): pg.Submittable {
  const results: TextRow[][] = [];
  let rows: TextRow[] = [];
  let error: Error | null = null;
  let isSubmitted = false;
  const before = isTouched ? resets : [];
  const messages = [...before, ...toMessages(trip)];
  const handlers = {
    submit(connection: unknown) {
      const wire = connection as Wire;
      if (!wire.stream.writable) return new Error('Connection terminated unexpectedly');
      isSubmitted = true;
      const finish = (message: { status?: string }) => {
        wire.off('readyForQuery', finish);
        wire.off('end', finish);
        if (!error && message?.status)
          confirmStatements(
            wire,
            messages.map(({ text }) => text),
          );
        done(settle(trip, { results: results.slice(before.length), error, status: message?.status ?? null }));
      };
      wire.once('readyForQuery', finish);
      wire.once('end', finish);
      send(wire, messages, trip.schemaVersion ?? null);
      return null;
    },
    handleRowDescription() {},
    handleDataRow({ fields }: { fields: TextRow }) {
      rows.push(fields);
    },
    handleCommandComplete() {
      results.push(rows);
      rows = [];
    },
    handleEmptyQuery() {},
    handlePortalSuspended() {},
    handleCopyInResponse() {},
    handleCopyData() {},
    handleReadyForQuery() {},
    handleError(reason: Error) {
      error ??= reason;
      if (!isSubmitted) done({ rows: [], error: reason, isClean: false });
    },
  };
  return handlers as unknown as pg.Submittable;
}

function settle(
  trip: Trip,
  { results, error, status }: { results: TextRow[][]; error: Error | null; status: string | null },
): Outcome {
  const first = trip.explicit ? 1 : 0;
  const roleBefore = results[first]?.[0]?.[0];
  const isIdle = status === 'I' && (error !== null || roleBefore === 'none');
  const lost = status === null && error === null ? new Error('Connection terminated unexpectedly') : error;
  const rows = results.slice(first + 1, first + 1 + trip.statements.length);
  return { rows, error: lost, isClean: isIdle };
}

function toMessages(trip: Trip): Statement[] {
  const enter = { text: enterSql(trip.settings.length), values: trip.settings.flat() };
  if (!trip.explicit) return [enter, ...trip.statements];
  const { begin, end } = trip.explicit;
  return [{ text: begin, values: [] }, enter, ...trip.statements, { text: end, values: [] }];
}

/** Tells the role before, then applies so many settings in order. */
function enterSql(count: number): string {
  const pairs = Array.from({ length: count }, (_, at) => `set_config($${2 * at + 1},$${2 * at + 2},true)`);
  return ["SELECT current_setting('role')", ...pairs].join(',');
}

function send(wire: Wire, messages: readonly Statement[], schemaVersion: string | null): void {
  const named = messages.map((message) => ({ ...message, ...nameStatement(wire, message.text, schemaVersion) }));
  const writer = createMessageWriter();
  // First of all: after an error the server reads nothing more, and the names would stay taken there.
  for (const { evicted } of named) for (const old of evicted) writer.close(old);
  const parsed = new Set<string>();
  for (const { text, values, name, isKnown } of named) {
    if (!isKnown && !parsed.has(name)) writer.parse(name, text);
    if (name !== '') parsed.add(name);
    writer.bind(name, values);
    writer.execute();
  }
  wire.stream.write(writer.sync());
}
