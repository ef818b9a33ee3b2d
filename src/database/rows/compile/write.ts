import type { Column, Relation } from '../../catalog/types.ts';
import type { ConflictRule, InputRows, ReadPlan, WritePlan, WriteWindow } from '../plan/types.ts';
import { fieldSql, filterSql, type Scope } from './expression.ts';
import { type CompileContext, conditionSql, orderSql, whereSql, windowSql } from './read.ts';
import { ident, qualified } from './sql.ts';

/** Names in our statements that no relation of the request is read under. */
const bodyAlias = 'pleiad_body';
const windowAlias = 'pleiad_window';
/** Transaction-local counter of rows that an upsert found and updated. */
export const updatedCounter = 'pleiad.updated';

/** The data-modifying statement whose RETURNING rows the rest of the request reads. */
export function writeSql(cx: CompileContext, plan: WritePlan): string {
  const { relation } = plan;
  const scope: Scope = { alias: cx.binder.root(relation.name), relation };
  const returning = ` RETURNING ${returningSql(cx, plan, scope)}`;
  const target = `${qualified(relation)} AS ${ident(scope.alias)}`;
  if (plan.kind === 'delete') {
    const using = plan.window ? ` USING ${windowFrom(cx, plan.window, { plan, scope })}` : '';
    const ties = plan.window ? windowTies(plan.window, scope, cx) : [];
    return `DELETE FROM ${target}${using}${whereSql([...filters(cx, plan, scope), ...ties])}${returning}`;
  }
  if (plan.rows.rowCount === 0 || (plan.kind === 'update' && plan.rows.columns.length === 0)) {
    return plan.representation || plan.wantsLocation
      ? `SELECT ${returningSql(cx, plan, scope)} FROM ${target} WHERE FALSE`
      : 'SELECT 1 WHERE FALSE';
  }
  if (plan.kind === 'update') return updateSql(cx, plan, { scope, target, returning });
  const conflict = plan.conflict ? conflictSql(plan.conflict, plan.rows) : '';
  if (plan.rows.columns.length === 0) {
    const source = plan.rows.rowCount === 1 ? 'DEFAULT VALUES' : defaultRows(cx, relation, plan.rows.rowCount);
    return `INSERT INTO ${target} ${source}${conflict}${returning}`;
  }
  const columns = plan.rows.columns.map(ident).join(', ');
  const body = `SELECT ${columns} FROM (${rowsSql(cx, relation, plan.rows)}) AS ${bodyAlias}`;
  const key = plan.keyFilters.map((filter) => filterSql(cx.binder, { alias: bodyAlias, relation }, filter));
  return `INSERT INTO ${target} (${columns}) ${body}${whereSql(key)}${conflict}${returning}`;
}

function updateSql(
  cx: CompileContext,
  plan: WritePlan & { kind: 'update' },
  { scope, target, returning }: { scope: Scope; target: string; returning: string },
): string {
  const sets = plan.rows.columns.map((name) => `${ident(name)} = ${bodyAlias}.${ident(name)}`);
  const sources = [`(${rowsSql(cx, plan.relation, plan.rows)} LIMIT 1) AS ${bodyAlias}`];
  const conditions = filters(cx, plan, scope);
  if (plan.window) {
    sources.push(windowFrom(cx, plan.window, { plan, scope }));
    conditions.push(...windowTies(plan.window, scope, cx));
  }
  return `UPDATE ${target} SET ${sets.join(', ')} FROM ${sources.join(', ')}${whereSql(conditions)}${returning}`;
}

const filters = (cx: CompileContext, plan: WritePlan & { kind: 'update' | 'delete' }, scope: Scope) =>
  plan.where.map((condition) => conditionSql(cx, scope, condition));

/** The order keys of the rows that come first; rows are found again by them. */
function windowFrom(
  cx: CompileContext,
  window: WriteWindow,
  { plan, scope }: { plan: WritePlan & { kind: 'update' | 'delete' }; scope: Scope },
): string {
  const inner: Scope = { alias: cx.binder.alias(scope.alias), relation: scope.relation };
  const keys = window.order.map(({ field }, at) => `${fieldSql(cx.binder, inner, field)} AS c${at + 1}`);
  const from = `${qualified(plan.relation)} AS ${ident(inner.alias)}`;
  const where = whereSql(plan.where.map((condition) => conditionSql(cx, inner, condition)));
  const uncapped = { ...cx, maxRows: null };
  return `(SELECT ${keys.join(', ')} FROM ${from}${where}${orderSql(cx, window.order, inner)}${windowSql(uncapped, window)}) AS ${windowAlias}`;
}

