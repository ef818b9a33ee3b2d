import type { FastifyReply, FastifyRequest } from 'fastify';
import { invalidInput } from '../../core/errors.ts';
import { type Presented, refreshTtlMs, type SessionKind, type SessionTokens } from '../sessions.ts';

const cookies = {
  user: { name: 'insforge_refresh_token', path: '/api/auth' },
  admin: { name: 'insforge_admin_refresh_token', path: '/api/auth/admin' },
} as const;
const tokenClients = ['mobile', 'desktop', 'server'];

export type SessionCookies = ReturnType<typeof createSessionCookies>;

/**
 * How refresh tokens travel on REST (contract/auth.md §2): to a browser in a cookie that goes with a CSRF header, to
 * everyone else in the body. `publicUrl` tells what a browser sees behind a proxy that is not trusted.
 */
export function createSessionCookies({ publicUrl }: { publicUrl: string | null }) {
  return { give, clear, presentedCookies };

  /** What the body gains; a browser's refresh token goes into the cookie instead. */
  function give(
    req: FastifyRequest,
    reply: FastifyReply,
    { kind, tokens }: { kind: SessionKind; tokens: SessionTokens },
  ): { csrfToken: string } | { refreshToken: string } {
    if (kind === 'user' && !isBrowser(req)) return { refreshToken: tokens.refreshToken };
    set(req, reply, { kind, value: tokens.refreshToken, maxAgeSeconds: refreshTtlMs / 1000 });
    return { csrfToken: tokens.csrfToken };
  }

  function clear(req: FastifyRequest, reply: FastifyReply, kind: SessionKind): void {
    set(req, reply, { kind, value: '', maxAgeSeconds: 0 });
  }

  function set(
    req: FastifyRequest,
    reply: FastifyReply,
    { kind, value, maxAgeSeconds }: { kind: SessionKind; value: string; maxAgeSeconds: number },
  ): void {
    const { name, path } = cookies[kind];
    // Browsers drop Secure cookies of plain http, and SameSite=None ones that are not Secure. Ports of localhost are one site.
    const isHttps = req.protocol === 'https' || publicUrl?.startsWith('https:') === true;
    const reach = isHttps ? 'Secure; SameSite=None' : 'SameSite=Lax';
    const expires = maxAgeSeconds === 0 ? '; Expires=Thu, 01 Jan 1970 00:00:00 GMT' : '';
    reply.header(
      'Set-Cookie',
      `${name}=${value}; Path=${path}; HttpOnly; ${reach}; Max-Age=${maxAgeSeconds}${expires}`,
    );
  }

  /** All cookies of the name, longest path first as browsers send them, and the header that must go with them. */
  function presentedCookies(req: FastifyRequest, kind: SessionKind): Presented {
    const { name } = cookies[kind];
    const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.trim());
    const refreshTokens = pairs.flatMap((pair) => (pair.startsWith(`${name}=`) ? [pair.slice(name.length + 1)] : []));
    const sent = req.headers['x-csrf-token'];
    return { refreshTokens, csrf: { sent: Array.isArray(sent) ? sent[0] : sent } };
  }
}

/** Any other `client_type`, and none, is a browser. */
export const isBrowser = (req: FastifyRequest): boolean =>
  !tokenClients.includes(String((req.query as Record<string, unknown>).client_type));

/** The token of a client that keeps it itself. Errors: INVALID_INPUT when there is none. */
export function presentedBody(req: FastifyRequest): Presented {
  const token = bodyToken(req);
  if (token === undefined) throw invalidInput('refreshToken: is required', 'Send the refresh token in the body.');
  return { refreshTokens: [token], csrf: null };
}

/** Both spellings are in use. */
export function bodyToken(req: FastifyRequest): string | undefined {
  const body = (req.body ?? {}) as Record<string, unknown>;
  return [body.refreshToken, body.refresh_token].find((token) => typeof token === 'string' && token !== '') as
    | string
    | undefined;
}
