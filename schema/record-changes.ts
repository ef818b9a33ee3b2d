import type { RecordChange as Change } from '../src/database/changes/audience.ts';
import { builder } from './builder.ts';

const RecordOperation = builder.enumType('RecordOperation', { values: ['INSERT', 'UPDATE', 'DELETE'] as const });

const RecordChange = builder.objectRef<Change>('RecordChange').implement({
  description:
    'One committed change of one row, as you may see it: a row that comes into your sight is an INSERT, one that leaves it a DELETE.',
  fields: (t) => ({
    operation: t.expose('operation', { type: RecordOperation }),
    schema: t.exposeString('schema'),
    table: t.exposeString('table'),
    record: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The row after the change, with the columns that you may select; null for DELETE.',
      resolve: (change) => change.record,
    }),
    oldRecord: t.field({
      type: 'JSON',
      nullable: true,
      description:
        'The primary key before the change (of a table without one: the columns you may select); null for INSERT.',
      resolve: (change) => change.oldRecord,
    }),
    commitTimestamp: t.expose('commitTimestamp', { type: 'DateTime' }),
  }),
});

builder.subscriptionField('recordChanges', (t) =>
  t.field({
    type: RecordChange,
    description:
      'Inserts, updates and deletes of a table as they commit, as far as its policies let you see the rows. Changes that commit after the server has taken the subscription arrive once each, in commit order; when it ends with an error, subscribe again and then read the current rows.',
    args: {
      table: t.arg.string({ required: true }),
      schema: t.arg.string({ required: true, defaultValue: 'public' }),
    },
    subscribe: (_root, { table, schema }, { rooms, call }) =>
      rooms.changes.streamRecordChanges(call, { table, schema }),
    resolve: (change) => change,
  }),
);
