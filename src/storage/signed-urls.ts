import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Viewer } from '../core/call.ts';
import type { Vault } from '../core/vault.ts';
import { accessDenied } from './faults.ts';

/** What the bearer of a signed URL may do, and until when. */
export interface Grant {
  /** GET stands for HEAD too. */
  method: 'GET' | 'PUT';
  bucket: string;
  key: string;
  expiresAt: Date;
  /** File name to save as; absent serves inline. */
  download?: string | undefined;
  /** Whom an upload counts as: row-level security decides as for them. */
  viewer?: Pick<Viewer, 'kind' | 'id' | 'role' | 'claims'> | undefined;
  contentType?: string | undefined;
}

const version = 'v1';

/** Tokens are `<payload>.<mac>`, base64url, under a key of their own; all that they grant is inside. */
export function createSignedUrls({ vault, now }: { vault: Vault; now: () => Date }) {
  const key = vault.derive('storage.signed-urls');
  const macOf = (payload: string) => createHmac('sha256', key).update(`${version}.${payload}`).digest();
  return { sign, check };

  function sign(grant: Grant): string {
    const payload = Buffer.from(JSON.stringify({ ...grant, expiresAt: grant.expiresAt.getTime() })).toString(
      'base64url',
    );
    return `${payload}.${macOf(payload).toString('base64url')}`;
  }

  /** Errors: accessDenied, when it is forged, over, or for something else. */
  function check(token: string, wanted: Pick<Grant, 'method' | 'bucket' | 'key'>): Grant {
    const [payload = '', mac = ''] = token.split('.');
    const given = Buffer.from(mac, 'base64url');
    const right = macOf(payload);
    if (given.length !== right.length || !timingSafeEqual(given, right))
      throw accessDenied('This URL is not signed by us');
    const grant = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Omit<Grant, 'expiresAt'> & {
      expiresAt: number;
    };
    if (grant.expiresAt <= now().getTime()) throw accessDenied('This URL has expired');
    if (grant.method !== wanted.method || grant.bucket !== wanted.bucket || grant.key !== wanted.key)
      throw accessDenied('This URL is signed for something else');
    return { ...grant, expiresAt: new Date(grant.expiresAt) };
  }
}
