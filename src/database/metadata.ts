import { type Call, requireAdmin } from '../core/call.ts';
import { notFound } from '../core/errors.ts';
import { checkIdentifier } from './rules.ts';
import { createRead, type StructureDeps, schemaOf } from './structure/ddl.ts';
import type { Introspection } from './structure/introspection.ts';
import { absentTable, readTableDetails } from './structure/table-detail.ts';

export type Metadata = ReturnType<typeof createMetadata>;

/** What one room tells of itself under its name in `/api/metadata`. */
export type Slice = (call: Call) => Promise<unknown>;

/** In the order that they are shown. */
const sliceNames = ['auth', 'database', 'storage', 'functions', 'realtime', 'compute', 'deployments'];

/** The whole backend in one answer, made for agents: MCP's get-backend-metadata and get-table-schema. For admins. */
export function createMetadata(
  deps: StructureDeps & {
    introspection: Introspection;
    /** Of the rooms that there are; the others' keys are absent. */
    slices: Readonly<Record<string, Slice>>;
    /** The version whose wire we keep. */
    version: string;
  },
) {
  const read = createRead(deps);
  const slices: Readonly<Record<string, Slice>> = { ...deps.slices, database };
  return { whole, slice, isSlice, table };

  /** Every slice and the version. Errors: as requireAdmin. */
  async function whole(call: Call): Promise<Record<string, unknown>> {
    requireAdmin(call);
    const answer: Record<string, unknown> = {};
    for (const name of sliceNames) {
      const tell = slices[name];
      if (tell) answer[name] = await tell(call);
    }
    return { ...answer, version: deps.version };
  }

  /** Whether the name is a slice's, present or not: then it is no table's. */
  function isSlice(name: string): boolean {
    return sliceNames.includes(name);
  }

  /** Errors: NOT_FOUND (a room that is not there). */
  async function slice(call: Call, name: string): Promise<unknown> {
    requireAdmin(call);
    const tell = slices[name];
    if (!tell) throw notFound('metadata', name);
    return tell(call);
  }

  async function database(call: Call) {
    const tables = await deps.introspection.countTables(call, {});
    const bytes = await read(call, async (client) => {
      const { rows } = await client.query<{ bytes: string }>('SELECT pg_database_size(current_database()) AS bytes');
      return Number(rows[0]?.bytes);
    });
    return {
      tables,
      totalSizeInGB: bytes / 1024 ** 3,
      hint: 'For the columns, keys, policies and triggers of a table use get-table-schema with its name.',
    };
  }

  /** Contract §6.2, keyed by the table's name. A table that does not exist answers too, with `exists: false`. */
  async function table(call: Call, { schema: place, tableName }: { schema?: unknown; tableName: string }) {
    const target = { schema: schemaOf(call, { schema: place }), tables: [checkIdentifier(tableName, 'table')] };
    const details = await read(call, (client) => readTableDetails(client, target));
    const detail = Object.hasOwn(details, tableName) ? details[tableName] : undefined;
    return { [tableName]: detail ? { ...detail, rows: [] } : absentTable };
  }
}
