import { builder } from './builder.ts';
import { guardNode } from './nodes.ts';

const AuditEntry = builder.prismaNode('AuditEntry', {
  description: 'One deed of the audit log; it was committed together with what it tells of.',
  id: { field: 'id' },
  fields: (t) => ({
    actorId: t.exposeString('actorId', {
      description: 'Who did it: a user id, `local:<name>`, `api-key`, `anonymous` or `system`.',
    }),
    module: t.exposeString('module', { description: 'The room, in capitals: `AUTH`, `DATABASE`, …' }),
    action: t.exposeString('action', { description: 'Stable name, such as `CREATE_TABLE`.' }),
    subject: t.exposeString('subject', { description: 'What it was done to: a table, a user id, the name of a key.' }),
    details: t.field({
      type: 'JSON',
      description: 'More about it; never a secret or the content of rows.',
      resolve: (entry) => entry.details,
    }),
    requestId: t.exposeString('requestId', {
      nullable: true,
      description: 'The request that did it, as in the server log.',
    }),
    ip: t.exposeString('ip', { nullable: true, description: 'Address of the client.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

guardNode('AuditEntry', ({ rooms, call }, id) => rooms.audit.viewEntry(call, id));

builder.queryField('auditEntries', (t) =>
  t.prismaConnection(
    {
      type: AuditEntry,
      cursor: 'id',
      nullable: true,
      description: 'The audit log, newest first. Admins.',
      resolve: (query, _root, _args, { rooms, call }) => rooms.audit.listEntries(call, query),
    },
    { name: 'AuditEntryConnection' },
    { name: 'AuditEntryEdge' },
  ),
);

builder.subscriptionField('auditEntries', (t) =>
  t.field({
    type: AuditEntry,
    description: 'Every audited write, once, as it commits. Admins.',
    subscribe: (_root, _args, { rooms, call }) => rooms.audit.streamEntries(call, {}),
    resolve: (entry) => entry as never,
  }),
);
