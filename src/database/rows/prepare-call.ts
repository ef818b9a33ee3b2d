import { compileCall, type RowRule } from './compile/statement.ts';
import { invalidBody, pgrst } from './errors.ts';
import { classifyBody, parseJson, type RequestBody } from './parse/body.ts';
import { csvToJson } from './parse/csv.ts';
import { parseAccept } from './parse/media.ts';
import { appliedText } from './parse/prefer.ts';
import { intersectRange } from './parse/range.ts';
import { type CallArguments, chooseFunction, resultRelation } from './plan/call.ts';
import { planRead } from './plan/read.ts';
import type { CallPlan } from './plan/types.ts';
import { base, contentLocation, type Prepare, type Prepared, statementOptions } from './prepare.ts';
import { headerText } from './request.ts';
import { negotiate } from './respond/negotiate.ts';
import { readResponse, wantsOne } from './respond/response.ts';

/** A call of a function (contract/postgrest.md §13). Errors: PGRST101, 102, 128, 202, 203 and those of reads. */
export function prepareCall(all: Prepare): Prepared {
  const { request, catalog, schema, settings, prefer, query, common } = all;
  const isGet = request.method === 'GET' || request.method === 'HEAD';
  if (!isGet && request.method !== 'POST') {
    throw pgrst({ status: 405, code: 'PGRST101', message: `Cannot use the ${request.method} method on RPC` });
  }
  const offered = isGet ? textArguments(query.args) : bodyArguments(all);
  const { fn, takesWhole } = chooseFunction(catalog, { schema, name: request.target.name }, offered.match);
  const relation = resultRelation(catalog, fn);
  const read = planRead(all.plan, relation, query);
  const window = intersectRange(
    query.root,
    request.method === 'GET' ? headerText(request.headers, 'range') : undefined,
  );
  const isPlain = fn.returns.kind !== 'composite' || (!fn.returns.isSet && isBare(all));
  const handler = fn.returns.isSet ? null : fn.returns.media;
  const media = negotiate(parseAccept(headerText(request.headers, 'accept')), settings.planOutput, handler);
  const plan: CallPlan = {
    fn,
    args: takesWhole ? { kind: 'whole', value: offered.whole } : offered.toArgs(fn),
    read: { ...read, ...window },
    isPlain: isPlain && !(fn.returns.isSet && read.where.length > 0) && media.kind !== 'csv',
  };
  const options = statementOptions(all, media, callRules(all, { isSet: fn.returns.isSet, isOne: wantsOne(media) }));
  const applied = appliedText({
    count: prefer.count,
    tx: prefer.tx,
    handling: prefer.handling,
    timezone: prefer.timezone,
    'max-affected': prefer.maxAffected,
  });
  const isVoid = fn.returns.kind === 'void' && !fn.returns.isSet;
  return {
    ...base(all, options),
    compiled: compileCall(plan, options),
    readOnly: isGet || fn.volatility !== 'volatile',
    fn,
    command: 'EXECUTE',
    respond: (result) => {
      const location = isGet ? contentLocation(request, all.pairs) : null;
      const response = readResponse(result, { ...common, media, applied, offset: window.offset, location });
      if (!isVoid) return response;
      const { 'content-type': _, 'content-range': __, ...headers } = response.headers;
      return { status: result.status ?? 204, headers, body: null };
    },
  };
}

const isBare = ({ query }: Prepare) =>
  (query.select === null || query.select.length === 0) && query.root.filters.length === 0 && query.levels.length === 0;

/** Rules that must undo what a volatile function did. */
function callRules({ prefer, request }: Prepare, { isSet, isOne }: { isSet: boolean; isOne: boolean }): RowRule[] {
  const rules: RowRule[] = [];
  if (prefer.maxAffected !== null) {
    if (!isSet) {
      throw pgrst({
        status: 400,
        code: 'PGRST128',
        message: 'The function must return SETOF or TABLE when max-affected preference is used with handling=strict',
      });
    }
    rules.push({ code: 'PGRST124', max: prefer.maxAffected, exactly: false });
  }
  if (isOne && isSet && request.method === 'POST') rules.push({ code: 'PGRST116', max: 1, exactly: true });
  return rules;
}

interface Offered {
  match: CallArguments;
  whole: string | Buffer;
  toArgs(fn: CallPlan['fn']): CallPlan['args'];
}

function textArguments(pairs: readonly (readonly [string, string])[]): Offered {
  const names = [...new Set(pairs.map(([name]) => name))];
  return {
    match: { names, bodyKind: null },
    whole: '',
    toArgs: (fn) => {
      const values = names.map((name) => {
        const given = pairs.filter(([key]) => key === name).map(([, value]) => value);
        const isVariadic = fn.parameters.some((parameter) => parameter.name === name && parameter.isVariadic);
        return [name, isVariadic ? given : (given.at(-1) ?? '')] as const;
      });
      return values.length === 0 ? { kind: 'none' } : { kind: 'texts', values };
    },
  };
}

function bodyArguments({ request, query }: Prepare): Offered {
  const body = classifyBody(headerText(request.headers, 'content-type'), request.body);
  switch (body.kind) {
    case 'form':
      return textArguments([...new URLSearchParams(body.bytes.toString('utf8'))]);
    case 'text':
    case 'xml':
      return rawArguments(body, body.bytes.toString('utf8'));
    case 'binary':
      return rawArguments(body, body.bytes);
    case 'json':
      return jsonArguments(body.bytes.toString('utf8'), query.columns);
    case 'csv': {
      const { json } = csvToJson(body.bytes.toString('utf8'));
      return jsonArguments(json, query.columns);
    }
    default:
      throw invalidBody(`Content-Type not acceptable: ${body.type}`);
  }
}

const rawArguments = (body: RequestBody, whole: string | Buffer): Offered => ({
  match: { names: [], bodyKind: body.kind as 'text' | 'xml' | 'binary' },
  whole,
  toArgs: () => ({ kind: 'none' }),
});

function jsonArguments(text: string, columns: readonly string[] | null): Offered {
  const json = text.trim() === '' ? '{}' : text;
  const parsed = parseJson(json);
  const isArray = Array.isArray(parsed);
  const first: unknown = isArray ? parsed[0] : parsed;
  const isRecord = typeof first === 'object' && first !== null && !Array.isArray(first);
  const names = columns ?? (isRecord ? Object.keys(first) : []);
  return {
    match: { names, bodyKind: 'json' },
    whole: json,
    toArgs: () => (names.length === 0 ? { kind: 'none' } : { kind: 'json', json, isArray, names }),
  };
}
