import type { Viewer } from '../../core/call.ts';
import type { Catalog, Relation } from '../catalog/types.ts';
import type { QueryText } from './ast.ts';
import { compileRead, compileWrite, type RowRule, type StatementOptions } from './compile/statement.ts';
import { bodyTooLarge, limitError, pgrst, unsupportedMethod } from './errors.ts';
import { classifyBody, parseRows } from './parse/body.ts';
import { type Media, parseAccept } from './parse/media.ts';
import { appliedText, type Preferences, parsePrefer } from './parse/prefer.ts';
import { decodeQuery, parseQuery } from './parse/query.ts';
import { intersectRange } from './parse/range.ts';
import { checkSchema, findRelation } from './plan/find-relation.ts';
import { type PlanContext, planRead } from './plan/read.ts';
import type { ReadPlan } from './plan/types.ts';
import { dropsEmpty, planWrite } from './plan/write.ts';
import { prepareCall } from './prepare-call.ts';
import { headerText, type RowsRequest, type RowsResponse, requestedSchema } from './request.ts';
import { negotiate } from './respond/negotiate.ts';
import { type ResponseContext, readResponse, wantsOne, writeResponse } from './respond/response.ts';
import type { Result } from './respond/result.ts';
import type { Job } from './runner.ts';
import type { RowsSettings } from './settings.ts';

/** A request, understood and compiled; only the database is missing. */
export interface Prepared extends Omit<Job, 'viewer' | 'catalog' | 'request'> {
  respond(result: Result): RowsResponse;
}

export interface PrepareInput {
  request: RowsRequest;
  viewer: Viewer;
  catalog: Catalog;
  settings: RowsSettings;
  timezones: ReadonlySet<string> | null;
}

/** What preparing a relation and preparing a call have in common. */
export interface Prepare extends PrepareInput {
  schema: string;
  plan: PlanContext;
  prefer: Preferences;
  /** The query string, decoded once. */
  pairs: readonly (readonly [name: string, value: string])[];
  query: QueryText;
  common: Omit<ResponseContext, 'media' | 'applied'>;
}

/** Errors: everything that contract/postgrest.md §14 has for requests that never reach the database. */
export function prepare(input: PrepareInput): Prepared {
  const { request, catalog, settings } = input;
  const schema = checkSchema(catalog, requestedSchema(request) ?? catalog.schemas[0] ?? 'public');
  if (Buffer.byteLength(request.query) > settings.limits.maxUrlBytes) {
    throw limitError(
      `The query string is longer than ${settings.limits.maxUrlBytes} bytes`,
      'Send long lists in the body of a function call.',
    );
  }
  const maxBytes = settings.maxBodyBytes[input.viewer.role];
  if (maxBytes !== null && request.body.length > maxBytes) throw bodyTooLarge(maxBytes);
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const takesArgs = request.target.kind === 'function' && isRead;
  const pairs = decodeQuery(request.query);
  const query = parseQuery(pairs, { limits: settings.limits, takesArgs });
  const prefer = readPrefer(input);
  const plan: PlanContext = {
    catalog,
    schema,
    allowsAggregates: settings.aggregates[input.viewer.role],
    maxEmbedDepth: settings.limits.maxEmbedDepth,
  };
  const common = { isHead: request.method === 'HEAD', profile: catalog.schemas.length > 1 ? schema : null };
  const all: Prepare = { ...input, schema, plan, prefer, pairs, query, common };
  if (request.target.kind === 'function') return prepareCall(all);
  return prepareRelation(all);
}

function readPrefer({ request, settings, timezones }: PrepareInput): Preferences {
  const header = request.headers.prefer;
  const prefer = parsePrefer(header === undefined ? [] : [header].flat());
  if (prefer.timezone !== null && timezones && !timezones.has(prefer.timezone.toLowerCase())) {
    prefer.invalid.push(`timezone=${prefer.timezone}`);
    prefer.timezone = null;
  }
  if (!settings.txEnd.endsWith('allow-override')) prefer.tx = null;
  if (prefer.handling !== 'strict') {
    prefer.maxAffected = null;
  } else if (prefer.invalid.length > 0) {
    throw pgrst({
      status: 400,
      code: 'PGRST122',
      message: 'Invalid preferences given with handling=strict',
      details: `Invalid preferences: ${prefer.invalid.join(', ')}`,
    });
  }
  return prefer;
}

/** Whether the transaction ends without a trace. */
export const rollsBack = ({ settings, prefer }: Prepare): boolean =>
  (prefer.tx ?? (settings.txEnd.startsWith('rollback') ? 'rollback' : 'commit')) === 'rollback';

function prepareRelation(all: Prepare): Prepared {
  const { catalog, schema, request } = all;
  const { method, target } = request;
  const relation = () => findRelation(catalog, { schema, name: target.name });
  if (method === 'GET' || method === 'HEAD') return prepareRead(all, relation());
  if (method === 'POST' || method === 'PATCH' || method === 'PUT' || method === 'DELETE') {
    return prepareWrite(all, relation(), method);
  }
  throw unsupportedMethod(method);
}

