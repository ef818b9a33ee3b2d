import type { Catalog, Relation } from '../../catalog/types.ts';
import { pgrst } from '../errors.ts';
import { mostSimilar } from './similar.ts';

/** Errors: PGRST106 (schema that is not exposed). */
export function checkSchema(catalog: Catalog, schema: string): string {
  if (catalog.schemas.includes(schema)) return schema;
  throw pgrst({
    status: 406,
    code: 'PGRST106',
    message: `Invalid schema: ${schema}`,
    hint: `Only the following schemas are exposed: ${catalog.schemas.join(', ')}`,
  });
}

/** Errors: PGRST106, PGRST205. */
export function findRelation(catalog: Catalog, { schema, name }: { schema: string; name: string }): Relation {
  const relation = catalog.relation(checkSchema(catalog, schema), name);
  if (relation) return relation;
  const names = [...catalog.relations(schema)].map((item) => item.name);
  const similar = mostSimilar(name, names, 0.75);
  throw pgrst({
    status: 404,
    code: 'PGRST205',
    message: `Could not find the table '${schema}.${name}' in the schema cache`,
    hint: similar && `Perhaps you meant the table '${schema}.${similar}'`,
  });
}
