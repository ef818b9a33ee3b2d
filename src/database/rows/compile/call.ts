import type { Parameter } from '../../catalog/types.ts';
import type { Media } from '../parse/media.ts';
import type { CallPlan } from '../plan/types.ts';
import type { CompileContext, From } from './read.ts';
import { windowSql } from './read.ts';
import { arrayLiteral, ident, qualified } from './sql.ts';

const argsAlias = 'pleiad_args';

/** The call and the FROM item that it takes its arguments from, if any. */
function callSql(cx: CompileContext, { fn, args }: CallPlan): { call: string; before: string } {
  const name = qualified(fn);
  const variadic = fn.parameters.find(({ isVariadic }) => isVariadic);
  const given = givenNames(args);
  // Postgres takes no call without any value for a variadic parameter; an empty list says the same.
  const rest =
    variadic && args.kind !== 'whole' && !given.includes(variadic.name)
      ? [named(variadic, `'{}'::${variadic.type}`)]
      : [];
  const byName = new Map(fn.parameters.map((parameter) => [parameter.name, parameter]));
  switch (args.kind) {
    case 'none':
      return { call: `${name}(${rest.join(', ')})`, before: '' };
    case 'whole':
      return { call: `${name}(${cx.binder.bind(args.value)}::${fn.parameters[0]?.type ?? 'text'})`, before: '' };
    case 'texts': {
      const values = args.values.flatMap(([key, value]) => {
        const parameter = byName.get(key);
        if (!parameter) return [];
        const text = typeof value === 'string' ? value : arrayLiteral(value);
        return [named(parameter, `${cx.binder.bind(text)}::${argumentType(parameter.type)}`)];
      });
      return { call: `${name}(${[...values, ...rest].join(', ')})`, before: '' };
    }
    case 'json': {
      const used = args.names.map((key) => byName.get(key)).filter((parameter) => parameter !== undefined);
      if (used.length === 0) return { call: `${name}(${rest.join(', ')})`, before: '' };
      const types = used.map((parameter) => `${ident(parameter.name)} ${argumentType(parameter.type)}`).join(', ');
      const json = cx.binder.typed(args.json, 'json');
      return {
        call: `${name}(${[...used.map((parameter) => named(parameter, `${argsAlias}.${ident(parameter.name)}`)), ...rest].join(', ')})`,
        before: `json_to_record(${args.isArray ? `(${json}->0)` : json}) AS ${argsAlias}(${types})`,
      };
    }
  }
}

function givenNames(args: CallPlan['args']): readonly string[] {
  if (args.kind === 'texts') return args.values.map(([key]) => key);
  return args.kind === 'json' ? args.names : [];
}

const named = ({ name, isVariadic }: Parameter, value: string) =>
  `${isVariadic ? 'VARIADIC ' : ''}${ident(name)} => ${value}`;

/** `char(n)` and `bit(n)` lose their length as parameters; the bare SQL names would mean length one. */
function argumentType(type: string): string {
  if (type === 'character') return 'bpchar';
  return type === 'bit' ? '"bit"' : type;
}

/** The function's rows as a FROM item. */
export function callFrom(cx: CompileContext, plan: CallPlan): From {
  const { fn, read } = plan;
  const alias = cx.binder.root(read.relation?.name ?? fn.name);
  const { call, before } = callSql(cx, plan);
  const columns = fn.returns.kind === 'composite' ? '' : `(${ident(fn.name)})`;
  const item = `${call} AS ${ident(alias)}${columns}`;
  return {
    sql: before === '' ? item : `${before}, LATERAL ${item}`,
    scope: { alias, relation: read.relation },
    ties: [],
  };
}

/** A value that nothing selects from: it is the body as it is. */
export function plainCallSql(
  cx: CompileContext,
  plan: CallPlan,
  { wantsBody, media }: { wantsBody: boolean; media: Media },
): { body: string; pageTotal: string; from: string } {
  const { fn, read } = plan;
  const { call, before } = callSql(cx, plan);
  const from = before === '' ? '' : ` FROM ${before}`;
  if (fn.returns.isSet) {
    const item = `${call} AS f(v)`;
    const rows = `SELECT f.v FROM ${before === '' ? item : `${before}, LATERAL ${item}`}${windowSql(cx, read)}`;
    const body = `coalesce(json_agg(x.v), '[]'::json)::text`;
    return { body: wantsBody ? body : 'NULL', pageTotal: 'count(*)', from: `(${rows}) AS x` };
  }
  if (media.kind === 'custom' && wantsBody) {
    const value = '(array_agg(x.v))[1]';
    const body = media.isBinary ? `encode(${value}::bytea, 'base64')` : `${value}::text`;
    return { body: `coalesce(${body}, '')`, pageTotal: 'count(*)', from: `(SELECT ${call} AS v${from}) AS x` };
  }
  // The aggregate makes Postgres compute the value even where the body is not wanted.
  const body =
    fn.returns.kind === 'void' || !wantsBody
      ? `nullif(count(x.v), count(x.v))::text`
      : `coalesce((json_agg(x.v)->0)::text, 'null')`;
  return { body, pageTotal: 'count(*)', from: `(SELECT ${call} AS v${from}) AS x` };
}
