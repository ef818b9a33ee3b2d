import { randomBytes, randomInt } from 'node:crypto';
import { Prisma } from '../../prisma/generated/client/client.ts';
import { type Call, requireAdmin } from '../core/call.ts';
import { appError } from '../core/errors.ts';
import type { AccessKey } from './domain.ts';
import type { StorageDeps } from './engine.ts';
import { invalidParameter } from './names.ts';

/** Without the secret, which is shown once. */
export interface AccessKeyInfo {
  id: string;
  accessKeyId: string;
  description: string | null;
  /** Null: every bucket. */
  buckets: readonly string[] | null;
  isReadOnly: boolean;
  expiresAt: Date | null;
  createdAt: Date;
  lastUsedAt: Date | null;
}
export interface AccessKeyInput {
  description?: string | null | undefined;
  buckets?: readonly string[] | null | undefined;
  isReadOnly?: boolean | undefined;
  expiresAt?: Date | null | undefined;
}

/** Of managing keys, for each address, before anything is believed. */
export const keyWindow = { points: 20, durationSeconds: 15 * 60 };
const maxKeys = 50;
const rememberMs = 2_000;
const touchEveryMs = 60_000;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const contextOf = (accessKeyId: string) => `storage.s3_access_keys/${accessKeyId}`;
const shown = {
  id: true,
  accessKeyId: true,
  description: true,
  buckets: true,
  isReadOnly: true,
  expiresAt: true,
  createdAt: true,
  lastUsedAt: true,
} as const;

/** Credentials for the S3 gateway. Secrets are sealed reversibly, since checking a signature needs them. */
export function createAccessKeys({ db, inTx, vault, bus, now, rateLimiters }: StorageDeps) {
  const limiter = rateLimiters('storage.keys', keyWindow);
  const remembered = new Map<string, { key: AccessKey | null; touchedAtMs: number; untilMs: number }>();
  bus.on('storage.accessKey.revoked', ({ accessKeyId }) => remembered.delete(accessKeyId));
  return { createAccessKey, listAccessKeys, revokeAccessKey, findAccessKey };

  /** Errors: TOO_MANY_REQUESTS, as requireAdmin, S3_ACCESS_KEY_LIMIT_EXCEEDED, STORAGE_INVALID_PARAMETER. */
  async function createAccessKey(
    call: Call,
    { description, buckets, isReadOnly = false, expiresAt = null }: AccessKeyInput,
  ): Promise<AccessKeyInfo & { secretAccessKey: string }> {
    await limiter.take(call.ip);
    requireAdmin(call);
    if (expiresAt && expiresAt <= now()) throw invalidParameter('expiresAt must be in the future');
    const accessKeyId = `INSF${Array.from({ length: 16 }, () => alphabet[randomInt(36)]).join('')}`;
    const secretAccessKey = randomBytes(30).toString('base64url');
    const data = {
      accessKeyId,
      secretAccessKeyEncrypted: vault.seal(secretAccessKey, contextOf(accessKeyId)),
      description: description?.trim() || null,
      buckets: buckets ? [...buckets] : Prisma.DbNull,
      isReadOnly,
      expiresAt,
    };
    const info = await inTx(call, async (tx) => {
      // Counting and adding are one step: writers wait for each other.
      await tx.db.$executeRaw`LOCK TABLE storage.s3_access_keys IN SHARE ROW EXCLUSIVE MODE`;
      if ((await tx.db.s3AccessKey.count()) >= maxKeys) throw limitExceeded();
      const row = await tx.db.s3AccessKey.create({ data, select: shown });
      const details = { buckets: buckets ?? null, isReadOnly, expiresAt };
      await tx.audit({ module: 'STORAGE', action: 'CREATE_S3_ACCESS_KEY', subject: accessKeyId, details });
      return row;
    });
    return { ...toInfo(info), secretAccessKey };
  }

  /** Newest first. Errors: TOO_MANY_REQUESTS, as requireAdmin. */
  async function listAccessKeys(call: Call): Promise<AccessKeyInfo[]> {
    await limiter.take(call.ip);
    requireAdmin(call);
    const rows = await db.s3AccessKey.findMany({ select: shown, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] });
    return rows.map(toInfo);
  }

  /** Stops at once here, and within two seconds on every node. Errors: TOO_MANY_REQUESTS, as requireAdmin, S3_ACCESS_KEY_NOT_FOUND. */
  async function revokeAccessKey(call: Call, id: string): Promise<void> {
    await limiter.take(call.ip);
    requireAdmin(call);
    await inTx(call, async (tx) => {
      const row = isUuid(id) ? await tx.db.s3AccessKey.findUnique({ where: { id }, select: shown }) : null;
      const { count } = row ? await tx.db.s3AccessKey.deleteMany({ where: { id } }) : { count: 0 };
      if (!row || count === 0) throw keyNotFound(id);
      await tx.audit({ module: 'STORAGE', action: 'DELETE_S3_ACCESS_KEY', subject: row.accessKeyId });
      tx.emit('storage.accessKey.revoked', { accessKeyId: row.accessKeyId });
    });
  }

  /** As ObjectDomain.findAccessKey. */
  async function findAccessKey(call: Call, accessKeyId: string): Promise<AccessKey | null> {
    const nowMs = now().getTime();
    const known = remembered.get(accessKeyId);
    const entry = known && known.untilMs > nowMs ? known : await look(accessKeyId, nowMs, known?.touchedAtMs ?? 0);
    if (!entry.key || (entry.key.expiresAt && entry.key.expiresAt.getTime() <= nowMs)) return null;
    if (nowMs - entry.touchedAtMs >= touchEveryMs) {
      entry.touchedAtMs = nowMs;
      await db.s3AccessKey
        .updateMany({ where: { accessKeyId }, data: { lastUsedAt: now() } })
        .catch((error: unknown) => {
          call.log.warn({ operation: 'storage.key.touch', err: error }, 'time of use not noted');
        });
    }
    return entry.key;
  }

  async function look(accessKeyId: string, nowMs: number, touchedAtMs: number) {
    const row = await db.s3AccessKey.findUnique({ where: { accessKeyId } });
    const key = row && {
      accessKeyId,
      secretAccessKey: vault.open(row.secretAccessKeyEncrypted, contextOf(accessKeyId)),
      scope: { buckets: row.buckets as readonly string[] | null, isReadOnly: row.isReadOnly },
      expiresAt: row.expiresAt,
    };
    const entry = {
      key,
      touchedAtMs: Math.max(touchedAtMs, row?.lastUsedAt?.getTime() ?? 0),
      untilMs: nowMs + rememberMs,
    };
    if (remembered.size > 1000) remembered.clear();
    // Unknown ids are not remembered: a key works from the moment it is made.
    if (key) remembered.set(accessKeyId, entry);
    return entry;
  }
}

const isUuid = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

const toInfo = (row: Omit<AccessKeyInfo, 'buckets'> & { buckets: unknown }): AccessKeyInfo => ({
  ...row,
  buckets: row.buckets as readonly string[] | null,
});

const limitExceeded = () =>
  appError({
    code: 'S3_ACCESS_KEY_LIMIT_EXCEEDED',
    status: 400,
    message: `A project has at most ${maxKeys} S3 access keys`,
    nextActions: 'Revoke a key that is no longer used.',
  });

const keyNotFound = (id: string) =>
  appError({
    code: 'S3_ACCESS_KEY_NOT_FOUND',
    status: 404,
    message: `S3 access key ${id} not found`,
    nextActions: 'List the keys to see their ids.',
  });
