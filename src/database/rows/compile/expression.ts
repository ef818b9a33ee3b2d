import type { Relation } from '../../catalog/types.ts';
import type { Comparison, Field, FilterNode, Operation } from '../ast.ts';
import { arrayLiteral, type Binder, ident, qualified } from './sql.ts';

/** Where names are looked up: a row alias and the relation it shows, when that is known. */
export interface Scope {
  alias: string;
  relation: Relation | null;
  /** The alias is a CTE with the relation's columns, so its rows have no row type of their own. */
  isRecord?: boolean;
}

/** The row as a value of the relation's row type, which computed fields and relations take. */
export function rowSql({ alias, relation, isRecord }: Scope): string {
  if (!isRecord || !relation) return ident(alias);
  const columns = [...relation.columns.keys()].map((name) => `${ident(alias)}.${ident(name)}`);
  return `ROW(${columns.join(', ')})::${qualified(relation)}`;
}

/** `alias.column`, or a path into it; arrays, composites and unknown types are seen as jsonb (§5.3). */
export function fieldSql(binder: Binder, scope: Scope, { name, path }: Field): string {
  const { alias, relation } = scope;
  const isComputed = scope.isRecord && relation && !relation.columns.has(name);
  const column = `${isComputed ? `(${rowSql(scope)})` : ident(alias)}.${ident(name)}`;
  if (path.length === 0) return column;
  const type = relation?.columns.get(name)?.baseType;
  const root = type === 'json' || type === 'jsonb' ? column : `to_jsonb(${column})`;
  const steps = path.map(({ arrow, key, isIndex }) => `${arrow}${binder.typed(key, isIndex ? 'int' : 'text')}`);
  return `(${root}${steps.join('')})`;
}

/** As fieldSql, for comparing and ordering: json has neither equality nor order, so it becomes jsonb. */
export function comparableSql(binder: Binder, scope: Scope, field: Field): string {
  const isJson = scope.relation?.columns.get(field.name)?.baseType === 'json';
  const sql = fieldSql(binder, scope, field);
  return isJson && field.path.at(-1)?.arrow === '->' ? `${sql}::jsonb` : sql;
}

const operators: Readonly<Record<Comparison, string>> = {
  eq: '=',
  neq: '<>',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  like: 'LIKE',
  ilike: 'ILIKE',
  match: '~',
  imatch: '~*',
  cs: '@>',
  cd: '<@',
  ov: '&&',
  sl: '<<',
  sr: '>>',
  nxr: '&<',
  nxl: '&>',
  adj: '-|-',
  isdistinct: 'IS DISTINCT FROM',
};
const searchFunctions = {
  fts: 'to_tsquery',
  plfts: 'plainto_tsquery',
  phfts: 'phraseto_tsquery',
  wfts: 'websearch_to_tsquery',
} as const;
const isKeywords = { null: 'NULL', not_null: 'NOT NULL', true: 'TRUE', false: 'FALSE', unknown: 'UNKNOWN' } as const;

/** One filter as a boolean expression; every value is a parameter. */
export function filterSql(binder: Binder, scope: Scope, filter: FilterNode): string {
  const operand = comparableSql(binder, scope, filter.field);
  const test = operationSql(binder, { operand, scope, field: filter.field }, filter.operation);
  return filter.isNegated ? `NOT (${test})` : test;
}

interface Operand {
  operand: string;
  scope: Scope;
  field: Field;
}

function operationSql(binder: Binder, { operand, scope, field }: Operand, operation: Operation): string {
  switch (operation.kind) {
    case 'is':
      return `${operand} IS ${isKeywords[operation.value]}`;
    case 'in':
      return `${operand} = ANY (${binder.bind(arrayLiteral(operation.values))})`;
    case 'compare': {
      const { op, quantifier } = operation;
      const value = op === 'like' || op === 'ilike' ? operation.value.replaceAll('*', '%') : operation.value;
      const bound = binder.bind(value);
      return `${operand} ${operators[op]} ${quantifier ? `${quantifier.toUpperCase()} (${bound})` : bound}`;
    }
    case 'search': {
      const config = operation.config === null ? '' : `${binder.typed(operation.config, 'regconfig')}, `;
      const isVector = field.path.length === 0 && scope.relation?.columns.get(field.name)?.baseType === 'tsvector';
      const vector = isVector ? operand : `to_tsvector(${config}${operand})`;
      return `${vector} @@ ${searchFunctions[operation.op]}(${config}${binder.bind(operation.value)})`;
    }
  }
}
