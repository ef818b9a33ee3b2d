import { spawnSync } from 'node:child_process';

/**
 * Generates the Prisma client and the Pothos types. Prisma's CLI insists on having a schema engine binary before
 * it generates, though generating does not run it: any existing program will do, and ours is Node.
 */
const { status } = spawnSync('prisma', ['generate', '--no-hints'], {
  stdio: ['ignore', 'ignore', 'inherit'],
  shell: process.platform === 'win32',
  env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
});
process.exit(status ?? 1);
