import type { JWTPayload } from 'jose';

const maxTokens = 10_000;
const maxAgeMs = 60_000;

/**
 * A signature is checked once a minute rather than at every request of the same token: that check was a quarter of what
 * a keyed read costs. A token that is refused is not remembered, and its own `exp` always ends it.
 */
export function rememberVerified<Claims extends JWTPayload>(
  now: () => Date,
  verify: (token: string) => Promise<Claims>,
): (token: string) => Promise<Claims> {
  const known = new Map<string, { claims: Claims; untilMs: number }>();
  return async (token) => {
    const nowMs = now().getTime();
    const found = known.get(token);
    if (found && nowMs < found.untilMs) return found.claims;
    known.delete(token);
    const claims = await verify(token);
    const endMs = claims.exp === undefined ? nowMs : claims.exp * 1000;
    if (known.size >= maxTokens) known.clear();
    known.set(token, { claims, untilMs: Math.min(endMs, nowMs + maxAgeMs) });
    return claims;
  };
}
