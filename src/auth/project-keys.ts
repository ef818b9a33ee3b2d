import { z } from 'zod';
import { type Call, requireAdmin } from '../core/call.ts';
import { invariant } from '../core/errors.ts';
import type { InTx } from '../core/in-tx.ts';
import { parse } from '../core/parse.ts';
import type { SecretStore } from '../core/secret-store.ts';
import { type KeyKind, keyNames, makeKey, type ProjectKeys } from './keys.ts';

const hourMs = 3_600_000;
const graceHours = {
  apiKey: z.object({ gracePeriodHours: z.int().min(0).max(168).default(24) }),
  anonKey: z.object({ gracePeriodHours: z.int().min(0).max(720).default(168) }),
};
const actions = { apiKey: 'ROTATE_API_KEY', anonKey: 'ROTATE_ANON_KEY' } as const;

/** Reading and replacing the project's two keys. Admins. */
export function createKeyAdmin(deps: {
  inTx: InTx;
  keys: ProjectKeys;
  secrets: SecretStore;
  now: () => Date;
  projectId: string | null;
}) {
  const { inTx, keys, secrets, now, projectId } = deps;
  return { projectKey, projectIdOf, rotateKey };

  /** Errors: as requireAdmin. */
  async function projectKey(call: Call, kind: KeyKind): Promise<string> {
    requireAdmin(call);
    return keys.current(kind);
  }

  /** What PROJECT_ID says, or null. Errors: as requireAdmin. */
  function projectIdOf(call: Call): string | null {
    requireAdmin(call);
    return projectId;
  }

  /** The old key goes on for the grace: at most 168 hours for the API key, 720 for the anon key. Errors: as requireAdmin, INVALID_INPUT. */
  async function rotateKey(call: Call, kind: KeyKind, input: unknown): Promise<{ key: string; oldKeyExpiresAt: Date }> {
    requireAdmin(call);
    const { gracePeriodHours } = parse(graceHours[kind], input);
    const name = keyNames[kind];
    const key = makeKey(kind);
    const atMs = now().getTime();
    const oldKeyExpiresAt = new Date(atMs + gracePeriodHours * hourMs);
    await inTx(call, async ({ db, audit }) => {
      // One rotation at a time; a lock on the row would not do, because its name is what changes.
      await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`pleiad/rotate/${name}`}, 0))`;
      const old = await db.secret.findUnique({ where: { name }, select: { id: true } });
      invariant(old, `${name} is made at the first boot`);
      let oldMs = atMs;
      while (await db.secret.findUnique({ where: { name: `${name}_OLD_${oldMs}` }, select: { id: true } })) oldMs++;
      const renamed = { name: `${name}_OLD_${oldMs}`, expiresAt: oldKeyExpiresAt };
      await db.secret.update({ where: { id: old.id }, data: renamed });
      await db.secret.create({ data: { ...secrets.sealed(name, key), isReserved: true } });
      await audit({ module: 'AUTH', action: actions[kind], subject: name, details: { gracePeriodHours } });
    });
    keys.forget();
    return { key, oldKeyExpiresAt };
  }
}
