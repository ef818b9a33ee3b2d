import type { Prisma, User } from '../../prisma/generated/client/client.ts';

/** What is read of an account with its linked identities. */
export const withProviders = { providers: { select: { provider: true } } } as const satisfies Prisma.UserInclude;
export type Account = User & { providers: { provider: string }[] };

/** Ways to sign in, sorted, `email` last when there is a password. */
export function providersOf({ password, providers }: Pick<Account, 'password' | 'providers'>): string[] {
  const linked = [...new Set(providers.map(({ provider }) => provider))].sort();
  return password === null ? linked : [...linked.filter((name) => name !== 'email'), 'email'];
}

/** An account on the wire (contract/auth.md §3); never its password. */
export const userJson = (account: Account) => ({
  id: account.id,
  email: account.email,
  emailVerified: account.emailVerified,
  providers: providersOf(account),
  createdAt: account.createdAt,
  updatedAt: account.updatedAt,
  profile: account.profile,
  metadata: account.metadata,
});
