import type { InTx } from '../core/in-tx.ts';
import type { Db } from '../core/postgres/catalog-db.ts';
import type { RateLimiters } from '../core/rate-limit.ts';
import type { Secret } from '../core/secret.ts';
import type { SecretStore } from '../core/secret-store.ts';
import { createAccounts } from './accounts.ts';
import { createAuthConfigs } from './auth-config.ts';
import { createGuesses } from './guesses.ts';
import type { ProjectKeys } from './keys.ts';
import { createOperators } from './operators.ts';
import { createKeyAdmin } from './project-keys.ts';
import { createSessions } from './sessions.ts';
import { createSignIns } from './sign-ins.ts';
import type { Signing } from './signing.ts';
import { createUsers } from './user-admin.ts';
import { providersOf } from './users.ts';

export type Auth = ReturnType<typeof createAuth>;

/** Who may do something here: accounts, operators, their sign-ins, and the rules for them. */
export function createAuth(deps: {
  db: Db;
  inTx: InTx;
  signing: Signing;
  rateLimiters: RateLimiters;
  now: () => Date;
  admin: { username: string; password: Secret };
  canSendMail: () => Promise<boolean>;
  keys: ProjectKeys;
  secrets: SecretStore;
  projectId: string | null;
}) {
  const { db, inTx, signing, now } = deps;
  const guesses = createGuesses(deps.rateLimiters);
  const sessions = createSessions({ inTx, signing, now });
  const configs = createAuthConfigs({ db, inTx, canSendMail: deps.canSendMail });
  return {
    ...createAccounts({ db, inTx, signing, sessions, configs, guesses }),
    ...createOperators({ inTx, sessions, guesses, account: deps.admin }),
    ...createSignIns({ db, inTx, sessions, now }),
    ...createUsers({ db, inTx, now }),
    ...createKeyAdmin({ inTx, now, keys: deps.keys, secrets: deps.secrets, projectId: deps.projectId }),
    config: configs.get,
    updateConfig: configs.update,
    publicConfig: configs.publicConfig,
    providersOf,
  };
}