const windowTies = (window: WriteWindow, scope: Scope, cx: CompileContext) =>
  window.order.map(
    ({ field }, at) => `${fieldSql(cx.binder, scope, field)} IS NOT DISTINCT FROM ${windowAlias}.c${at + 1}`,
  );

/** The body's rows with the columns' types: one JSON parameter, expanded by Postgres. */
function rowsSql(cx: CompileContext, relation: Relation, rows: InputRows): string {
  const columns = rows.columns.map((name) => relation.columns.get(name)).filter((column) => column !== undefined);
  const types = columns.map(({ name, type }) => `${ident(name)} ${type}`).join(', ');
  const json = cx.binder.typed(rows.json, 'json');
  if (rows.missing === 'null') {
    const expand = rows.isArray ? 'json_to_recordset' : 'json_to_record';
    return `SELECT ${columns.map(({ name }) => ident(name)).join(', ')} FROM ${expand}(${json}) AS r(${types})`;
  }
  const elements = rows.isArray ? `json_array_elements(${json}) AS e(value)` : `(SELECT ${json} AS value) AS e`;
  const values = columns.map((column) => withDefault(cx, column));
  return `SELECT ${values.join(', ')} FROM ${elements} CROSS JOIN LATERAL json_to_record(e.value) AS r(${types})`;
}

function withDefault(cx: CompileContext, { name, defaultSql }: Column): string {
  if (defaultSql === null) return `r.${ident(name)}`;
  const isMissing = `(e.value->${cx.binder.typed(name, 'text')}) IS NULL`;
  return `CASE WHEN ${isMissing} THEN ${defaultSql} ELSE r.${ident(name)} END AS ${ident(name)}`;
}

/** Several rows of nothing but defaults. */
function defaultRows(cx: CompileContext, relation: Relation, rowCount: number): string {
  const columns = [...relation.columns.values()].filter((column) => !column.isGenerated);
  const values = columns.map(({ defaultSql }) => defaultSql ?? 'NULL').join(', ');
  const count = cx.binder.typed(String(rowCount), 'int');
  return `(${columns.map(({ name }) => ident(name)).join(', ')}) SELECT ${values} FROM generate_series(1, ${count})`;
}

function conflictSql({ action, target }: ConflictRule, { columns }: InputRows): string {
  const on = ` ON CONFLICT (${target.map(ident).join(', ')})`;
  if (action === 'ignore' || columns.length === 0) return `${on} DO NOTHING`;
  const sets = columns.map((name) => `${ident(name)} = EXCLUDED.${ident(name)}`).join(', ');
  // Always true; counts the rows that were there, which RETURNING cannot tell from new ones on every kind of relation.
  const counted = `set_config('${updatedCounter}', (coalesce(nullif(current_setting('${updatedCounter}', true), ''), '0')::int + 1)::text, true) IS NOT NULL`;
  return `${on} DO UPDATE SET ${sets} WHERE ${counted}`;
}

/** Only what the answer needs: a column that the role may not select must fail when asked for, and not otherwise. */
function returningSql(cx: CompileContext, plan: WritePlan, scope: Scope): string {
  const names = new Set<string>();
  if (plan.representation) for (const name of neededColumns(plan.representation, plan.relation)) names.add(name);
  if (plan.wantsLocation) for (const name of plan.relation.primaryKey) names.add(name);
  if (names.size === 0) return '1';
  return [...names].map((name) => `${fieldSql(cx.binder, scope, { name, path: [] })} AS ${ident(name)}`).join(', ');
}

function neededColumns(plan: ReadPlan, relation: Relation): Set<string> {
  const names = new Set<string>();
  for (const output of plan.outputs) if (output.kind === 'field') names.add(output.field.name);
  for (const term of plan.order) if (!term.embed) names.add(term.field.name);
  for (const { relationship } of plan.embeds) {
    if (relationship.kind === 'direct') for (const [column] of relationship.columns) names.add(column);
    if (relationship.kind === 'junction') for (const [column] of relationship.sourceColumns) names.add(column);
  }
  const isComputed = [...names].some((name) => !relation.columns.has(name));
  const isRelated = plan.embeds.some(({ relationship }) => relationship.kind === 'computed');
  // What is computed takes the whole row.
  return isComputed || isRelated ? new Set(relation.columns.keys()) : names;
}
