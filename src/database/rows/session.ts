import type { Viewer } from '../../core/call.ts';
import type { Trip } from '../../core/postgres/one-trip.ts';
import type { Catalog, CatalogFunction } from '../catalog/types.ts';
import { ident } from './compile/sql.ts';
import type { RowsRequest } from './request.ts';
import type { RowsSettings } from './settings.ts';

export interface SessionInput {
  viewer: Viewer;
  catalog: Catalog;
  settings: RowsSettings;
  schema: string;
  request: Pick<RowsRequest, 'method' | 'target' | 'headers'>;
  timezone: string | null;
  fn: CatalogFunction | null;
  readOnly: boolean;
}

/** What the database is told about a request, in the order of contract/postgrest.md §3.5; all transaction-local. */
export function sessionSettings(input: SessionInput): Trip['settings'] {
  const { viewer, catalog, settings, schema, request, fn } = input;
  const { path, headers, cookies } = requestTexts(request);
  const hoisted = (fn?.settings ?? []).filter(([name]) => settings.hoistedSettings.includes(name));
  return [
    ...(input.readOnly ? [['transaction_read_only', 'on'] as const] : []),
    ['search_path', [...new Set([schema, ...settings.extraSearchPath])].map(ident).join(', ')],
    ['statement_timeout', String(settings.statementTimeoutMs[viewer.role])],
    ...catalog.roleSettings(viewer.role).filter(([name]) => name !== isolation && name !== 'search_path'),
    ['role', viewer.role],
    ['request.jwt.claims', JSON.stringify(viewer.claims)],
    ['request.method', request.method],
    ['request.path', path],
    ['request.headers', headers],
    ['request.cookies', cookies],
    ...(input.timezone === null ? [] : [['timezone', input.timezone] as const]),
    ...hoisted.filter(([name]) => name !== isolation),
    ...Object.entries(settings.appSettings).map(([name, value]) => [`app.settings.${name}`, value] as const),
  ];
}

const isolation = 'default_transaction_isolation';

/** The isolation that the role or the function asks for; null for Postgres' own. */
export function isolationLevel({ viewer, catalog, fn, settings }: SessionInput): string | null {
  const ofFunction = settings.hoistedSettings.includes(isolation)
    ? fn?.settings.find(([name]) => name === isolation)
    : undefined;
  const [, level] = ofFunction ?? catalog.roleSettings(viewer.role).find(([name]) => name === isolation) ?? [];
  const known = ['serializable', 'repeatable read', 'read committed', 'read uncommitted'];
  return known.find((name) => name === level?.toLowerCase()) ?? null;
}

function requestTexts({ target, headers }: SessionInput['request']) {
  const shown: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && name !== 'cookie') shown[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    path: target.kind === 'function' ? `/rpc/${target.name}` : `/${target.name}`,
    headers: JSON.stringify(shown),
    cookies: cookiesOf(headers.cookie),
  };
}

function cookiesOf(header: string | string[] | undefined): string {
  if (header === undefined) return '{}';
  const pairs = (Array.isArray(header) ? header.join('; ') : header).split(';').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at < 0 ? [] : [[pair.slice(0, at).trim(), pair.slice(at + 1).trim()] as const];
  });
  return JSON.stringify(Object.fromEntries(pairs));
}
