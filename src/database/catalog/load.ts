import { createHash } from 'node:crypto';
import type pg from 'pg';
import { viewOrigins } from './lineage.ts';
import {
  type ForeignKeyRow,
  type FunctionRow,
  foreignKeysSql,
  functionsSql,
  type KeyRow,
  keysSql,
  type RelationRow,
  type RoleSettingRow,
  type RowTypeRow,
  relationsSql,
  roleSettingsSql,
  rowTypesSql,
  type SchemaRow,
  schemasSql,
  type ViewRow,
  viewsSql,
} from './queries.ts';
import {
  type Carrier,
  computedRelationships,
  directRelationships,
  type ForeignKey,
  junctionRelationships,
} from './relationships.ts';
import type { Catalog, CatalogFunction, Relation, Relationship } from './types.ts';

export interface LoadOptions {
  /** Null means every schema that is not the platform's. */
  exposedSchemas: readonly string[] | null;
  extraSearchPath: readonly string[];
  generation: number;
}

/** Reads the whole schema in one snapshot. */
export async function loadCatalog(client: pg.ClientBase, options: LoadOptions): Promise<Catalog> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    await client.query(`SELECT set_config('search_path', '', true), set_config('statement_timeout', '30000', true)`);
    const read = async <R extends object>(sql: string, values: unknown[] = []) =>
      (await client.query<R>(sql, values)).rows;
    const schemas = (await read<SchemaRow>(schemasSql, [options.exposedSchemas])).map(({ name }) => name);
    const raw = {
      relations: await read<RelationRow>(relationsSql),
      keys: await read<KeyRow>(keysSql),
      foreignKeys: await read<ForeignKeyRow>(foreignKeysSql),
      views: await read<ViewRow>(viewsSql),
      functions: await read<FunctionRow>(functionsSql, [[...schemas, ...options.extraSearchPath]]),
      rowTypes: await read<RowTypeRow>(rowTypesSql),
      roleSettings: await read<RoleSettingRow>(roleSettingsSql),
    };
    return buildCatalog(schemas, raw, options.generation);
  } finally {
    await client.query('ROLLBACK');
  }
}

interface Raw {
  relations: RelationRow[];
  keys: KeyRow[];
  foreignKeys: ForeignKeyRow[];
  views: ViewRow[];
  functions: FunctionRow[];
  rowTypes: RowTypeRow[];
  roleSettings: RoleSettingRow[];
}

function buildCatalog(schemas: string[], raw: Raw, generation: number): Catalog {
  const carriersOf = viewCarriers(raw);
  const byOid = buildRelations(raw, carriersOf);
  const resolved = (base: Relation): Carrier[] =>
    [{ oid: base.oid, names: (column: string) => [column] }, ...(carriersOf.get(base.oid) ?? [])].flatMap(
      ({ oid, names }) => {
        const relation = byOid.get(oid);
        return relation ? [{ relation, base, names }] : [];
      },
    );
  const exposed = new Set(schemas);
  const direct = directRelationships(buildForeignKeys(raw, byOid), resolved);
  const functions = raw.functions.map(buildFunction);
  const rowTypes = new Map(raw.rowTypes.map(({ type, relation }) => [type, byOid.get(relation)]));
  const computed = computedRelationships(
    raw.functions.flatMap((row, at) => {
      const argument = row.parameters.length === 1 ? rowTypes.get(row.parameters[0]?.typeOid ?? '') : undefined;
      const fn = functions[at];
      return argument && fn ? [{ fn, argument }] : [];
    }),
    byOid,
  );
  const edges = [...direct, ...junctionRelationships(direct, ({ schema }) => exposed.has(schema)), ...computed];
  const relationsBySchema = groupByTwo([...byOid.values()].filter(({ schema }) => exposed.has(schema)));
  const functionsBySchema = new Map<string, Map<string, CatalogFunction[]>>();
  for (const fn of functions) {
    const named = functionsBySchema.get(fn.schema) ?? new Map<string, CatalogFunction[]>();
    named.set(fn.name, [...(named.get(fn.name) ?? []), fn]);
    functionsBySchema.set(fn.schema, named);
  }
  const edgesBySource = Map.groupBy<Relation, Relationship>(edges, ({ source }) => source);
  const settings = Map.groupBy(raw.roleSettings, ({ role }) => role);
  return {
    generation,
    fingerprint: createHash('sha1').update(JSON.stringify(raw)).digest('base64'),
    schemas,
    relation: (schema, name) => relationsBySchema.get(schema)?.get(name),
    relations: (schema) => relationsBySchema.get(schema)?.values() ?? [],
    relationships: (relation) => edgesBySource.get(relation) ?? [],
    functions: (schema, name) => (exposed.has(schema) ? (functionsBySchema.get(schema)?.get(name) ?? []) : []),
    functionNames: (schema) => functionsBySchema.get(schema)?.keys() ?? [],
    roleSettings: (role) => (settings.get(role) ?? []).map(({ setting }) => splitSetting(setting)),
  };
}

