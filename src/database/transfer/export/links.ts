import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Call, requireAdmin, type Viewer } from '../../../core/call.ts';
import { invalidToken } from '../../../core/errors.ts';
import type { createExport, ExportResult, ExportSink } from './export.ts';

export interface ExportLink {
  /** Path and query below the server's own address. */
  path: string;
  expiresAt: Date;
}

const lifetimeMs = 5 * 60_000;

/** Links that download one export without a credential, for a short time: for those who cannot take it inline. */
export function createExportLinks({
  exports,
  key,
  now,
}: {
  exports: ReturnType<typeof createExport>;
  key: string;
  now: () => Date;
}) {
  const sign = (payload: string) => createHmac('sha256', key).update(payload).digest('base64url');
  return { createExportLink, openExportLink };

  /** Errors: as requireAdmin, INVALID_INPUT. */
  async function createExportLink(call: Call, given: unknown): Promise<ExportLink> {
    const { kind, id } = requireAdmin(call);
    const expiresAt = new Date(now().getTime() + lifetimeMs);
    const claims = { input: exports.readExportInput(given), kind, id, expiresAt: expiresAt.getTime() };
    const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
    return { path: `/api/database/advance/export/download?token=${payload}.${sign(payload)}`, expiresAt };
  }

  /** Exports what the link was made for, in the name of who made it. Errors: AUTH_UNAUTHORIZED (not ours, expired), as exportDatabase. */
  async function openExportLink(call: Call, token: string, sink: ExportSink): Promise<ExportResult> {
    const claims = verified(token);
    const viewer: Viewer = { ...claims, role: 'project_admin', claims: { role: 'project_admin' } };
    return exports.exportDatabase({ ...call, viewer, credentialError: null }, claims.input, sink);
  }

  function verified(token: string): { input: unknown; kind: Viewer['kind']; id: string } {
    const [payload = '', signature = ''] = token.split('.');
    const [expected, got] = [Buffer.from(sign(payload)), Buffer.from(signature)];
    if (expected.length !== got.length || !timingSafeEqual(expected, got)) throw invalidToken();
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    if (claims.expiresAt <= now().getTime()) throw invalidToken();
    return claims;
  }
}
