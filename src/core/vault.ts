import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { invariant } from './errors.ts';
import type { Secret } from './secret.ts';

export interface Vault {
  /** AES-256-GCM. `context` names what the text belongs to (`system.secrets/API_KEY`): it only opens in the same place. */
  seal(plain: string, context: string): string;
  /** Errors: throws when the text was altered, belongs elsewhere or was sealed with another key. */
  open(sealed: string, context: string): string;
  /** Keyed fingerprint for looking a secret up without storing it: 64 hex characters. */
  fingerprint(plain: string): string;
  /** A stable password or key for one purpose, the same on every node that shares the encryption key. */
  derive(purpose: string): string;
}

const version = 'v1';

/** Sealed text is `v1.<key id>.<iv>.<tag>.<ciphertext>`, the last three base64url. */
export function createVault(encryptionKey: Secret): Vault {
  const expand = (purpose: string) => Buffer.from(hkdfSync('sha256', encryptionKey.reveal(), 'pleiad', purpose, 32));
  const key = expand('vault');
  const lookupKey = expand('fingerprint');
  const keyId = expand('key-id').subarray(0, 4).toString('hex');
  const aad = (context: string) => Buffer.from(`${version}.${keyId}.${context}`);

  return {
    seal(plain, context) {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(aad(context));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return [
        version,
        keyId,
        iv.toString('base64url'),
        cipher.getAuthTag().toString('base64url'),
        body.toString('base64url'),
      ].join('.');
    },
    open(sealed, context) {
      const [head, id, iv, tag, body] = sealed.split('.');
      invariant(head === version && iv && tag && body !== undefined, `sealed text of ${context} is malformed`);
      invariant(id === keyId, `${context} was sealed with another ENCRYPTION_KEY (key id ${id}, ours is ${keyId})`);
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'), { authTagLength: 16 })
        .setAAD(aad(context))
        .setAuthTag(Buffer.from(tag, 'base64url'));
      return Buffer.concat([decipher.update(Buffer.from(body, 'base64url')), decipher.final()]).toString('utf8');
    },
    fingerprint: (plain) => createHmac('sha256', lookupKey).update(plain).digest('hex'),
    derive: (purpose) => expand(`derive/${purpose}`).toString('base64url'),
  };
}
