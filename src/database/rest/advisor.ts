import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { requireAdmin } from '../../core/call.ts';
import { parse } from '../../core/parse.ts';
import { categories, severities } from '../advisor/rules.ts';
import type { Advisor, Advisory } from '../advisor/service.ts';

const filter = z.object({
  severity: z.enum(severities).optional(),
  category: z.enum(categories).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  offset: z.coerce.number().int().min(0).default(0),
});
const suppression = z.object({ issueId: z.string().min(1).max(500), reason: z.string().max(1000).optional() });

/** Contract §12. */
export const advisorRest =
  (advisor: Advisor) =>
  async (api: FastifyInstance): Promise<void> => {
    api.post('/advisor/scan', async (req, reply) => {
      const { id, issues } = await advisor.scan(req.call);
      reply.status(201);
      return { scanId: id, message: `Scan completed with ${issues.length} findings` };
    });

    api.get('/advisor/latest', async (req) => {
      const found = await advisor.latestScan(req.call);
      if (!found) return { scanId: null, scannedAt: null, summary: summary([]) };
      return { scanId: found.id, scannedAt: found.createdAt, summary: summary(found.issues) };
    });

    api.get('/advisor/issues', async (req) => {
      requireAdmin(req.call);
      const { limit, offset, ...which } = parse(filter, req.query);
      const issues = await advisor.listAdvisories(req.call, which);
      return { data: issues.slice(offset, offset + limit), pagination: { offset, limit, total: issues.length } };
    });

    api.get('/advisor/suppressions', async (req) => ({ data: await advisor.listSuppressions(req.call) }));

    api.post('/advisor/suppressions', async (req, reply) => {
      requireAdmin(req.call);
      const made = await advisor.suppress(req.call, parse(suppression, req.body));
      reply.status(201);
      return made;
    });

    api.delete('/advisor/suppressions', async (req) => {
      requireAdmin(req.call);
      const { issueId } = parse(suppression.pick({ issueId: true }), req.body ?? req.query);
      await advisor.unsuppress(req.call, { issueId });
      return { message: 'Suppression deleted successfully' };
    });
  };

const summary = (issues: readonly Advisory[]) => ({
  total: issues.length,
  ...Object.fromEntries(
    severities.map((severity) => [severity, issues.filter((each) => each.severity === severity).length]),
  ),
});