function prepareRead(all: Prepare, relation: Relation): Prepared {
  const { request, query, prefer, settings, common } = all;
  const media = negotiate(parseAccept(headerText(request.headers, 'accept')), settings.planOutput);
  const range = request.method === 'GET' ? headerText(request.headers, 'range') : undefined;
  const window = intersectRange(query.root, range);
  const plan: ReadPlan = { ...planRead(all.plan, relation, query), ...window };
  const options = statementOptions(all, media, []);
  const applied = appliedText({
    count: prefer.count,
    tx: prefer.tx,
    handling: prefer.handling,
    timezone: prefer.timezone,
  });
  return {
    ...base(all, options),
    compiled: compileRead(plan, options),
    readOnly: true,
    command: 'SELECT',
    respond: (result) =>
      readResponse(result, {
        ...common,
        media,
        applied,
        offset: window.offset,
        location: contentLocation(request, all.pairs),
      }),
  };
}

function prepareWrite(all: Prepare, relation: Relation, method: 'POST' | 'PATCH' | 'PUT' | 'DELETE'): Prepared {
  const { request, query, prefer, settings, common } = all;
  const media = negotiate(parseAccept(headerText(request.headers, 'accept')), settings.planOutput);
  const missing = method === 'POST' || method === 'PATCH' ? prefer.missing : null;
  const rows =
    method === 'DELETE'
      ? null
      : parseRows(classifyBody(headerText(request.headers, 'content-type'), request.body), {
          columns: query.columns,
          firstOnly: method === 'PATCH',
          dropsEmpty: (name) => dropsEmpty(relation.columns.get(name)),
          allowsMixedKeys: (prefer.missing ?? settings.missing) === 'default',
        });
  const plan = planWrite(all.plan, relation, {
    method,
    query,
    prefer: { ...prefer, missing: prefer.missing ?? settings.missing },
    body: rows,
    requiresFilter: settings.requiresFilter && all.viewer.role !== 'project_admin',
  });
  const isUpsert = plan.kind === 'insert' && plan.conflict !== null;
  const maxAffected = method === 'PATCH' || method === 'DELETE' ? prefer.maxAffected : null;
  const rules: RowRule[] = [
    ...(method === 'PUT' ? [{ code: 'PGRST115', max: 1, exactly: true } as const] : []),
    ...(wantsOne(media) ? [{ code: 'PGRST116', max: 1, exactly: true } as const] : []),
    ...(maxAffected === null ? [] : [{ code: 'PGRST124', max: maxAffected, exactly: false } as const]),
    ...('window' in plan && plan.window ? [{ code: 'PGRST110', max: plan.window.limit, exactly: false } as const] : []),
  ];
  const options = statementOptions(all, media, rules);
  const applied = appliedText({
    resolution: method === 'POST' && isUpsert ? prefer.resolution : null,
    missing,
    return: prefer.return,
    count: prefer.count,
    tx: prefer.tx,
    handling: prefer.handling,
    timezone: prefer.timezone,
    'max-affected': maxAffected,
  });
  return {
    ...base(all, options),
    compiled: compileWrite(plan, options),
    readOnly: false,
    readsAfter: true,
    command: commands[method],
    respond: (result) =>
      writeResponse(result, {
        ...common,
        media,
        applied,
        method,
        returns: prefer.return ?? 'minimal',
        isMerge: plan.kind === 'insert' && plan.conflict?.action === 'merge',
        wasCounted: prefer.count !== null,
        relation,
      }),
  };
}

const commands = { POST: 'INSERT', PUT: 'INSERT', PATCH: 'UPDATE', DELETE: 'DELETE' } as const;

/** The parts of a Prepared that are the same for all requests. */
export const base = (all: Prepare, options: StatementOptions) => ({
  options,
  schema: all.schema,
  readsAfter: false,
  fn: null,
  timezone: all.prefer.timezone,
  rollsBack: rollsBack(all),
});

export function statementOptions(
  { prefer, settings, request, viewer }: Prepare,
  media: Media,
  rules: readonly RowRule[],
): StatementOptions {
  return {
    media,
    wantsBody: request.method !== 'HEAD',
    count: prefer.count,
    estimateThreshold: settings.maxRows[viewer.role] ?? settings.estimateThreshold,
    maxRows: settings.maxRows[viewer.role],
    rules,
  };
}

/** Clients read headers up to 16 KiB in all; a longer address would cost them the whole answer. */
const longestLocation = 4096;

/** The request's own address with its parameters sorted, so that equal reads have equal addresses; null when it is too long. */
export function contentLocation({ target }: RowsRequest, decoded: Prepare['pairs']): string | null {
  const pairs = decoded.toSorted(([a], [b]) => Number(a > b) - Number(a < b));
  const path =
    target.kind === 'function' ? `/rpc/${encodeURIComponent(target.name)}` : `/${encodeURIComponent(target.name)}`;
  const location =
    pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs.map(([name, value]) => [name, value]))}`;
  return location.length > longestLocation ? null : location;
}
