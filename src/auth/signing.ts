import { createHash, createHmac, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { exportJWK, importPKCS8, importSPKI, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { invalidToken } from '../core/errors.ts';
import type { Secret } from '../core/secret.ts';
import type { SecretStore } from '../core/secret-store.ts';
import { rememberVerified } from './verified-tokens.ts';

const generate = promisify(generateKeyPair);

/** Kinds of token signed with JWT_SECRET; `typ` in the header keeps one from passing as another. */
export type PrivateTokenKind = 'refresh' | 'oauth-state';

export interface Signing {
  /** RS256 with our `kid`; RFC 7519. */
  signAccess(claims: JWTPayload, ttlSeconds: number): Promise<{ token: string; expiresAt: Date }>;
  /** Our own RS256 tokens, and HS256 ones signed with JWT_SECRET (third-party issuers). Errors: AUTH_UNAUTHORIZED. */
  verifyAccess(token: string): Promise<JWTPayload & { isOurs: boolean }>;
  /** HS256 with JWT_SECRET and `typ` set to the kind. */
  signPrivate(kind: PrivateTokenKind, claims: JWTPayload, expiresAt: Date): Promise<string>;
  /** Errors: AUTH_UNAUTHORIZED. */
  verifyPrivate(kind: PrivateTokenKind, token: string): Promise<JWTPayload>;
  /** HMAC-SHA256 with JWT_SECRET over kind, subject and nonce of a session: 64 hex characters. */
  csrfToken(sessionKind: string, subject: string, nonce: string): string;
  /** The public half, for `/.well-known/jwks.json`. */
  jwks(): { keys: JWK[] };
}

/** The RSA pair is made at the first boot and kept among the reserved secrets. */
export async function createSigning({
  secrets,
  jwtSecret,
  now,
}: {
  secrets: SecretStore;
  jwtSecret: Secret;
  now: () => Date;
}): Promise<Signing> {
  const pair = await keyPair(secrets);
  const shared = new TextEncoder().encode(jwtSecret.reveal());
  const privateTyp = (kind: PrivateTokenKind) => `${kind}+jwt`;
  const seconds = (date: Date) => Math.floor(date.getTime() / 1000);

  return {
    async signAccess(claims, ttlSeconds) {
      const issuedAt = seconds(now());
      const expiresAt = new Date((issuedAt + ttlSeconds) * 1000);
      const jwt = new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: pair.kid });
      return { token: await jwt.setIssuedAt(issuedAt).setExpirationTime(expiresAt).sign(pair.privateKey), expiresAt };
    },
    verifyAccess: rememberVerified(now, async (token) => {
      try {
        const options = { currentDate: now() };
        const isOurs = decodeAlg(token) === 'RS256';
        const { payload, protectedHeader } = isOurs
          ? await jwtVerify(token, pair.publicKey, { ...options, algorithms: ['RS256'] })
          : await jwtVerify(token, shared, { ...options, algorithms: ['HS256'] });
        if (payload.type === 'refresh' || (protectedHeader.typ && !/^(at\+)?jwt$/i.test(protectedHeader.typ)))
          throw invalidToken();
        return { ...payload, isOurs };
      } catch (cause) {
        throw invalidToken(cause);
      }
    }),
    signPrivate: (kind, claims, expiresAt) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', typ: privateTyp(kind) })
        .setIssuedAt(seconds(now()))
        .setExpirationTime(expiresAt)
        .sign(shared),
    async verifyPrivate(kind, token) {
      try {
        const { payload } = await jwtVerify(token, shared, {
          algorithms: ['HS256'],
          typ: privateTyp(kind),
          currentDate: now(),
        });
        return payload;
      } catch (cause) {
        throw invalidToken(cause);
      }
    },
    csrfToken: (sessionKind, subject, nonce) =>
      createHmac('sha256', shared)
        .update(JSON.stringify(['csrf', sessionKind, subject, nonce]))
        .digest('hex'),
    jwks: () => ({ keys: [pair.jwk] }),
  };
}

/** The header's algorithm, before anything is believed; the verification that follows pins it. */
function decodeAlg(token: string): unknown {
  const [header = ''] = token.split('.');
  return (JSON.parse(Buffer.from(header, 'base64url').toString()) as { alg?: unknown }).alg;
}

async function keyPair(secrets: SecretStore) {
  // One secret holds both halves: two nodes at their first boot must not store halves of different pairs.
  const pem = await secrets.readOrCreate('JWT_PRIVATE_KEY', async () => {
    const made = await generate('rsa', { modulusLength: 2048 });
    const privatePem = made.privateKey.export({ type: 'pkcs8', format: 'pem' });
    return `${privatePem}${made.publicKey.export({ type: 'spki', format: 'pem' })}`;
  });
  const publicStart = pem.indexOf('-----BEGIN PUBLIC KEY-----');
  const publicKey = await importSPKI(pem.slice(publicStart), 'RS256');
  const privateKey = await importPKCS8(pem.slice(0, publicStart), 'RS256');
  const kid = `kid_${createHash('sha256').update(pem.slice(publicStart)).digest('hex').slice(0, 16)}`;
  const jwk: JWK = { ...(await exportJWK(publicKey)), alg: 'RS256', use: 'sig', kid };
  return { privateKey, publicKey, kid, jwk };
}
