import type { Advisory } from '../src/database/advisor/service.ts';
import { builder } from './builder.ts';

const AdvisorySeverity = builder.enumType('AdvisorySeverity', { values: ['critical', 'warning', 'info'] as const });
const AdvisoryCategory = builder.enumType('AdvisoryCategory', {
  values: ['security', 'performance', 'health'] as const,
});

const DatabaseAdvisory = builder.objectRef<Advisory>('Advisory').implement({
  description: "Something that could be better about the project's database.",
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The same for the same finding, whenever it is looked for.' }),
    ruleId: t.exposeString('ruleId', { description: '`rls-disabled`, `missing-fk-index`, …' }),
    severity: t.expose('severity', { type: AdvisorySeverity }),
    category: t.expose('category', { type: AdvisoryCategory }),
    title: t.exposeString('title'),
    schema: t.exposeString('schema'),
    object: t.exposeString('object', {
      description: 'Table, or what of it as `table.policy`, an index, a function, …',
    }),
    detail: t.exposeString('detail'),
    remedy: t.exposeString('remedy', { nullable: true, description: 'SQL or a sentence that mends it.' }),
    isSuppressed: t.exposeBoolean('isSuppressed', { description: 'An admin has decided to live with it.' }),
  }),
});

builder.queryField('advisories', (t) =>
  t.field({
    type: [DatabaseAdvisory],
    nullable: true,
    description: 'As of now, the worst first. Admins.',
    args: {
      severity: t.arg({ type: AdvisorySeverity }),
      category: t.arg({ type: AdvisoryCategory }),
      includeSuppressed: t.arg.boolean({ required: true, defaultValue: false }),
    },
    resolve: (_root, args, { rooms, call }) => rooms.database.advisor.listAdvisories(call, args),
  }),
);

builder.mutationFields((t) => ({
  suppressAdvisory: t.boolean({
    nullable: true,
    description: 'Leaves an advisory out of the list from now on. Admins.',
    args: { id: t.arg.string({ required: true }), reason: t.arg.string() },
    resolve: (_root, { id, reason }, { rooms, call }) =>
      rooms.database.advisor.suppress(call, { issueId: id, reason }).then(() => true),
  }),
  unsuppressAdvisory: t.boolean({
    nullable: true,
    description: 'Shows a finding again that was suppressed. Admins.',
    args: { id: t.arg.string({ required: true }) },
    resolve: (_root, { id }, { rooms, call }) =>
      rooms.database.advisor.unsuppress(call, { issueId: id }).then(() => true),
  }),
}));
