import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Node itself loads graphql's CommonJS entry; a second copy through Vite's ESM entry would fail every instanceof.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: 'tests/postgres.ts',
    testTimeout: 20_000,
    hookTimeout: 30_000,
    pool: 'threads',
    maxWorkers: 2,
  },
});
