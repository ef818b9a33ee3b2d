import { builder } from './builder.ts';

const ServerHealth = builder.objectRef<{ status: 'ok'; version: string; timestamp: Date }>('ServerHealth').implement({
  description: 'That the server answers, and which it is.',
  fields: (t) => ({
    status: t.exposeString('status', { description: 'Always `ok`; a server that is not ok does not answer.' }),
    version: t.exposeString('version', { description: "Pleiad's version." }),
    timestamp: t.expose('timestamp', { type: 'DateTime', description: "The server's clock." }),
  }),
});

builder.queryField('health', (t) =>
  t.field({
    type: ServerHealth,
    nullable: true,
    description: 'Public: needs no credential.',
    resolve: (_root, _args, { rooms }) => rooms.health(),
  }),
);
