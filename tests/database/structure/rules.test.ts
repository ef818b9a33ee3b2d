import { createHash } from 'node:crypto';
import pg from 'pg';
import { expect, test } from 'vitest';
import {
  checkColumnType,
  checkIdentifier,
  defaultSql,
  fitName,
  foreignKeyName,
  quoted,
  referenceFrom,
  schemaFrom,
} from '../../../src/database/rules.ts';
import { sqlError } from '../../../src/database/sql-errors.ts';

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
};

test.each(['', '   ', 'a"b', 'a\nb', 'a\u0000b', 'a\u007fb', '\ud800', 'x'.repeat(64), 'ж'.repeat(32)])(
  'the name %j is refused',
  (name) => {
    expect(codeOf(() => checkIdentifier(name, 'table'))).toBe('DATABASE_VALIDATION_ERROR');
  },
);

test.each(['x'.repeat(63), 'ж'.repeat(31), 'Mixed Case', "o'clock; DROP TABLE x --", 'a.b', '日本', 'select'])(
  'the name %j is legal and stays what it is inside its quotes',
  (name) => {
    expect(checkIdentifier(name, 'table')).toBe(name);
    expect(quoted('s', name)).toBe(`"s"."${name}"`);
  },
);

test('a schema is public unless named, never one of Postgres', () => {
  expect([undefined, '', '  ', ' app ', 'Public'].map(schemaFrom)).toEqual([
    'public',
    'public',
    'public',
    'app',
    'Public',
  ]);
  expect(['information_schema', 'pg_catalog', 'pg_toast'].map((name) => codeOf(() => schemaFrom(name)))).toEqual([
    'INVALID_INPUT',
    'INVALID_INPUT',
    'INVALID_INPUT',
  ]);
  expect(codeOf(() => schemaFrom(['a', 'b']))).toBe('INVALID_INPUT');
});

test('a default is one of two calls or a literal, never an expression', () => {
  expect(['NOW()', ' gen_random_uuid() ', '0', "it's", '', '  ', 'now() + 1', undefined].map(defaultSql)).toEqual([
    'now()',
    'gen_random_uuid()',
    `'0'`,
    `'it''s'`,
    undefined,
    undefined,
    `'now() + 1'`,
    undefined,
  ]);
});

test('only the eight types of the table API are column types', () => {
  expect(checkColumnType('json')).toBe('json');
  for (const type of ['text', 'constructor', 'STRING', ''])
    expect(codeOf(() => checkColumnType(type))).toBe('DATABASE_VALIDATION_ERROR');
});

test('a reference is table or schema.table', () => {
  expect(referenceFrom('users', 'app')).toEqual({ schema: 'app', table: 'users' });
  expect(referenceFrom('auth.users', 'app')).toEqual({ schema: 'auth', table: 'users' });
  expect(codeOf(() => referenceFrom('a.b.c', 'app'))).toBe('INVALID_INPUT');
  expect(codeOf(() => referenceFrom('.b', 'app'))).toBe('DATABASE_VALIDATION_ERROR');
});

test('a foreign key is named after its columns, and cut with a hash when that is too long', () => {
  const pair = (sourceColumn: string, referenceColumn: string) => ({ sourceColumn, referenceColumn });
  expect(foreignKeyName({ referenceTable: 'auth.users', referenceColumns: [pair('owner', 'id')] })).toBe(
    'fk_owner_auth_users_id',
  );
  expect(foreignKeyName({ referenceTable: 't', referenceColumns: [pair('a', 'x'), pair('b', 'y')] })).toBe(
    'fk_a_b_t_x_y',
  );
  const long = 'c'.repeat(80);
  const hash = createHash('sha256').update(`fk_${long}_t_id`).digest('hex').slice(0, 8);
  expect(foreignKeyName({ referenceTable: 't', referenceColumns: [pair(long, 'id')] })).toBe(
    `${`fk_${long}`.slice(0, 54)}_${hash}`,
  );
  expect(Buffer.byteLength(fitName('ж'.repeat(60)))).toBeLessThanOrEqual(63);
  expect(fitName('ж'.repeat(60))).not.toContain('\ufffd');
});

test.each([
  ['23505', 409, 'DATABASE_DUPLICATE'],
  ['23503', 400, 'DATABASE_CONSTRAINT_VIOLATION'],
  ['23502', 400, 'MISSING_FIELD'],
  ['42P01', 400, 'DATABASE_VALIDATION_ERROR'],
  ['42701', 400, 'DATABASE_VALIDATION_ERROR'],
  ['42703', 400, 'DATABASE_VALIDATION_ERROR'],
  ['42830', 400, 'DATABASE_VALIDATION_ERROR'],
  ['42804', 400, 'DATABASE_VALIDATION_ERROR'],
  ['42501', 403, 'FORBIDDEN'],
  ['42601', 400, 'DATABASE_VALIDATION_ERROR'],
  ['22P02', 400, 'DATABASE_VALIDATION_ERROR'],
  ['P0001', 400, 'DATABASE_VALIDATION_ERROR'],
  ['53300', 503, 'UNAVAILABLE'],
  ['57014', 504, 'DATABASE_INTERNAL_ERROR'],
  ['XX000', 500, 'INTERNAL_ERROR'],
  [undefined, 500, 'INTERNAL_ERROR'],
])('the Postgres error %s is %i %s with its own message', (sqlState, status, code) => {
  const error = new pg.DatabaseError('what Postgres said', 1, 'error');
  if (sqlState) error.code = sqlState;
  expect(sqlError(error)).toMatchObject({ status, code, message: 'what Postgres said' });
});
