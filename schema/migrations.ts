import type { DryRun } from '../src/database/migrations/dry-run.ts';
import type { Migration } from '../src/database/migrations/migrations.ts';
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
