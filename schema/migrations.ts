import type { DriftChange, FileStatus } from '../src/database/migrations/drift.ts';
import type { DryRun } from '../src/database/migrations/dry-run.ts';
import type { Drift, Migration } from '../src/database/migrations/migrations.ts';
import type { RiskFactor } from '../src/database/migrations/risk.ts';
import { builder } from './builder.ts';

const MigrationType = builder.objectRef<Migration>('Migration').implement({
  description: "One applied migration of the project's own tables.",
  fields: (t) => ({
    version: t.exposeString('version', { description: 'Digits, compared as a number.' }),
    name: t.exposeString('name'),
    statements: t.exposeStringList('statements', { description: 'The SQL, one statement each.' }),
    checksum: t.exposeString('checksum', { description: 'SHA-256 of the SQL as it was sent, 64 hex digits.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

const MigrationRisk = builder.objectRef<RiskFactor>('MigrationRisk').implement({
  description: 'Something about a migration that deserves a look before it is applied.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description:
        '`DESTRUCTIVE_DATA_LOSS`, `SCHEMA_BREAKING_CHANGE`, `GUARD_VIOLATION`, `EMPTY_SQL` or `SYNTAX_OR_EXECUTION_ERROR`.',
    }),
    description: t.exposeString('description'),
    level: t.exposeString('level', { description: '`WARNING` or `DANGER`.' }),
    statement: t.exposeString('statement', { nullable: true, description: 'Null when it is about the whole script.' }),
  }),
});

const MigrationDryRun = builder.objectRef<DryRun>('MigrationDryRun').implement({
  description: 'What a migration would do; it was run and rolled back.',
  fields: (t) => ({
    isValid: t.exposeBoolean('valid'),
    statements: t.exposeStringList('statements'),
    riskLevel: t.exposeString('riskLevel', { description: '`SAFE`, `WARNING` or `DANGER`.' }),
    riskFactors: t.field({ type: [MigrationRisk], resolve: (report) => report.riskFactors }),
    error: t.exposeString('error', { nullable: true, description: 'Why it would fail.' }),
  }),
});

type Outcome = { migration: Migration | null; dryRun: DryRun | null };
const ApplyMigrationPayload = builder.objectRef<Outcome>('ApplyMigrationPayload').implement({
  fields: (t) => ({
    migration: t.field({
      type: MigrationType,
      nullable: true,
      description: 'Null for a dry run.',
      resolve: (outcome) => outcome.migration,
    }),
    dryRun: t.field({
      type: MigrationDryRun,
      nullable: true,
      description: 'Only for a dry run.',
      resolve: (outcome) => outcome.dryRun,
    }),
  }),
});

builder.queryField('migrations', (t) =>
  t.field({
    type: [MigrationType],
    nullable: true,
    description: 'The applied migrations, newest version first. Admins.',
    resolve: (_root, _args, { rooms, call }) => rooms.database.migrations.list(call),
  }),
);

builder.mutationField('applyMigration', (t) =>
  t.field({
    type: ApplyMigrationPayload,
    nullable: true,
    description: 'Runs a migration as one transaction, or with `dryRun` tells what it would do. Admins.',
    args: {
      version: t.arg.string({ required: true, description: 'Digits; higher than the latest applied.' }),
      name: t.arg.string({ required: true, description: 'Lowercase letters, digits and hyphens.' }),
      sql: t.arg.string({ required: true }),
      dryRun: t.arg.boolean({ defaultValue: false }),
    },
    resolve: async (_root, { dryRun, ...migration }, { rooms, call }): Promise<Outcome> => {
      const { migrations } = rooms.database;
      if (dryRun) return { migration: null, dryRun: await migrations.rehearse(call, migration) };
      return { migration: await migrations.apply(call, migration), dryRun: null };
    },
  }),
);

const MigrationDriftChange = builder.objectRef<DriftChange>('MigrationDriftChange').implement({
  description: 'An object of `public` that is not as the latest migration left it.',
  fields: (t) => ({
    object: t.exposeString('object', { description: 'What it is and its name: `table public.posts`.' }),
    change: t.exposeString('change', { description: '`added`, `changed` or `removed`.' }),
  }),
});

const MigrationFileStatus = builder.objectRef<FileStatus>('MigrationFileStatus').implement({
  description: 'Where a migration file stands.',
  fields: (t) => ({
    version: t.exposeString('version'),
    status: t.exposeString('status', {
      description: '`applied`; `changed`: another text was applied; `pending`; `missing`: only the database has it.',
    }),
  }),
});

const MigrationDrift = builder.objectRef<Drift>('MigrationDrift').implement({
  description: 'How the database stands to its migrations.',
  fields: (t) => ({
    since: t.exposeString('since', { nullable: true, description: 'The latest migration; null when there is none.' }),
    changes: t.field({ type: [MigrationDriftChange], resolve: (drift) => drift.changes }),
    files: t.field({ type: [MigrationFileStatus], resolve: (drift) => drift.files }),
  }),
});

const MigrationFile = builder.inputType('MigrationFileInput', {
  fields: (t) => ({ version: t.string({ required: true }), sql: t.string({ required: true }) }),
});

builder.queryField('migrationDrift', (t) =>
  t.field({
    type: MigrationDrift,
    nullable: true,
    description: 'What was changed in `public` by other means since the latest migration. Admins.',
    args: { files: t.arg({ type: [MigrationFile], description: 'The migrations you have, to be compared.' }) },
    resolve: (_root, { files }, { rooms, call }) =>
      rooms.database.migrations.drift(call, files ? { migrations: files } : {}),
  }),
);
