import { randomBytes } from 'node:crypto';
import { hash as argonHash, verify as argonVerify, parseOptions } from '@node-rs/argon2';
import bcrypt from 'bcryptjs';

/** OWASP's first choice for argon2id (the library's default algorithm): 19 MiB, two passes, one lane. */
export const hashCost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** bcrypt reads no further than this, so a longer password is proven by its beginning only. */
const bcryptBytes = 72;

const base64 = (bytes: number) => randomBytes(bytes).toString('base64').replace(/=+$/, '');
/** No password opens it: what is compared when there is no account, so that both take the same time. */
const nobodys = `$argon2id$v=19$m=${hashCost.memoryCost},t=${hashCost.timeCost},p=1$${base64(16)}$${base64(32)}`;

export const hashPassword = (password: string): Promise<string> => argonHash(password, hashCost);

/**
 * Compares with an argon2id or imported bcrypt hash; null (no account, no password) is always wrong and takes as long.
 * `isOutdated` asks for a new hash of the same password.
 */
export async function verifyPassword(
  password: string,
  stored: string | null,
): Promise<{ isRight: boolean; isOutdated: boolean }> {
  if (stored !== null && /^\$2[abxy]?\$/.test(stored)) {
    const isRight = await bcrypt.compare(password, stored);
    return { isRight, isOutdated: isRight && Buffer.byteLength(password) <= bcryptBytes };
  }
  const isRight = await argonVerify(stored ?? nobodys, password).catch(() => false);
  return { isRight: isRight && stored !== null, isOutdated: isRight && stored !== null && isCheap(stored) };
}

function isCheap(stored: string): boolean {
  const { memoryCost, timeCost, algorithm } = parseOptions(stored);
  return memoryCost < hashCost.memoryCost || timeCost < hashCost.timeCost || algorithm !== argon2id;
}
/** The library's `Algorithm.Argon2id`; its enum exists for the compiler only. */
const argon2id = 2;
