import type { Catalog, CatalogFunction, Parameter, Relation } from '../../catalog/types.ts';
import { pgrst } from '../errors.ts';
import { mostSimilar } from './similar.ts';

/** What a request offers to a function. */
export interface CallArguments {
  /** Names given, in any order. */
  names: readonly string[];
  /** The kind of raw body that a single unnamed parameter could take; null for GET, forms and `columns`. */
  bodyKind: 'json' | 'text' | 'xml' | 'binary' | null;
}

const rawTypes: Readonly<Record<string, readonly string[]>> = {
  json: ['json', 'jsonb'],
  text: ['text'],
  xml: ['xml'],
  binary: ['bytea'],
};

export interface ChosenFunction {
  fn: CatalogFunction;
  /** The whole body is its one unnamed argument. */
  takesWhole: boolean;
}

/** The overload that the given names fit (contract/postgrest.md §13.2, §13.4). Errors: PGRST202, PGRST203. */
export function chooseFunction(
  catalog: Catalog,
  target: { schema: string; name: string },
  args: CallArguments,
): ChosenFunction {
  const all = catalog.functions(target.schema, target.name).filter(isCallable);
  const onlyRaw = args.bodyKind !== null && args.bodyKind !== 'json';
  const named = onlyRaw ? [] : all.filter((fn) => fits(fn, args.names));
  const exact = named.length > 1 ? named.filter((fn) => fn.parameters.length === args.names.length) : named;
  const found = exact.length === 1 ? exact : named;
  const [only] = found;
  if (found.length === 1 && only) return { fn: only, takesWhole: false };
  if (found.length > 1) throw ambiguous(found);
  const types = args.bodyKind === null ? [] : (rawTypes[args.bodyKind] ?? []);
  const whole = all.filter((fn) => isUnnamed(fn) && types.includes(fn.parameters[0]?.type ?? ''));
  const [raw] = whole;
  if (raw) return { fn: raw, takesWhole: true };
  throw notFound(catalog, target, args, all);
}

const isUnnamed = (fn: CatalogFunction) => fn.parameters.length === 1 && fn.parameters[0]?.name === '';
const isCallable = (fn: CatalogFunction) => isUnnamed(fn) || fn.parameters.every(({ name }) => name !== '');

function fits(fn: CatalogFunction, names: readonly string[]): boolean {
  if (isUnnamed(fn)) return false;
  const given = new Set(names);
  const known = new Set(fn.parameters.map(({ name }) => name));
  return (
    names.every((name) => known.has(name)) &&
    fn.parameters.every((p) => given.has(p.name) || !p.isRequired || p.isVariadic)
  );
}

function ambiguous(found: readonly CatalogFunction[]) {
  const signature = ({ schema, name, parameters }: CatalogFunction) =>
    `${schema}.${name}(${parameters.map((p: Parameter) => `${p.name} => ${p.type}`).join(', ')})`;
  return pgrst({
    status: 300,
    code: 'PGRST203',
    message: `Could not choose the best candidate function between: ${found.map(signature).join(', ')}`,
    hint: 'Try renaming the parameters or the function itself in the database so function overloading can be resolved',
  });
}

function notFound(
  catalog: Catalog,
  { schema, name }: { schema: string; name: string },
  args: CallArguments,
  overloads: readonly CatalogFunction[],
) {
  const names = args.names.toSorted();
  const asked = names.length === 0 ? `${schema}.${name} without parameters` : `${schema}.${name}(${names.join(', ')})`;
  const list =
    names.length === 0 ? 'without parameters' : `with parameter${names.length > 1 ? 's' : ''} ${names.join(', ')}`;
  const raw = args.bodyKind === 'json' ? ' or with a single unnamed json/jsonb parameter' : '';
  const similar = mostSimilar(name, catalog.functionNames(schema));
  const signatures = overloads.map((fn) => `${schema}.${name}(${fn.parameters.map((p) => p.name).join(', ')})`);
  return pgrst({
    status: 404,
    code: 'PGRST202',
    message: `Could not find the function ${asked} in the schema cache`,
    details: `Searched for the function ${schema}.${name} ${list}${raw}, but no matches were found in the schema cache.`,
    hint: signatures[0]
      ? `Perhaps you meant to call the function ${signatures[0]}`
      : similar && `Perhaps you meant to call the function ${schema}.${similar}`,
  });
}

/** The relation whose rows a function returns, when it has relationships and columns that we know. */
export function resultRelation(catalog: Catalog, fn: CatalogFunction): Relation | null {
  if (fn.returns.relationOid === null) return null;
  for (const schema of catalog.schemas) {
    for (const relation of catalog.relations(schema)) if (relation.oid === fn.returns.relationOid) return relation;
  }
  return null;
}
