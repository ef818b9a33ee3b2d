import './scalars.ts';
import './audit.ts';
import './users.ts';
import './auth.ts';
import './record-changes.ts';
import './sql.ts';
import './migrations.ts';
import './export.ts';
import './records.ts';
import './auth-admin.ts';
import './server.ts';
import './advisor.ts';
import './structure.ts';
import './table-changes.ts';
import './storage.ts';
import './storage-admin.ts';
import './storage-objects.ts';
import './storage-transfers.ts';
import './tables.ts';
import { builder } from './builder.ts';

/** The whole graph. Each import above declares one room's part of it. */
export const schema = builder.toSchema();
