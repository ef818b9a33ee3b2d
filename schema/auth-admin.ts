import type { AuthConfig as AuthConfigRow } from '../prisma/generated/client/client.ts';
import { builder } from './builder.ts';

const AuthConfig = builder.objectRef<AuthConfigRow>('AuthConfig').implement({
  description: 'How accounts behave.',
  fields: (t) => ({
    requireEmailVerification: t.exposeBoolean('requireEmailVerification'),
    passwordMinLength: t.exposeInt('passwordMinLength'),
    requireNumber: t.exposeBoolean('requireNumber'),
    requireLowercase: t.exposeBoolean('requireLowercase'),
    requireUppercase: t.exposeBoolean('requireUppercase'),
    requireSpecialChar: t.exposeBoolean('requireSpecialChar'),
    verifyEmailMethod: t.exposeString('verifyEmailMethod', { description: '`code` or `link`.' }),
    resetPasswordMethod: t.exposeString('resetPasswordMethod', { description: '`code` or `link`.' }),
    allowedRedirectUrls: t.stringList({
      nullable: true,
      description: 'Where mails and providers may lead back to; none means the own origin and loopback.',
      resolve: ({ allowedRedirectUrls }) => allowedRedirectUrls as string[] | null,
    }),
    disableSignup: t.exposeBoolean('disableSignup', { description: 'Whether only admins make accounts.' }),
  }),
});
const AuthConfigInput = builder.inputType('AuthConfigInput', {
  description: 'What is left out stays as it is.',
  fields: (t) => ({
    requireEmailVerification: t.boolean({ description: 'Needs a mail provider.' }),
    passwordMinLength: t.int({ description: '4 to 128.' }),
    requireNumber: t.boolean(),
    requireLowercase: t.boolean(),
    requireUppercase: t.boolean(),
    requireSpecialChar: t.boolean(),
    verifyEmailMethod: t.string({ description: '`code` or `link`.' }),
    resetPasswordMethod: t.string({ description: '`code` or `link`.' }),
    allowedRedirectUrls: t.stringList({ description: '`*`, `**`, `?` and `[...]` in host and path are globs.' }),
    disableSignup: t.boolean(),
  }),
});
type PublicConfig = Omit<AuthConfigRow, 'id' | 'allowedRedirectUrls' | 'createdAt' | 'updatedAt'>;
const PublicAuthConfig = builder.objectRef<PublicConfig>('PublicAuthConfig').implement({
  description: 'What a sign-in page needs to know.',
  fields: (t) => ({
    requireEmailVerification: t.exposeBoolean('requireEmailVerification'),
    passwordMinLength: t.exposeInt('passwordMinLength'),
    requireNumber: t.exposeBoolean('requireNumber'),
    requireLowercase: t.exposeBoolean('requireLowercase'),
    requireUppercase: t.exposeBoolean('requireUppercase'),
    requireSpecialChar: t.exposeBoolean('requireSpecialChar'),
    verifyEmailMethod: t.exposeString('verifyEmailMethod'),
    resetPasswordMethod: t.exposeString('resetPasswordMethod'),
    disableSignup: t.exposeBoolean('disableSignup'),
  }),
});

const ProjectKeys = builder.objectRef<object>('ProjectKeys').implement({
  description: "The project's own credentials.",
  fields: (t) => ({
    apiKey: t.string({
      description: 'Opens everything; for servers only.',
      resolve: (_keys, _args, { rooms, call }) => rooms.auth.projectKey(call, 'apiKey'),
    }),
    anonKey: t.string({
      description: 'What an application ships with; opens what policies allow to `anon`.',
      resolve: (_keys, _args, { rooms, call }) => rooms.auth.projectKey(call, 'anonKey'),
    }),
    projectId: t.string({
      nullable: true,
      resolve: (_keys, _args, { rooms, call }) => rooms.auth.projectIdOf(call),
    }),
  }),
});
const RotatedKey = builder.objectRef<{ key: string; oldKeyExpiresAt: Date }>('RotatedKey').implement({
  fields: (t) => ({
    key: t.exposeString('key', { description: 'The new key.' }),
    oldKeyExpiresAt: t.expose('oldKeyExpiresAt', {
      type: 'DateTime',
      description: 'Until then the old key works too.',
    }),
  }),
});

builder.queryFields((t) => ({
  authConfig: t.field({
    type: AuthConfig,
    nullable: true,
    description: 'How accounts behave: password rules, verification, sign-up switch. Admins.',
    resolve: (_root, _args, { rooms, call }) => rooms.auth.config(call),
  }),
  publicAuthConfig: t.field({
    type: PublicAuthConfig,
    nullable: true,
    description: 'What a sign-in page needs to know. Needs no credential.',
    resolve: (_root, _args, { rooms }) => rooms.auth.publicConfig(),
  }),
  projectKeys: t.field({
    type: ProjectKeys,
    nullable: true,
    description: "The project's own credentials, in clear. Admins.",
    resolve: () => ({}),
  }),
}));

builder.mutationFields((t) => ({
  updateAuthConfig: t.field({
    type: AuthConfig,
    nullable: true,
    description: 'Changes how accounts behave; answers the whole configuration. Admins.',
    args: { input: t.arg({ type: AuthConfigInput, required: true }) },
    resolve: (_root, { input }, { rooms, call }) => rooms.auth.updateConfig(call, input),
  }),
  rotateApiKey: t.field({
    type: RotatedKey,
    nullable: true,
    description: 'Makes a new API key; the old one works until its grace period ends. Admins.',
    args: { gracePeriodHours: t.arg.int({ description: '0 to 168, 24 if not given.' }) },
    resolve: (_root, { gracePeriodHours }, { rooms, call }) =>
      rooms.auth.rotateKey(call, 'apiKey', { gracePeriodHours: gracePeriodHours ?? undefined }),
  }),
  rotateAnonKey: t.field({
    type: RotatedKey,
    nullable: true,
    description: 'Makes a new anon key; the old one works until its grace period ends. Admins.',
    args: { gracePeriodHours: t.arg.int({ description: '0 to 720, 168 if not given.' }) },
    resolve: (_root, { gracePeriodHours }, { rooms, call }) =>
      rooms.auth.rotateKey(call, 'anonKey', { gracePeriodHours: gracePeriodHours ?? undefined }),
  }),
}));
