import { type Call, requireAdmin } from '../../core/call.ts';
import { notFound } from '../../core/errors.ts';
import { actorOf, type InTx } from '../../core/in-tx.ts';
import type { InAdminTx } from '../../core/postgres/admin-tx.ts';
import type { Db } from '../../core/postgres/catalog-db.ts';
import { validationError } from '../rules.ts';
import { advisorRules, type Category, type Severity, severities } from './rules.ts';

export type Advisor = ReturnType<typeof createAdvisor>;

export interface Advisory {
  /** `<rule>:<schema>.<object>`; the same for the same finding at every scan. */
  id: string;
  ruleId: string;
  severity: Severity;
  category: Category;
  title: string;
  schema: string;
  object: string;
  detail: string;
  /** SQL or a sentence that mends it. */
  remedy: string | null;
  isSuppressed: boolean;
}
export interface AdvisoryFilter {
  severity?: Severity | null | undefined;
  category?: Category | null | undefined;
  /** Default false: what an admin has decided to live with is left out. */
  includeSuppressed?: boolean | null | undefined;
}

/** What could be better about the project's database. For admins. Errors of all: as requireAdmin. */
export function createAdvisor({ inAdminTx, db, inTx }: { inAdminTx: InAdminTx; db: Db; inTx: InTx }) {
  return { listAdvisories, scan, latestScan, listSuppressions, suppress, unsuppress };

  /** As of now; the worst first. */
  async function listAdvisories(call: Call, filter: AdvisoryFilter): Promise<Advisory[]> {
    requireAdmin(call);
    const suppressed = new Set(
      (await db.advisorSuppression.findMany({ select: { issueId: true } })).map((each) => each.issueId),
    );
    const found = (await look(call)).map((each) => ({ ...each, isSuppressed: suppressed.has(each.id) }));
    return found.filter(
      (each) =>
        (!filter.severity || each.severity === filter.severity) &&
        (!filter.category || each.category === filter.category) &&
        (filter.includeSuppressed || !each.isSuppressed),
    );
  }

  /** Looks and keeps what was found. */
  async function scan(call: Call): Promise<{ id: string; issues: Advisory[] }> {
    const issues = await listAdvisories(call, { includeSuppressed: true });
    return inTx(call, async (tx) => {
      const { id } = await tx.db.advisorScan.create({ data: { issues: issues as object[] } });
      // Older ones say nothing that the newest does not.
      await tx.db.advisorScan.deleteMany({ where: { id: { not: id } } });
      await tx.audit({
        module: 'DATABASE',
        action: 'RUN_ADVISOR_SCAN',
        subject: id,
        details: { issues: issues.length },
      });
      return { id, issues };
    });
  }

  /** Null before the first scan. */
  async function latestScan(call: Call): Promise<{ id: string; issues: Advisory[]; createdAt: Date } | null> {
    requireAdmin(call);
    const found = await db.advisorScan.findFirst({ orderBy: { createdAt: 'desc' } });
    return found && { ...found, issues: found.issues as unknown as Advisory[] };
  }

  /** The newest first. */
  async function listSuppressions(call: Call) {
    requireAdmin(call);
    return db.advisorSuppression.findMany({ orderBy: [{ createdAt: 'desc' }, { issueId: 'asc' }] });
  }

  /** Says that an advisory is known and accepted; again changes the reason. Errors: DATABASE_VALIDATION_ERROR (no such rule). */
  async function suppress(call: Call, input: { issueId: string; reason?: string | null | undefined }) {
    requireAdmin(call);
    const { issueId, reason = null } = input;
    if (!advisorRules.some((rule) => issueId.startsWith(`${rule.id}:`)))
      throw validationError(`${issueId} is not the id of an advisory`, 'Take the id from the list of advisories.');
    return inTx(call, async (tx) => {
      const made = await tx.db.advisorSuppression.upsert({
        where: { issueId },
        create: { issueId, reason, createdBy: actorOf(call) },
        update: { reason },
      });
      await tx.audit({ module: 'DATABASE', action: 'SUPPRESS_ADVISORY', subject: issueId });
      return made;
    });
  }

  /** Errors: DATABASE_NOT_FOUND. */
  async function unsuppress(call: Call, { issueId }: { issueId: string }): Promise<void> {
    requireAdmin(call);
    await inTx(call, async (tx) => {
      const { count } = await tx.db.advisorSuppression.deleteMany({ where: { issueId } });
      if (count === 0) throw notFound('suppression', issueId, 'DATABASE_NOT_FOUND');
      await tx.audit({ module: 'DATABASE', action: 'UNSUPPRESS_ADVISORY', subject: issueId });
    });
  }

  async function look(call: Call): Promise<Omit<Advisory, 'isSuppressed'>[]> {
    return inAdminTx(
      call,
      async ({ client }) => {
        const found: Omit<Advisory, 'isSuppressed'>[] = [];
        for (const { sql, id: ruleId, ...rule } of advisorRules) {
          const { rows } = await client.query<Finding>(`${sql} ORDER BY 1, 2`);
          for (const row of rows) found.push({ id: `${ruleId}:${row.schema}.${row.object}`, ruleId, ...rule, ...row });
        }
        return found.sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
      },
      { readOnly: true },
    );
  }
}

type Finding = Pick<Advisory, 'schema' | 'object' | 'detail' | 'remedy'>;
