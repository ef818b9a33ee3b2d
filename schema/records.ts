import { builder } from './builder.ts';

const table = { required: true, description: 'A table, view, materialized view or foreign table.' } as const;
const schema = { defaultValue: 'public', required: true, description: 'The schema it lives in.' } as const;
const where = {
  type: 'JSON',
  description:
    'Conditions, ANDed: `{price: {gt: 5}, or: [{title: {eq: "x"}}, {tags: {cs: ["a"]}}], not: {id: {in: [1, 2]}}}`. ' +
    'Operators are those of PostgREST; `{eq: null}` is "is null".',
} as const;

builder.queryField('records', (t) =>
  t.field({
    type: ['JSON'],
    nullable: true,
    description: 'Rows of any table, as the caller may see them under row-level security.',
    args: {
      table: t.arg.string(table),
      schema: t.arg.string(schema),
      where: t.arg(where),
      orderBy: t.arg({ type: 'JSON', description: '`[{createdAt: "DESC"}, {id: "ASC_NULLS_LAST"}]`.' }),
      limit: t.arg.int(),
      offset: t.arg.int(),
    },
    resolve: (_root, args, { rooms, call }) =>
      rooms.rows.read(call, {
        ...args,
        where: args.where,
        orderBy: args.orderBy,
        limit: args.limit ?? null,
        offset: args.offset ?? null,
      }),
  }),
);

builder.mutationField('insertRecords', (t) =>
  t.field({
    type: ['JSON'],
    nullable: true,
    description: 'Inserts rows, all or none, and answers them. A missing column takes its default.',
    args: {
      table: t.arg.string(table),
      schema: t.arg.string(schema),
      records: t.arg({ type: ['JSON'], required: true, description: 'Objects of column and value.' }),
      onConflict: t.arg.stringList({ description: 'Columns of a unique key; rows that have it are updated instead.' }),
    },
    resolve: (_root, { onConflict, ...args }, { rooms, call }) =>
      rooms.rows.insert(call, { ...args, onConflict: onConflict ?? null }),
  }),
);

builder.mutationField('updateRecords', (t) =>
  t.field({
    type: ['JSON'],
    nullable: true,
    description: 'Sets columns of the rows that match, and answers those rows.',
    args: {
      table: t.arg.string(table),
      schema: t.arg.string(schema),
      where: t.arg({ ...where, required: true }),
      set: t.arg({ type: 'JSON', required: true, description: 'Column and new value.' }),
    },
    resolve: (_root, args, { rooms, call }) => rooms.rows.update(call, { ...args, where: args.where, set: args.set }),
  }),
);

builder.mutationField('deleteRecords', (t) =>
  t.field({
    type: ['JSON'],
    nullable: true,
    description: 'Deletes the rows that match, and answers them.',
    args: {
      table: t.arg.string(table),
      schema: t.arg.string(schema),
      where: t.arg({ ...where, required: true }),
    },
    resolve: (_root, args, { rooms, call }) => rooms.rows.remove(call, { ...args, where: args.where }),
  }),
);
