import type { SignedIn, SignedUp } from '../src/auth/accounts.ts';
import type { AdminSignedIn } from '../src/auth/operators.ts';
import { builder } from './builder.ts';
import { guardNode, rowId, userAgentOf } from './nodes.ts';
import { User } from './users.ts';

const SessionPayload = builder.objectRef<SignedIn>('SessionPayload').implement({
  description: 'A sign-in.',
  fields: (t) => ({
    user: t.expose('user', { type: User }),
    accessToken: t.exposeString('accessToken', { description: 'JWT for the Authorization header; 15 minutes.' }),
    refreshToken: t.exposeString('refreshToken', { description: 'For `refreshSession`; each use gives the next one.' }),
  }),
});
const SignUpPayload = builder.objectRef<SignedUp>('SignUpPayload').implement({
  description: 'A new account and its first sign-in.',
  fields: (t) => ({
    user: t.expose('user', { type: User, nullable: true, description: 'Null until the email is verified.' }),
    accessToken: t.exposeString('accessToken', { nullable: true, description: 'Null until the email is verified.' }),
    refreshToken: t.string({
      nullable: true,
      description: 'Null until the email is verified, and when an admin made the account.',
      resolve: ({ session }) => session?.refreshToken,
    }),
    requireEmailVerification: t.exposeBoolean('requireEmailVerification'),
  }),
});
const Admin = builder.objectRef<{ sub: string }>('Admin').implement({
  description: 'Somebody who runs this project.',
  fields: (t) => ({ sub: t.exposeString('sub', { description: '`local:<username>`.' }) }),
});
const AdminSessionPayload = builder.objectRef<AdminSignedIn>('AdminSessionPayload').implement({
  description: 'A sign-in of an admin.',
  fields: (t) => ({
    admin: t.expose('admin', { type: Admin }),
    accessToken: t.exposeString('accessToken', { description: 'JWT for the Authorization header; 15 minutes.' }),
    refreshToken: t.exposeString('refreshToken', { description: 'For `refreshAdminSession`.' }),
  }),
});
const Session = builder.prismaNode('Session', {
  description: 'A sign-in that has not ended.',
  id: { field: 'id' },
  fields: (t) => ({
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    refreshedAt: t.expose('rotatedAt', { type: 'DateTime', description: 'When it was last used to get new tokens.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When it ends, however often it is refreshed.' }),
    ip: t.exposeString('ip', { nullable: true }),
    userAgent: t.exposeString('userAgent', { nullable: true }),
    isCurrent: t.boolean({
      description: 'Whether this request came with it.',
      resolve: ({ id }, _args, { call }) => call.viewer?.sessionId === id,
    }),
  }),
});
guardNode('Session', ({ rooms, call }, id) => rooms.auth.viewSession(call, id));

const SignUpInput = builder.inputType('SignUpInput', {
  fields: (t) => ({
    email: t.string({ required: true }),
    password: t.string({ required: true }),
    name: t.string(),
    redirectTo: t.string({ description: 'Where the link of a verification mail leads.' }),
    autoConfirm: t.boolean({ description: 'Takes the email as verified. Admins; ignored for everyone else.' }),
  }),
});
const SignInInput = builder.inputType('SignInInput', {
  fields: (t) => ({ email: t.string({ required: true }), password: t.string({ required: true }) }),
});
const SignInAdminInput = builder.inputType('SignInAdminInput', {
  fields: (t) => ({ username: t.string({ required: true }), password: t.string({ required: true }) }),
});

builder.queryFields((t) => ({
  currentAdmin: t.field({
    type: Admin,
    nullable: true,
    description: 'The signed-in admin.',
    resolve: (_root, _args, { rooms, call }) => rooms.auth.currentAdmin(call),
  }),
  sessions: t.prismaField({
    type: [Session],
    nullable: true,
    description: "The viewer's own sign-ins, newest first.",
    resolve: (query, _root, _args, { rooms, call }) => rooms.auth.listSessions(call, query),
  }),
}));

builder.mutationFields((t) => ({
  signUp: t.field({
    type: SignUpPayload,
    nullable: true,
    description: 'Makes an account. Needs no credential.',
    args: { input: t.arg({ type: SignUpInput, required: true }) },
    resolve: (_root, { input }, ctx) => ctx.rooms.auth.signUp(ctx.call, { ...input, userAgent: userAgentOf(ctx) }),
  }),
  signIn: t.field({
    type: SessionPayload,
    nullable: true,
    description: 'Signs in with email and password. Needs no credential.',
    args: { input: t.arg({ type: SignInInput, required: true }) },
    resolve: (_root, { input }, ctx) => ctx.rooms.auth.signIn(ctx.call, { ...input, userAgent: userAgentOf(ctx) }),
  }),
  refreshSession: t.field({
    type: SessionPayload,
    nullable: true,
    description: 'New tokens for a refresh token. Needs no credential.',
    args: { refreshToken: t.arg.string({ required: true }) },
    resolve: (_root, { refreshToken }, { rooms, call }) => rooms.auth.refreshSession(call, inBody(refreshToken)),
  }),
  signOut: t.boolean({
    nullable: true,
    description:
      'Ends the sign-in of the refresh token and of the access token that the request came with. Always true.',
    args: { refreshToken: t.arg.string() },
    resolve: async (_root, { refreshToken }, { rooms, call }) => {
      await rooms.auth.signOut(call, 'any', inBody(refreshToken));
      return true;
    },
  }),
  revokeSession: t.boolean({
    nullable: true,
    description: "Ends one of the viewer's own sign-ins; an admin ends any.",
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { rooms, call }) => {
      await rooms.auth.revokeSession(call, rowId('Session', id));
      return true;
    },
  }),
  signInAdmin: t.field({
    type: AdminSessionPayload,
    nullable: true,
    description: 'Signs in who runs this project. Needs no credential.',
    args: { input: t.arg({ type: SignInAdminInput, required: true }) },
    resolve: (_root, { input }, ctx) => ctx.rooms.auth.signInAdmin(ctx.call, { ...input, userAgent: userAgentOf(ctx) }),
  }),
  refreshAdminSession: t.field({
    type: AdminSessionPayload,
    nullable: true,
    description: "New tokens for an admin's refresh token. Needs no credential.",
    args: { refreshToken: t.arg.string({ required: true }) },
    resolve: (_root, { refreshToken }, { rooms, call }) => rooms.auth.refreshAdminSession(call, inBody(refreshToken)),
  }),
}));

/** GraphQL carries refresh tokens in the body, where no browser sends them by itself. */
const inBody = (refreshToken?: string | null) => ({ refreshTokens: refreshToken ? [refreshToken] : [], csrf: null });
