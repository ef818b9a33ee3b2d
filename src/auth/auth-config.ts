import { type AuthConfig, Prisma } from '../../prisma/generated/client/client.ts';
import { type Call, requireAdmin } from '../core/call.ts';
import { appError } from '../core/errors.ts';
import type { InTx } from '../core/in-tx.ts';
import { parse } from '../core/parse.ts';
import type { Db } from '../core/postgres/catalog-db.ts';
import { authConfigInput } from './config-rules.ts';

export type AuthConfigs = ReturnType<typeof createAuthConfigs>;

/** How accounts behave: one row, or the defaults until it is first saved. */
export function createAuthConfigs({
  db,
  inTx,
  canSendMail,
}: {
  db: Db;
  inTx: InTx;
  /** Whether a mail provider is set up; without one nobody could verify an address. */
  canSendMail: () => Promise<boolean>;
}) {
  return { read, get, update, publicConfig };

  /** For the room's own verbs. */
  async function read(): Promise<AuthConfig> {
    return (await db.authConfig.findFirst()) ?? unsaved;
  }

  /** Errors: as requireAdmin. */
  async function get(call: Call): Promise<AuthConfig> {
    requireAdmin(call);
    return read();
  }

  /** Any subset; nothing given changes nothing. Errors: as requireAdmin, INVALID_INPUT, EMAIL_PROVIDER_NOT_CONFIGURED. */
  async function update(call: Call, input: unknown): Promise<AuthConfig> {
    requireAdmin(call);
    const given = Object.entries(parse(authConfigInput, input)).filter(([, value]) => value !== undefined);
    const data: Prisma.AuthConfigUpdateInput = Object.fromEntries(given);
    if (data.allowedRedirectUrls === null) data.allowedRedirectUrls = Prisma.DbNull;
    if (Object.keys(data).length === 0) return read();
    if (data.requireEmailVerification && !(await canSendMail())) throw noMail();
    return inTx(call, async (tx) => {
      await tx.db.$executeRaw`INSERT INTO auth.config DEFAULT VALUES ON CONFLICT DO NOTHING`;
      const { id } = await tx.db.authConfig.findFirstOrThrow({ select: { id: true } });
      const saved = await tx.db.authConfig.update({ where: { id }, data });
      await tx.audit({
        module: 'AUTH',
        action: 'UPDATE_AUTH_CONFIG',
        subject: id,
        details: { fields: Object.keys(data) },
      });
      return saved;
    });
  }

  /** Public: what a sign-in page needs to know. */
  async function publicConfig() {
    const { id: _id, allowedRedirectUrls: _urls, createdAt: _made, updatedAt: _saved, ...shown } = await read();
    return { oAuthProviders: [] as string[], customOAuthProviders: [] as string[], ...shown };
  }
}

const epoch = new Date(0);
const unsaved: AuthConfig = {
  id: '00000000-0000-0000-0000-000000000000',
  requireEmailVerification: false,
  passwordMinLength: 8,
  requireNumber: false,
  requireLowercase: false,
  requireUppercase: false,
  requireSpecialChar: false,
  verifyEmailMethod: 'code',
  resetPasswordMethod: 'code',
  allowedRedirectUrls: [],
  disableSignup: false,
  createdAt: epoch,
  updatedAt: epoch,
};

const noMail = () =>
  appError({
    code: 'EMAIL_PROVIDER_NOT_CONFIGURED',
    status: 400,
    message: 'Email verification needs a mail provider',
    nextActions: 'Set up a mail provider first.',
  });
