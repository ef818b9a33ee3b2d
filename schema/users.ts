import { builder } from './builder.ts';
import { guardNode, rowId } from './nodes.ts';

/** An account; reached only by itself and by admins. */
export const User = builder.prismaNode('User', {
  description: 'An account of the application. Seen by itself and by admins.',
  id: { field: 'id', description: 'The UUID that tokens carry as `sub` and tables refer to.' },
  fields: (t) => ({
    email: t.exposeString('email', { description: 'Lowercase.' }),
    emailVerified: t.exposeBoolean('emailVerified'),
    providers: t.stringList({
      description: 'Ways to sign in, such as `google`; `email` when there is a password.',
      select: { password: true, providers: { select: { provider: true } } },
      resolve: (user, _args, { rooms }) => rooms.auth.providersOf(user),
    }),
    profile: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What the user shows of themselves: conventionally `name` and `avatar_url`.',
      resolve: ({ profile }) => profile,
    }),
    metadata: t.field({ type: 'JSON', nullable: true, resolve: ({ metadata }) => metadata }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
  }),
});
guardNode('User', ({ rooms, call }, id) => rooms.auth.viewUser(call, id));

builder.queryFields((t) => ({
  me: t.field({
    type: User,
    nullable: true,
    description: 'The signed-in user.',
    resolve: (_root, _args, { rooms, call }) => rooms.auth.currentUser(call),
  }),
  user: t.field({
    type: User,
    nullable: true,
    description: 'One account. Admins.',
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { rooms, call }) => rooms.auth.user(call, rowId('User', id)),
  }),
  users: t.prismaConnection(
    {
      type: User,
      cursor: 'id',
      nullable: true,
      description: 'Accounts, newest first. Admins.',
      args: { search: t.arg.string({ description: 'A part of the email or of the name, in any case.' }) },
      totalCount: (_root, { search }, { rooms, call }) => rooms.auth.countUsers(call, search),
      resolve: (query, _root, { search }, { rooms, call }) => rooms.auth.listUsers(call, { search, query }),
    },
    { name: 'UserConnection' },
    { name: 'UserEdge' },
  ),
}));

builder.mutationFields((t) => ({
  updateProfile: t.field({
    type: User,
    nullable: true,
    description: "Merges top-level keys into the viewer's own profile; a key can be set to null, not removed.",
    args: { profile: t.arg({ type: 'JSON', required: true }) },
    resolve: (_root, { profile }, { rooms, call }) => rooms.auth.updateProfile(call, { profile }),
  }),
  deleteUsers: t.int({
    nullable: true,
    description: 'Deletes accounts with all that refers to them; answers how many there were. Admins.',
    args: { ids: t.arg.idList({ required: true }) },
    resolve: (_root, { ids }, { rooms, call }) =>
      rooms.auth.deleteUsers(call, { userIds: ids.map((id) => rowId('User', id)) }),
  }),
}));
