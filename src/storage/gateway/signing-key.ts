import { createHmac, timingSafeEqual } from 'node:crypto';

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text, 'latin1').digest();

/** The key of one day and region. `date` is yyyymmdd. */
export function signingKey(secret: string, date: string, region: string): Buffer {
  return hmac(hmac(hmac(hmac(Buffer.from(`AWS4${secret}`), date), region), 's3'), 'aws4_request');
}

/** Lower-case hex. */
export const sign = (key: Buffer, text: string): string => hmac(key, text).toString('hex');

/** Constant in time for 64 hex digits; anything else is false. */
export function equalSignature(expected: string, given: string): boolean {
  if (!/^[0-9a-f]{64}$/i.test(given)) return false;
  return timingSafeEqual(Buffer.from(expected, 'hex'), Buffer.from(given, 'hex'));
}

export type SigningKeys = ReturnType<typeof createSigningKeys>;

/** Remembers derived keys; bounded. A key whose secret has changed is derived anew, so a stale one cannot verify. */
export function createSigningKeys(limit = 1000) {
  const known = new Map<string, { secret: string; key: Buffer }>();
  return {
    get(accessKeyId: string, secret: string, date: string, region: string): Buffer {
      const name = `${accessKeyId}/${date}/${region}`;
      const hit = known.get(name);
      if (hit?.secret === secret) return hit.key;
      const key = signingKey(secret, date, region);
      if (known.size >= limit) known.clear();
      known.set(name, { secret, key });
      return key;
    },
  };
}