function groupByTwo(relations: readonly Relation[]): Map<string, Map<string, Relation>> {
  const bySchema = new Map<string, Map<string, Relation>>();
  for (const relation of relations) {
    const named = bySchema.get(relation.schema) ?? new Map<string, Relation>();
    named.set(relation.name, relation);
    bySchema.set(relation.schema, named);
  }
  return bySchema;
}

type ViewCarrier = { oid: string; names: (column: string) => readonly string[] };

/** For each base relation the views over it, however many views lie between. */
function viewCarriers(raw: Raw): Map<string, ViewCarrier[]> {
  const columnNames = new Map(
    raw.relations.map((row) => [row.oid, new Map(row.columns.map((c) => [c.number, c.name]))]),
  );
  const origins = new Map(raw.views.map(({ oid, tree }) => [oid, viewOrigins(tree)]));
  const resolve = (relation: string, column: number, depth = 0): { relation: string; column: number } | null => {
    const view = origins.get(relation);
    if (!view) return { relation, column };
    const next = view.get(column);
    return next && depth < 64 ? resolve(next.relation, next.column, depth + 1) : null;
  };
  const carriers = new Map<string, ViewCarrier[]>();
  for (const [oid, view] of origins) {
    const namesByBase = new Map<string, Map<string, string[]>>();
    for (const column of view.keys()) {
      const base = resolve(oid, column);
      const baseName = base && columnNames.get(base.relation)?.get(base.column);
      const name = columnNames.get(oid)?.get(column);
      if (!base || !baseName || !name) continue;
      const names = namesByBase.get(base.relation) ?? new Map<string, string[]>();
      names.set(baseName, [...(names.get(baseName) ?? []), name]);
      namesByBase.set(base.relation, names);
    }
    for (const [base, names] of namesByBase) {
      const carrier = { oid, names: (column: string) => names.get(column) ?? [] };
      carriers.set(base, [...(carriers.get(base) ?? []), carrier]);
    }
  }
  return carriers;
}

const kinds = { r: 'table', p: 'table', v: 'view', m: 'materializedView', f: 'foreignTable' } as const;

function buildRelations(raw: Raw, carriers: ReadonlyMap<string, ViewCarrier[]>): Map<string, Relation> {
  const primary = new Map(raw.keys.filter((key) => key.isPrimary).map((key) => [key.relation, key.columns]));
  const inherited = new Map<string, string[]>();
  for (const [base, columns] of primary) {
    for (const { oid, names } of carriers.get(base) ?? []) {
      const shown = columns.map((column) => names(column)[0]);
      if (shown.every((name) => name !== undefined)) inherited.set(oid, shown);
    }
  }
  return new Map(
    raw.relations.map((row) => [
      row.oid,
      {
        oid: row.oid,
        schema: row.schema,
        name: row.name,
        kind: kinds[row.relkind],
        columns: new Map(row.columns.map(({ number: _, ...column }) => [column.name, column])),
        primaryKey: primary.get(row.oid) ?? inherited.get(row.oid) ?? [],
        isInsertable: (row.updatable & 8) !== 0,
        isUpdatable: (row.updatable & 4) !== 0,
        isDeletable: (row.updatable & 16) !== 0,
      },
    ]),
  );
}

function buildForeignKeys(raw: Raw, byOid: ReadonlyMap<string, Relation>): ForeignKey[] {
  const uniqueKeys = new Set(
    raw.keys.map(({ relation, columns }) => `${relation} ${JSON.stringify(columns.toSorted())}`),
  );
  return raw.foreignKeys.flatMap((row) => {
    const source = byOid.get(row.source);
    const target = byOid.get(row.target);
    if (!source || !target) return [];
    const held = JSON.stringify(row.columns.map(([column]) => column).toSorted());
    return [
      { name: row.name, source, target, columns: row.columns, isUnique: uniqueKeys.has(`${row.source} ${held}`) },
    ];
  });
}

const volatilities = { v: 'volatile', s: 'stable', i: 'immutable' } as const;

const buildFunction = (row: FunctionRow): CatalogFunction => ({
  schema: row.schema,
  name: row.name,
  parameters: row.parameters.map(({ typeOid: _, ...parameter }) => parameter),
  returns: {
    kind: row.returnKind,
    type: row.returnType,
    baseType: row.returnBaseType,
    isSet: row.isSet,
    relationOid: row.returnRelation,
    isOneRow: row.rows === 1,
    media:
      row.returnDomain !== null && /^(?:\*|[\w.+-]+)\/(?:\*|[\w.+-]+)$/.test(row.returnDomain)
        ? { type: row.returnDomain.toLowerCase(), isBinary: row.returnDomainBase === 'bytea' }
        : null,
    columns: row.outColumns,
  },
  volatility: volatilities[row.volatility],
  settings: (row.settings ?? []).map(splitSetting),
});

function splitSetting(setting: string): readonly [string, string] {
  const at = setting.indexOf('=');
  return [setting.slice(0, at), setting.slice(at + 1)];
}
