import { Prisma } from '../../prisma/generated/client/client.ts';
import type { Call } from './call.ts';
import type { Bus, EventName, Events } from './events.ts';
import type { Db, TxDb } from './postgres/catalog-db.ts';

/** One deed of the audit log. `details` must hold no secret and no row content. */
export interface AuditRecord {
  module: string;
  /** Stable name in capitals: `CREATE_TABLE`. */
  action: string;
  subject: string;
  details?: Record<string, unknown>;
  /** Who did it, when that is not the viewer: somebody who has only just proven who they are. */
  actorId?: string;
}

export interface Tx {
  db: TxDb;
  /** Writes one audit row that commits with the data. */
  audit(record: AuditRecord): Promise<void>;
  /** Sends after the commit, never on rollback. */
  emit<N extends EventName>(name: N, payload: Events[N]): void;
}
export type InTx = <T>(call: Call, work: (tx: Tx) => Promise<T>) => Promise<T>;

/** Who the audit log names. */
export const actorOf = (call: Call): string => call.viewer?.id ?? 'anonymous';

/** One transaction on the catalog. Audit rows commit with the data; events leave only after the commit. */
export function createInTx({ db, bus }: { db: Db; bus: Bus }): InTx {
  return async (call, work) => {
    const afterCommit: (() => void)[] = [];
    const emit: Tx['emit'] = (name, payload) => {
      afterCommit.push(() => bus.publish(name, payload));
    };
    const result = await db.$transaction(
      (txDb) =>
        work({
          db: txDb,
          emit,
          audit: async ({ details, ...record }) => {
            const data = {
              actorId: actorOf(call),
              ...record,
              details: (details ?? {}) as Prisma.InputJsonObject,
              requestId: call.requestId,
              ip: call.ip,
            };
            const { id } = await txDb.auditEntry.create({ data, select: { id: true } });
            emit('audit.recorded', { id: String(id) });
          },
        }),
      { isolationLevel: Prisma.TransactionIsolationLevel.ReadCommitted },
    );
    for (const send of afterCommit) send();
    return result;
  };
}
