import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { ConfigError, loadConfig } from '../../src/config.ts';

test('an empty environment gives the embedded defaults', () => {
  const config = loadConfig({});
  expect(config).toMatchObject({
    env: 'development',
    http: { host: '127.0.0.1', port: 7130, trustProxy: false, maxJsonBodyBytes: 100 * 1024 ** 2 },
    postgres: { kind: 'embedded' },
    admin: { username: 'admin', password: null },
  });
  expect(config.dataDir).toMatch(/\.pleiad$/);
});

test('blank values count as absent', () => {
  expect(loadConfig({ PORT: '', JWT_SECRET: '  ', DATABASE_URL: '' })).toEqual(loadConfig({}));
});

test.each<[Record<string, string>, string]>([
  [{ PORT: '70000' }, 'PORT must be between 0 and 65535'],
  [{ PORT: '-1' }, 'PORT must be a whole number'],
  [{ DATABASE_URL: 'mysql://x' }, 'DATABASE_URL must start with postgres:// or postgresql://'],
  [{ JWT_SECRET: 'short' }, 'JWT_SECRET must have at least 32 characters'],
  [{ MAX_JSON_BODY_SIZE: 'big' }, 'MAX_JSON_BODY_SIZE must be a size such as 100mb'],
  [{ API_BASE_URL: 'nowhere' }, 'API_BASE_URL must be an absolute URL'],
  [{ ROOT_ADMIN_PASSWORD: 'p'.repeat(4097) }, 'ROOT_ADMIN_PASSWORD must have at most 4096 characters'],
])('%j is refused in words', (env, fault) => {
  expect(faultsOf(env)).toEqual([fault]);
});

test('all faults are told at once', () => {
  expect(faultsOf({ PORT: 'x', JWT_SECRET: 'short', LOG_LEVEL: 'loud' })).toHaveLength(3);
});

test.each(['JWT_SECRET', 'ENCRYPTION_KEY', 'ROOT_ADMIN_PASSWORD'])(
  'a placeholder %s is refused in production only',
  (name) => {
    const env = { [name]: 'change-me-please-change-me-please-0123' };
    expect(faultsOf({ ...env, NODE_ENV: 'production' })[0]).toContain(`${name} is a known placeholder`);
    expect(() => loadConfig(env)).not.toThrow();
  },
);

test('no way of printing a configuration shows its secrets', () => {
  const config = loadConfig({
    JWT_SECRET: 'j'.repeat(20) + 'k'.repeat(20),
    DATABASE_URL: 'postgres://u:hunter2@h/d',
    ROOT_ADMIN_PASSWORD: 'hunter2',
  });
  for (const text of [
    inspect(config, { depth: 9, showHidden: true }),
    JSON.stringify(config),
    `${config.admin.password}`,
  ]) {
    expect(text).not.toMatch(/hunter2|jjjj/);
    expect(text).toContain('[redacted]');
  }
});

test.each<[string, boolean | number | string[]]>([
  ['true', true],
  ['2', 2],
  ['10.0.0.1, 10.0.0.2', ['10.0.0.1', '10.0.0.2']],
])('TRUST_PROXY=%s', (value, expected) => {
  expect(loadConfig({ TRUST_PROXY: value }).http.trustProxy).toEqual(expected);
});

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}
