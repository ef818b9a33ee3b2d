import { join } from 'node:path';
import type { Logger } from 'pino';
import packageJson from '../package.json' with { type: 'json' };
import { createIdentify, type Identify } from './auth/identity.ts';
import { createProjectKeys, type ProjectKeys } from './auth/keys.ts';
import { createRevocations } from './auth/revocations.ts';
import { type Auth, createAuth } from './auth/service.ts';
import { createSigning, type Signing } from './auth/signing.ts';
import type { Config } from './config.ts';
import { type Audit, createAudit } from './core/audit.ts';
import { createLocalBus } from './core/bus.ts';
import type { Bus } from './core/events.ts';
import { createInTx, type InTx } from './core/in-tx.ts';
import type { KeptSecrets } from './core/kept-secrets.ts';
import { createInAdminTx, type InAdminTx } from './core/postgres/admin-tx.ts';
import { createDb, type Db } from './core/postgres/catalog-db.ts';
import { createPools, type Pools } from './core/postgres/pools.ts';
import { prepareDatabase } from './core/postgres/prepare.ts';
import { createLocalRateLimiters, type RateLimiters } from './core/rate-limit.ts';
import { Secret } from './core/secret.ts';
import { createSecretStore } from './core/secret-store.ts';
import { createVault } from './core/vault.ts';
import { createSchemaCache, type SchemaCache } from './database/catalog/catalog.ts';
import { listenForReload } from './database/catalog/listen.ts';
import { createHub } from './database/changes/hub.ts';
import type { ChangeFeed } from './database/changes/provider.ts';
import { logicalDecodingFeed } from './database/changes/providers/logical-decoding.ts';
import { createRunAs } from './database/changes/run-as.ts';
import { type Changes, createChanges } from './database/changes/service.ts';
import { createRows, type Rows } from './database/rows/rows.ts';
import { createDatabase, type Database } from './database/service.ts';
import { openBlobStore } from './storage/providers/index.ts';
import { createStorage, type Storage } from './storage/service.ts';

/** What the rooms stand on; a test swaps one part. */
export interface Parts {
  bus: Bus;
  rateLimiters: RateLimiters;
  now: () => Date;
  /** Null: logical decoding of the database itself. */
  changeFeed: ChangeFeed | null;
}

/** The verbs that faces call, by room. */
export interface Rooms {
  /** False while the database does not answer. */
  isReady: () => Promise<boolean>;
  health: () => { status: 'ok'; version: string; timestamp: Date };
  audit: Audit;
  auth: Auth;
  changes: Changes;
  keys: ProjectKeys;
  signing: Signing;
  rows: Rows;
  schemaCache: SchemaCache;
  database: Database;
  storage: Storage;
}

export interface App extends AsyncDisposable {
  config: Config;
  log: Logger;
  bus: Bus;
  db: Db;
  pools: Pools;
  rooms: Rooms;
  identify: Identify;
  now: () => Date;
  /** Authenticates the continuation tokens that the S3 gateway hands out. */
  s3TokenKey: Buffer;
}

/** The composition root: reads top to bottom in dependency order. Dispose ends it all in reverse. */
export async function createApp(input: {
  config: Config;
  kept: KeptSecrets;
  databaseUrl: string;
  log: Logger;
  overrides?: Partial<Parts>;
}): Promise<App> {
  const { config, kept, databaseUrl, log } = input;
  const parts: Parts = {
    bus: createLocalBus(),
    rateLimiters: createLocalRateLimiters(),
    now: () => new Date(),
    changeFeed: null,
    ...input.overrides,
  };
  const { bus, now } = parts;
  await using resources = new AsyncDisposableStack();

  const vault = createVault(kept.encryption);
  const authenticatorPassword = new Secret(vault.derive('authenticator'));
  await prepareDatabase(databaseUrl, authenticatorPassword);
  const pools = createPools({ url: databaseUrl, authenticatorPassword, dataPoolSize: config.database.poolSize, log });
  resources.defer(async () => {
    await Promise.all([pools.data.end(), pools.system.end()]);
  });
  const db = createDb(pools.system);
  resources.defer(() => db.$disconnect());
  const inTx: InTx = createInTx({ db, bus });
  const inAdminTx: InAdminTx = createInAdminTx({ pool: pools.data, bus });

  const audit = createAudit({ db, bus });
  const secrets = createSecretStore({ db, vault, now });
  const keys = await createProjectKeys({ secrets, seeds: config.keys, now });
  const signing = await createSigning({ secrets, jwtSecret: kept.jwt, now });
  const revocations = resources.use(await createRevocations({ db, bus, now }));
  const identify = createIdentify({ keys, signing, refusal: revocations.refusal });
  const auth = createAuth({
    db,
    inTx,
    signing,
    now,
    rateLimiters: parts.rateLimiters,
    admin: { username: config.admin.username, password: kept.adminPassword },
    canSendMail: async () => false,
    keys,
    secrets,
    projectId: config.projectId,
  });

  const schemaCache = createSchemaCache({ pool: pools.system, log, ...config.database });
  const listener = resources.use(listenForReload({ url: pools.url, reload: schemaCache.reload, log }));
  await Promise.all([listener.ready, schemaCache.reload()]);
  const rows = createRows({ pool: pools.data, cache: schemaCache, settings: config.database, bus });

  const feed = parts.changeFeed ?? logicalDecodingFeed({ pool: pools.system, url: pools.url, log });
  const { statementTimeoutMs, exposedSchemas } = config.database;
  const hub = resources.use(createHub({ feed, runAs: createRunAs({ pool: pools.data, statementTimeoutMs }), log }));
  const changes = createChanges({ hub, feed, pool: pools.system, exposedSchemas });

  const { provider, isPresigning, maxObjectBytes, region, gatewayBaseUrl } = config.storage;
  const storage = createStorage({
    ...{ db, inTx, pools, bus, vault, now, log, isPresigning, maxObjectBytes, rateLimiters: parts.rateLimiters },
    store: await openBlobStore(provider, now),
    maxFileBytes: config.http.maxFileBytes,
    gateway: { baseUrl: gatewayBaseUrl ?? config.http.publicUrl, region },
    publicUrl: config.http.publicUrl,
    renditions: { dir: join(config.dataDir, 'renditions'), maxCacheBytes: 256 * 1024 ** 2 },
    inAdminTx,
  });
  resources.use(storage.sweeper.start());

  const database = createDatabase({
    bus,
    db,
    inTx,
    inAdminTx,
    inSystemTx: createInAdminTx({ pool: pools.system, bus, role: null }),
    timeoutMs: config.database.statementTimeoutMs.project_admin,
    rateLimiters: parts.rateLimiters,
    maxFileBytes: config.http.maxFileBytes,
    exportLinkKey: vault.derive('export-links'),
    now,
    afterDdl: () => schemaCache.reload(),
    slices: {
      auth: async (call) => {
        const { allowedRedirectUrls } = await auth.config(call);
        return { ...(await auth.publicConfig()), allowedRedirectUrls };
      },
      storage: storage.metadata,
    },
  });

  const health: Rooms['health'] = () => ({ status: 'ok', version: packageJson.version, timestamp: now() });
  const isReady = () =>
    pools.system.query('SELECT 1').then(
      () => true,
      () => false,
    );
  const rooms: Rooms = { isReady, health, audit, auth, changes, keys, signing, rows, schemaCache, database, storage };
  const owned = resources.move();
  const s3TokenKey = Buffer.from(vault.derive('s3.listing'));
  return {
    config,
    log,
    bus,
    db,
    pools,
    rooms,
    identify,
    now,
    s3TokenKey,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
