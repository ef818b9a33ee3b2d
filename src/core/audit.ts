import type { AuditEntry, Prisma } from '../../prisma/generated/client/client.ts';
import { type Call, requireAdmin } from './call.ts';
import { notFound } from './errors.ts';
import type { Bus } from './events.ts';
import type { Db } from './postgres/catalog-db.ts';

export type Audit = ReturnType<typeof createAudit>;

/** Reading the audit log; writing happens in the transaction of the deed. */
export function createAudit({ db, bus }: { db: Db; bus: Bus }) {
  return { listEntries, streamEntries, viewEntry };

  /** Newest first. `query` is Pothos' selection and page. Errors: as requireAdmin. */
  async function listEntries(call: Call, query: Prisma.AuditEntryFindManyArgs): Promise<AuditEntry[]> {
    requireAdmin(call);
    return db.auditEntry.findMany({ orderBy: { id: 'desc' }, ...query });
  }

  /** Errors: as requireAdmin, NOT_FOUND (audit entry). */
  async function viewEntry(call: Call, entryId: string): Promise<AuditEntry> {
    requireAdmin(call);
    const isRowId = /^\d{1,18}$/.test(entryId);
    const entry = isRowId ? await db.auditEntry.findUnique({ where: { id: BigInt(entryId) } }) : null;
    if (!entry) throw notFound('audit entry', entryId);
    return entry;
  }

  /** Each entry once, as it commits, until the signal aborts. Errors: as requireAdmin. */
  async function* streamEntries(call: Call, query: Prisma.AuditEntryFindManyArgs): AsyncGenerator<AuditEntry> {
    requireAdmin(call);
    for await (const { id } of bus.subscribe('audit.recorded', call.signal)) {
      const entry = await db.auditEntry.findUnique({ ...(query as object), where: { id: BigInt(id) } });
      if (entry) yield entry;
    }
  }
}
