import type { ExecutionResult } from 'graphql';
import { SignJWT } from 'jose';
import type { Response } from 'light-my-request';
import { type TestApp, type TestAppOptions, testApp } from '../app.ts';
import { SignUp } from './documents.ts';

export const password = 'correct horse battery';
const minuteMs = 60_000;

/** A test app on a clock that only moves when told to. */
export async function clockedApp(options: TestAppOptions = {}) {
  const clock = { nowMs: Date.now() };
  const app = await testApp({ ...options, now: () => new Date(clock.nowMs) });
  const pass = (minutes: number) => {
    clock.nowMs += minutes * minuteMs;
  };
  return { ...app, pass, clock, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

/** A real account through the graph: its id and the tokens of its first sign-in. */
export async function signUp(app: TestApp, name = 'ada') {
  const { data } = await app.nobody().gql(SignUp, { input: { email: `${name}@example.com`, password, name } });
  const { user, accessToken, refreshToken } = data?.signUp ?? {};
  if (!user || !accessToken || !refreshToken) throw new Error('sign-up failed');
  return { ...app.with(accessToken), user, accessToken, refreshToken };
}

/** An answer of either face, reduced to what both must agree on. */
export interface Outcome {
  status: number;
  code?: string;
  body?: unknown;
}
export const restOutcome = (
  response: Response,
  pick: (body: Record<string, never>) => unknown = (body) => body,
): Outcome =>
  response.statusCode < 400
    ? { status: response.statusCode, body: pick(response.json()) }
    : { status: response.statusCode, code: response.json().error };

export function graphOutcome({ data, errors }: ExecutionResult<object>): Outcome {
  const extensions = errors?.[0]?.extensions;
  if (extensions) return { status: Number(extensions.status), code: String(extensions.code) };
  return { status: 200, body: Object.values(data ?? {})[0] };
}

/** A token of another issuer that shares JWT_SECRET. */
export const thirdPartyToken = (claims: Record<string, unknown>, secret: string, header: { typ?: string } = {}) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256', ...header }).sign(new TextEncoder().encode(secret));

/** Action names of the audit log, oldest first. */
export const actions = async (app: TestApp) =>
  (await app.sql<{ action: string }>('SELECT action FROM system.audit_entries ORDER BY id')).map((row) => row.action);

/** The cookie of a response: its value and its attributes. */
export function cookieOf(response: Response) {
  const [pair = '', ...attributes] = String(response.headers['set-cookie'] ?? '').split('; ');
  return { name: pair.split('=')[0], value: pair.slice(pair.indexOf('=') + 1), attributes };
}
