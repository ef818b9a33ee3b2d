import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Viewer } from '../../../src/core/call.ts';
import { AppError } from '../../../src/core/errors.ts';
import { prepare } from '../../../src/database/rows/prepare.ts';
import { testApp } from '../../app.ts';
import { makeLargeLibrary } from './library.ts';
import { encoded } from './query-texts.ts';
import { wireRequest } from './requests.ts';

const seed = Number(process.env.FUZZ_SEED ?? 20261123);
const viewer: Viewer = { kind: 'anonKey', id: 'anonymous', role: 'anon', claims: { role: 'anon' } };
const env = { DB_AGGREGATES_ENABLED: 'true', DB_PLAN_ENABLED: 'true' };

/** Every word that our SQL may have outside quotes: keywords, functions of Postgres, our own aliases, types of the columns. */
const vocabulary = new Set(
  `SELECT FROM WHERE AND OR NOT IS NULL TRUE FALSE UNKNOWN DISTINCT ANY ALL LIKE ILIKE AS ON ORDER BY ASC DESC NULLS FIRST LAST
   LIMIT OFFSET GROUP LEFT JOIN LATERAL EXISTS WITH MATERIALIZED INSERT INTO VALUES DEFAULT CONFLICT DO NOTHING UPDATE SET
   DELETE USING RETURNING EXCLUDED CASE WHEN THEN ELSE END CAST CROSS ROW EXPLAIN FORMAT JSON TEXT VERBOSE VARIADIC E
   coalesce json_agg json_strip_nulls row_to_json to_jsonb to_tsvector to_tsquery plainto_tsquery phraseto_tsquery
   websearch_to_tsquery string_agg json_object_keys substring length count sum avg max min nullif current_setting set_config
   json_build_object json_build_array json_to_record json_to_recordset json_array_elements generate_series system reject_rows
   ST_AsGeoJSON nextval regclass k j v f x b c e r p value body true pleiad_source pleiad_body pleiad_window pleiad_args cN
   int bigint text json jsonb regconfig integer numeric boolean int4range timestamp time zone with without bpchar`.split(
    /\s+/,
  ),
);

/** The words and marks of a statement, once identifiers in double and literals in single quotes are taken out. */
function bare(sql: string): { words: string[]; rest: string; literals: string[] } {
  const literals: string[] = [];
  const unquoted = sql.replace(/"(?:[^"]|"")*"|'(?:[^']|'')*'/g, (quoted) => {
    if (quoted.startsWith("'")) literals.push(quoted);
    return ' ';
  });
  return {
    words: unquoted.match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? [],
    rest: unquoted.replace(/[\p{L}_][\p{L}\p{N}_]*|\$?\d+/gu, ''),
    literals,
  };
}

/** Literals that our own SQL has; none of them comes from a request. */
const ownLiteral =
  /^'(?:\[\]|\{\}|null|,|0|\\n|true|PGRST\d{3}|response\.(?:headers|status)|pleiad\.updated|type|FeatureCollection|features|[-\d:TZ. +]+|\[1,5\)|ё|public\.\w+_id_seq)?'$/;

function checkSql(text: string) {
  const { words, rest, literals } = bare(text);
  expect(
    words.filter((word) => !vocabulary.has(word.replace(/^c\d+$/, 'cN'))),
    text,
  ).toEqual([]);
  expect(rest, text).toMatch(/^[\s()[\],.*=<>:&|~@#\-+$/?;]*$/);
  expect(rest, text).not.toMatch(/--|\/\*|;/);
  for (const literal of literals) expect(literal, text).toMatch(ownLiteral);
}

test('whatever is asked, the SQL has nothing of it outside quoted names and bound values', {
  timeout: 40_000,
}, async () => {
  await using app = await testApp({ env });
  await makeLargeLibrary(app);
  const catalog = await app.rooms.schemaCache.current();
  const settings = app.config.database;
  let compiled = 0;
  fc.assert(
    fc.property(wireRequest, ({ method, path, query, headers, body }) => {
      const [kind, name = ''] = path.split('/');
      const request = {
        method,
        target: {
          kind: kind === 'rpc' ? ('function' as const) : ('relation' as const),
          name: decodeURIComponent(name),
        },
        schema: null,
        query,
        headers,
        body: Buffer.from(body ?? ''),
      };
      try {
        const prepared = prepare({ request, viewer, catalog, settings, timezones: new Set(['asia/tokyo']) });
        checkSql(prepared.compiled.main.text);
        if (prepared.compiled.estimate) checkSql(prepared.compiled.estimate.text);
        compiled++;
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
      }
    }),
    { seed, numRuns: 20_000, interruptAfterTimeLimit: 6_000, markInterruptAsFailure: false },
  );
  expect(compiled).toBeGreaterThan(100);
});

test('a value is found in what is bound, and nowhere in the text', { timeout: 30_000 }, async () => {
  await using app = await testApp({ env });
  await makeLargeLibrary(app);
  const catalog = await app.rooms.schemaCache.current();
  const settings = app.config.database;
  const marked = fc
    .tuple(
      fc.string({ unit: 'grapheme', maxLength: 5 }),
      fc.constantFrom(`'`, `"`, '\\', ');--', '$1', `'; DROP TABLE x;`),
    )
    .map((parts) => `mark7f3${parts.join('')}`);
  const operators = fc.constantFrom(
    'eq',
    'neq',
    'gt',
    'like',
    'ilike',
    'match',
    'cs',
    'ov',
    'adj',
    'fts',
    'wfts(english)',
    'isdistinct',
  );
  const cell = (mark: string) => mark.replaceAll(/[,()"\\{}]/g, '');
  fc.assert(
    fc.property(marked, operators, fc.constantFrom('GET', 'PATCH', 'DELETE', 'POST'), (mark, op, method) => {
      const value = mark.toWellFormed().replaceAll('\0', '');
      const query = encoded([
        ['title', `${op}.${value}`],
        ['meta->>k', `not.eq.${value}`],
        [`meta->"${cell(value)}"`, `is.null`],
        ['id', `in.("${cell(value)}",2)`],
        ['or', `(title.${op}."${cell(value)}",tags.eq.{${cell(value)}})`],
        ['authors.name', `eq.${value}`],
        ['select', 'id,authors(name)'],
      ]);
      const request = {
        method,
        target: { kind: 'relation' as const, name: 'books' },
        schema: null,
        query,
        headers: { prefer: 'count=estimated, return=representation' },
        body: Buffer.from(JSON.stringify({ title: value, meta: { k: value } })),
      };
      const { compiled } = prepare({ request, viewer, catalog, settings, timezones: null });
      for (const statement of [compiled.main, compiled.estimate]) {
        if (!statement) continue;
        checkSql(statement.text);
        expect(statement.text).not.toContain('mark7f3');
      }
      expect(compiled.main.values.filter((bound) => String(bound).includes('mark7f3')).length).toBeGreaterThan(0);
    }),
    { seed, numRuns: 1_500, interruptAfterTimeLimit: 6_000, markInterruptAsFailure: false },
  );
});
