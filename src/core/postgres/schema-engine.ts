import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import type * as Engine from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

const prismaDir = join(import.meta.dirname, '../../../prisma');
const migrationsDir = join(prismaDir, 'migrations');
const none = { externalTables: [], externalEnums: [] };

/** The one call we need; Node has it, the type libraries keep it with the browser's. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: Record<string, unknown> } }>;
};

/** Connections for the engine. It leaves the schema out of the names in the adapter's own one; the search path puts it back. */
export const createEnginePool = (url: string): pg.Pool =>
  new pg.Pool({ connectionString: url, options: '-c search_path=system' });

/**
 * Prisma Migrate's own engine, in process over the driver adapter: what the CLI does, with nothing to download.
 * Its bookkeeping table lives in the schema `system`, out of the project's sight.
 */
export async function openSchemaEngine(pool: pg.Pool): Promise<Engine.SchemaEngine> {
  const require = createRequire(import.meta.url);
  const glue: typeof Engine & { __wbg_set_wasm(exports: unknown): void } = await import(
    '@prisma/schema-engine-wasm/schema_engine_bg' as string
  );
  const path = require.resolve('@prisma/schema-engine-wasm/schema_engine_bg').replace(/\.js$/, '.wasm');
  const { instance } = await WebAssembly.instantiate(await readFile(path), { './schema_engine_bg.js': glue });
  glue.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
  const adapter = bindMigrationAwareSqlAdapterFactory(wholeScripts(pool));
  const files = await readSchemaFiles();
  const datamodels = files.map(({ path, content }): [string, string] => [path, content]);
  return glue.SchemaEngine.new({ datamodels }, () => undefined, adapter);
}

/**
 * Prisma's driver cuts a script at every semicolon, also inside function bodies. Sent whole, Postgres itself finds the
 * statements and runs each migration as one transaction.
 */
function wholeScripts(pool: pg.Pool): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaPg(pool, { schema: 'system' });
  const whole = <T extends Awaited<ReturnType<typeof factory.connect>>>(adapter: T): T => {
    const driver = adapter.underlyingDriver();
    const queryRaw: T['queryRaw'] = async (query) => {
      let letters: number[] = [];
      const client = {
        query: async (...args: unknown[]) => {
          const result = await (driver.query as (...args: unknown[]) => Promise<pg.QueryResult>).apply(driver, args);
          letters = takeLetters(result);
          return result;
        },
      };
      const result = await Object.getPrototypeOf(adapter).queryRaw.call(
        Object.create(adapter, { client: { value: client } }),
        query,
      );
      for (const at of letters) result.columnTypes[at] = ColumnTypeEnum.Character;
      return result;
    };
    const executeScript = async (script: string) => {
      await driver.query(script);
    };
    return Object.assign(adapter, { executeScript, queryRaw });
  };
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => whole(await factory.connect()),
    connectToShadowDb: async () => whole(await factory.connectToShadowDb()),
  };
}

/**
 * The driver does not know Postgres' internal one-letter type, which the catalog uses. Hides it from the driver as
 * text; answers at which positions it stood.
 */
function takeLetters({ fields }: pg.QueryResult): number[] {
  const letters = fields.flatMap((field, at) => (field.dataTypeID === pg.types.builtins.CHAR ? [at] : []));
  for (const at of letters) Object.assign(fields[at] ?? {}, { dataTypeID: pg.types.builtins.TEXT });
  return letters;
}

/** Applies what is missing, in order, each recorded in `system._prisma_migrations`. Returns the names applied. */
export async function applyMigrations(engine: Engine.SchemaEngine): Promise<string[]> {
  const { appliedMigrationNames } = await engine.applyMigrations({
    migrationsList: await readMigrations(),
    filters: none,
  });
  return appliedMigrationNames;
}

/** The SQL from the migrations to the schema files; empty text when they agree. Replays on a shadow database. */
export async function diffMigrations(engine: Engine.SchemaEngine): Promise<string> {
  const migrations = await readMigrations();
  const from = migrations.migrationDirectories.length
    ? ({ tag: 'migrations', ...migrations } as const)
    : ({ tag: 'empty' } as const);
  const to = { tag: 'schemaDatamodel', files: await readSchemaFiles() } as const;
  const { stdout } = await engine.diff({ from, to, script: true, exitCode: null, filters: none });
  return stdout ?? '';
}

/** Names of the migration folders, oldest first. */
export async function migrationNames(): Promise<string[]> {
  const entries = await readdir(migrationsDir, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

async function readSchemaFiles(): Promise<{ path: string; content: string }[]> {
  const names = (await readdir(prismaDir)).filter((name) => name.endsWith('.prisma')).sort();
  return Promise.all(names.map(async (path) => ({ path, content: await readFile(join(prismaDir, path), 'utf8') })));
}

async function readMigrations(): Promise<Engine.MigrationList> {
  const directories = (await migrationNames()).map(async (path) => ({
    path,
    migrationFile: {
      path: 'migration.sql',
      content: { tag: 'ok' as const, value: await readFile(join(migrationsDir, path, 'migration.sql'), 'utf8') },
    },
  }));
  return {
    baseDir: migrationsDir,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(directories),
  };
}
