import type { Logger } from 'pino';
import { type AppError, invalidToken, unauthenticated, wrongRole } from './errors.ts';

/** The three Postgres roles that requests run as. */
export type Role = 'anon' | 'authenticated' | 'project_admin';

/** Who calls, once the credential was proven. */
export interface Viewer {
  /** `user`: an account or a third-party subject; `admin`: a signed-in operator; `apiKey` and `anonKey`: the project keys. */
  kind: 'user' | 'admin' | 'apiKey' | 'anonKey';
  /** User id (uuid for our own accounts), `local:<name>`, `api-key` or `anonymous`. */
  id: string;
  role: Role;
  email?: string | undefined;
  /** What the database sees as `request.jwt.claims`; never an admin's subject. */
  claims: Readonly<Record<string, unknown>>;
  /** When the proof ends; streams end with it. Absent for keys. */
  expiresAt?: Date | undefined;
  /** The sign-in this token belongs to, when it is one of ours. */
  sessionId?: string | undefined;
}

/** Everything that belongs to one request and nothing that outlives it. */
export interface Call {
  viewer: Viewer | null;
  /** Set when a credential was sent and refused: public verbs ignore it, all others throw it. */
  credentialError: AppError | null;
  /** Aborts when the client has gone. */
  signal: AbortSignal;
  log: Logger;
  requestId: string;
  /** Client address by TRUST_PROXY. */
  ip: string;
}

/** Errors: AUTH_INVALID_CREDENTIALS (no credential), AUTH_UNAUTHORIZED or AUTH_INVALID_API_KEY (a bad one). */
export function requireViewer(call: Call): Viewer {
  if (call.viewer) return call.viewer;
  throw call.credentialError ?? unauthenticated();
}

/** An API key or a signed-in operator. Errors: as requireViewer, and AUTH_UNAUTHORIZED 403 for everyone else. */
export function requireAdmin(call: Call): Viewer {
  const viewer = requireViewer(call);
  if (viewer.role !== 'project_admin') throw wrongRole();
  return viewer;
}

/** Somebody with an access token; the project keys are nobody in particular. Errors: as requireViewer; AUTH_UNAUTHORIZED for a key. */
export function requireSignedIn(call: Call): Viewer {
  const viewer = requireViewer(call);
  if (viewer.kind === 'apiKey' || viewer.kind === 'anonKey') throw invalidToken();
  return viewer;
}
