import type { JWTPayload } from 'jose';
import type { Call, Role, Viewer } from '../core/call.ts';
import { AppError, appError, invalidToken, wrongRole } from '../core/errors.ts';
import type { ProjectKeys } from './keys.ts';
import type { Signing } from './signing.ts';

/** The credential headers of a request, or the same names from `connectionParams`. */
export interface Credentials {
  /** `Bearer <token>`. */
  authorization?: string | undefined;
  /** The `x-api-key` header. */
  apiKey?: string | undefined;
}
export type Identity = Pick<Call, 'viewer' | 'credentialError'>;
export type Identify = (credentials: Credentials) => Promise<Identity>;

const roles: readonly Role[] = ['anon', 'authenticated', 'project_admin'];

/**
 * Dispatches on the shape of the credential (contract/auth.md §1.2): `ik_` bearer, then x-api-key, then any other bearer.
 * A refused credential is never tried as another kind nor as anonymous: it comes back as `credentialError`.
 */
export function createIdentify(deps: {
  keys: ProjectKeys;
  signing: Signing;
  /** Why a proven viewer is turned away all the same; null lets them in. */
  refusal: (viewer: Viewer) => AppError | null;
}): Identify {
  const { keys, signing, refusal } = deps;
  async function prove({ authorization, apiKey }: Credentials): Promise<Viewer | null> {
    const bearer = bearerOf(authorization);
    if (bearer?.startsWith('ik_')) return byApiKey(bearer);
    if (apiKey !== undefined) return byApiKey(apiKey);
    if (bearer === null) return null;
    if (bearer.startsWith('anon_')) return byAnonKey(bearer);
    const viewer = viewerOf(await signing.verifyAccess(bearer));
    const refused = refusal(viewer);
    if (refused) throw refused;
    return viewer;
  }
  async function byApiKey(key: string): Promise<Viewer> {
    if (!(await keys.isGood('apiKey', key))) throw badKey('AUTH_INVALID_API_KEY', 'Invalid API key');
    return { kind: 'apiKey', id: 'api-key', role: 'project_admin', claims: { role: 'project_admin' } };
  }
  async function byAnonKey(key: string): Promise<Viewer> {
    if (!(await keys.isGood('anonKey', key))) throw badKey('AUTH_INVALID_CREDENTIALS', 'Invalid anon key');
    return { kind: 'anonKey', id: 'anonymous', role: 'anon', claims: { role: 'anon' } };
  }

  return async (credentials) => {
    try {
      return { viewer: await prove(credentials), credentialError: null };
    } catch (error) {
      if (error instanceof AppError) return { viewer: null, credentialError: error };
      throw error;
    }
  };
}

/** The token of a `Bearer` header (RFC 6750); null when there is none. Another scheme counts as none. */
function bearerOf(authorization: string | undefined): string | null {
  return /^Bearer +(\S+)\s*$/i.exec(authorization ?? '')?.[1] ?? null;
}

const badKey = (code: string, message: string) =>
  appError({
    code,
    status: 401,
    message,
    nextActions: 'Use a current key of this project; an admin finds it under /api/metadata.',
  });

/** What a proven token makes of its bearer. Errors: AUTH_UNAUTHORIZED. */
function viewerOf({ isOurs, ...claims }: JWTPayload & { isOurs: boolean }): Viewer {
  const role = (claims.role ?? 'authenticated') as Role;
  if (!roles.includes(role)) throw wrongRole(`The role ${JSON.stringify(role)} is not one of ${roles.join(', ')}`);
  if (role === 'anon') return { kind: 'anonKey', id: 'anonymous', role, claims: { role } };
  if (typeof claims.sub !== 'string' || claims.sub === '') throw invalidToken();
  // Only tokens that we signed ourselves make an admin, and no token is good for ever.
  if (typeof claims.exp !== 'number' || (role === 'project_admin' && !isOurs)) throw invalidToken();
  const expiresAt = new Date(claims.exp * 1000);
  const sessionId = isOurs && typeof claims.sid === 'string' ? claims.sid : undefined;
  if (role === 'project_admin') return { kind: 'admin', id: claims.sub, role, claims: { role }, expiresAt, sessionId };
  const email = typeof claims.email === 'string' ? claims.email : undefined;
  return { kind: 'user', id: claims.sub, role, email, claims: { ...claims, role }, expiresAt, sessionId };
}
