import { z } from 'zod';
import type { Prisma } from '../../prisma/generated/client/client.ts';
import { type Call, requireAdmin, requireViewer } from '../core/call.ts';
import type { InTx } from '../core/in-tx.ts';
import { parse } from '../core/parse.ts';
import type { Db } from '../core/postgres/catalog-db.ts';
import { userNotFound } from './accounts.ts';
import { uuid } from './rules.ts';
import { type Account, withProviders } from './users.ts';

const maxPage = 1000;
const deleteInput = z.object({ userIds: z.array(uuid).min(1).max(1000) });

/** Administration of the application's users. */
export function createUsers({ db, inTx, now }: { db: Db; inTx: InTx; now: () => Date }) {
  return { listUsers, countUsers, userPage, user, viewUser, deleteUsers };

  /** Newest first. `query` is Pothos' selection and page. Errors: as requireAdmin. */
  async function listUsers(
    call: Call,
    { search, query }: { search?: string | null | undefined; query: Prisma.UserFindManyArgs },
  ) {
    requireAdmin(call);
    return db.user.findMany({ orderBy: newestFirst, ...query, where: matching(search) });
  }

  /** Errors: as requireAdmin. */
  async function countUsers(call: Call, search?: string | null): Promise<number> {
    requireAdmin(call);
    return db.user.count({ where: matching(search) });
  }

  /** `limit` 1 to 1000, default 10; what is no such number counts as not given. Errors: as requireAdmin. */
  async function userPage(call: Call, input: { limit?: unknown; offset?: unknown; search?: unknown }) {
    requireAdmin(call);
    const limit = Math.min(wholeNumber(input.limit, 1) ?? 10, maxPage);
    const offset = wholeNumber(input.offset, 0) ?? 0;
    const where = matching(typeof input.search === 'string' ? input.search : null);
    const [data, total] = await Promise.all([
      db.user.findMany({ where, orderBy: newestFirst, skip: offset, take: limit, include: withProviders }),
      db.user.count({ where }),
    ]);
    return { data, pagination: { offset, limit, total } };
  }

  /** Errors: as requireAdmin, INVALID_INPUT, AUTH_USER_NOT_FOUND. */
  async function user(call: Call, userId: string): Promise<Account> {
    requireAdmin(call);
    return byId(parse(uuid, userId));
  }

  /** Oneself, or anybody for an admin. Errors: as requireViewer, AUTH_USER_NOT_FOUND. */
  async function viewUser(call: Call, userId: string): Promise<Account> {
    const viewer = requireViewer(call);
    const id = parse(uuid, userId);
    if (viewer.role !== 'project_admin' && viewer.id !== id) throw userNotFound(id);
    return byId(id);
  }

  async function byId(id: string): Promise<Account> {
    const found = await db.user.findUnique({ where: { id }, include: withProviders });
    if (!found) throw userNotFound(id);
    return found;
  }

  /** Ends their sign-ins and streams; unknown ids are no error. Answers how many there were. Errors: as requireAdmin, INVALID_INPUT. */
  async function deleteUsers(call: Call, input: unknown): Promise<number> {
    requireAdmin(call);
    const { userIds } = parse(deleteInput, input);
    return inTx(call, async (tx) => {
      const gone = await tx.db.user.findMany({ where: { id: { in: userIds } }, select: { id: true } });
      const ids = gone.map(({ id }) => id);
      await tx.db.session.updateMany({ where: { userId: { in: ids }, revokedAt: null }, data: { revokedAt: now() } });
      await tx.db.user.deleteMany({ where: { id: { in: ids } } });
      await tx.audit({
        module: 'AUTH',
        action: 'DELETE_USERS',
        subject: `${ids.length} users`,
        details: { userIds: ids },
      });
      for (const userId of ids) tx.emit('auth.user.deleted', { userId });
      return ids.length;
    });
  }
}

const newestFirst = [{ createdAt: 'desc' }, { id: 'desc' }] satisfies Prisma.UserOrderByWithRelationInput[];

/** A substring of the email or the profile's name, in any case. */
function matching(search?: string | null): Prisma.UserWhereInput {
  const people = { isAnonymous: false, isProjectAdmin: false };
  if (!search) return people;
  const literal = search.replaceAll('\0', '').replace(/[\\%_]/g, '\\$&');
  return {
    ...people,
    OR: [
      { email: { contains: literal, mode: 'insensitive' } },
      { profile: { path: ['name'], string_contains: literal, mode: 'insensitive' } },
    ],
  };
}

function wholeNumber(given: unknown, min: number): number | null {
  const number = typeof given === 'string' && /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
  return number >= min ? number : null;
}
