import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from './lifecycle.ts';
import { Secret } from './secret.ts';

/** Secrets the server cannot run without; what the environment does not give is made once and kept. */
export interface KeptSecrets {
  jwt: Secret;
  encryption: Secret;
  adminPassword: Secret;
  /** Superuser of the embedded Postgres. */
  postgresPassword: Secret;
  /** Where they are kept; owner-readable only. */
  file: string;
  /** True when this start made the admin password. */
  isAdminPasswordNew: boolean;
}

type Given = { [Name in 'jwt' | 'encryption' | 'adminPassword']: Secret | null };

/** Errors: StartupError when the file cannot be read or written. */
export function keepSecrets(dir: string, given: Given): KeptSecrets {
  const file = join(dir, 'secrets.json');
  const stored = readStored(file);
  const made = { ...stored };
  const keep = (name: string, bytes: number) => {
    made[name] ??= randomBytes(bytes).toString('base64url');
    return new Secret(made[name]);
  };
  const jwt = given.jwt ?? keep('jwtSecret', 48);
  const kept: KeptSecrets = {
    jwt,
    // As the names of the environment have it, a given JWT_SECRET stands in for a missing ENCRYPTION_KEY.
    encryption: given.encryption ?? (given.jwt && !stored.encryptionKey ? given.jwt : keep('encryptionKey', 48)),
    adminPassword: given.adminPassword ?? keep('adminPassword', 15),
    postgresPassword: keep('postgresPassword', 24),
    file,
    isAdminPasswordNew: !given.adminPassword && !stored.adminPassword,
  };
  if (Object.keys(made).length > Object.keys(stored).length) writeStored(file, made);
  return kept;
}

function readStored(file: string): Record<string, string> {
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  } catch (cause) {
    throw new StartupError(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** Written beside and renamed, so that a kill in between leaves the old file whole. */
function writeStored(file: string, values: Record<string, string>): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(values, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}
