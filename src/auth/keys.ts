import { randomBytes } from 'node:crypto';
import type { Secret } from '../core/secret.ts';
import type { SecretStore } from '../core/secret-store.ts';

/** What a project key opens. */
export type KeyKind = 'apiKey' | 'anonKey';
export const keyNames = { apiKey: 'API_KEY', anonKey: 'ANON_KEY' } as const;
export const keyPrefixes = { apiKey: 'ik_', anonKey: 'anon_' } as const;

export interface ProjectKeys {
  /** The current key of a kind. */
  current(kind: KeyKind): Promise<string>;
  /** True for the current key and for a rotated one that is still in its grace period. */
  isGood(kind: KeyKind, key: string): Promise<boolean>;
  /** Forgets what was remembered of a key, after a rotation. */
  forget(): void;
}

const rememberMs = 5_000;

/** A new key: prefix and 64 hex characters. */
export const makeKey = (kind: KeyKind): string => keyPrefixes[kind] + randomBytes(32).toString('hex');

/** Seeds the two keys on the first boot. A check is remembered for five seconds, so that keys cost no query per request. */
export async function createProjectKeys({
  secrets,
  seeds,
  now,
}: {
  secrets: SecretStore;
  seeds: { [Kind in KeyKind]: Secret | null };
  now: () => Date;
}): Promise<ProjectKeys> {
  const remembered = new Map<string, { isGood: boolean; untilMs: number }>();
  const seed = (kind: KeyKind) => {
    const given = seeds[kind]?.reveal();
    if (!given) return makeKey(kind);
    return given.startsWith(keyPrefixes[kind]) ? given : keyPrefixes[kind] + given;
  };
  await Promise.all([
    secrets.readOrCreate(keyNames.apiKey, () => seed('apiKey')),
    secrets.readOrCreate(keyNames.anonKey, () => seed('anonKey')),
  ]);

  async function isGood(kind: KeyKind, key: string): Promise<boolean> {
    const nowMs = now().getTime();
    const known = remembered.get(kind + key);
    if (known && known.untilMs > nowMs) return known.isGood;
    const names = await secrets.namesOf(key);
    const result = names.some((name) => name === keyNames[kind] || name.startsWith(`${keyNames[kind]}_OLD_`));
    if (remembered.size > 1000) remembered.clear();
    remembered.set(kind + key, { isGood: result, untilMs: nowMs + rememberMs });
    return result;
  }

  return {
    isGood,
    forget: () => remembered.clear(),
    current: (kind) => secrets.readOrCreate(keyNames[kind], () => makeKey(kind)),
  };
}
