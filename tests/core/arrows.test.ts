import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const rooms = ['auth', 'database', 'storage', 'ai', 'functions', 'compute', 'deployments'];

interface Arrow {
  from: string;
  to: string;
  isType: boolean;
}

test('the import arrows of the house hold', async () => {
  const arrows = await readArrows(['src', 'schema']);
  expect(arrows.length).toBeGreaterThan(50);
  expect(
    arrows.filter((arrow) => breach(arrow) !== null).map((arrow) => `${arrow.from} -> ${arrow.to}: ${breach(arrow)}`),
  ).toEqual([]);
});

test.each<[Arrow, string | null]>([
  [{ from: 'src/auth/service.ts', to: 'src/storage/service.ts', isType: true }, 'rooms do not import rooms'],
  [{ from: 'src/core/call.ts', to: 'src/auth/keys.ts', isType: true }, 'core knows no room'],
  [{ from: 'src/database/tables.ts', to: 'schema/index.ts', isType: false }, 'only server.ts sees the graph'],
  [{ from: 'schema/auth.ts', to: 'src/auth/service.ts', isType: false }, 'schema takes only types from rooms'],
  [
    { from: 'src/storage/service.ts', to: 'src/storage/rest.ts', isType: false },
    'faces call services, not the reverse',
  ],
  [
    { from: 'src/storage/providers/disk.ts', to: 'src/storage/service.ts', isType: false },
    'an adapter sees its port and core',
  ],
  [{ from: 'schema/auth.ts', to: 'src/auth/service.ts', isType: true }, null],
  [{ from: 'src/server.ts', to: 'schema/index.ts', isType: false }, null],
])('the check itself knows %j', (arrow, expected) => {
  expect(breach(arrow)).toBe(expected);
});

/** What an import breaks, or null. */
function breach({ from, to, isType }: Arrow): string | null {
  const [fromRoom, toRoom] = [roomOf(from), roomOf(to)];
  if (from.startsWith('src/core/') && (toRoom || to.startsWith('schema/'))) return 'core knows no room';
  if (from.startsWith('src/') && to.startsWith('schema/') && from !== 'src/server.ts')
    return 'only server.ts sees the graph';
  if (fromRoom && toRoom && fromRoom !== toRoom) return 'rooms do not import rooms';
  if (from.startsWith('schema/') && toRoom && !isType) return 'schema takes only types from rooms';
  if (from.includes('/providers/') && toRoom && !/\/(providers\/|provider\.ts|rules\.ts|errors\.ts)/.test(to))
    return 'an adapter sees its port and core';
  if (fromRoom && !isFace(from) && isFace(to) && fromRoom === toRoom) return 'faces call services, not the reverse';
  return null;
}

const roomOf = (path: string) => rooms.find((room) => path.startsWith(`src/${room}/`));
const isFace = (path: string) => /\/(rest\.ts|rest\/|gateway\/)/.test(path);

async function readArrows(folders: string[]): Promise<Arrow[]> {
  const files = (
    await Promise.all(folders.map((folder) => readdir(join(root, folder), { recursive: true, withFileTypes: true })))
  ).flat();
  const paths = files
    .filter((file) => file.isFile() && file.name.endsWith('.ts'))
    .map((file) => join(file.parentPath, file.name));
  return (await Promise.all(paths.map(arrowsOf))).flat();
}

async function arrowsOf(path: string): Promise<Arrow[]> {
  const text = await readFile(path, 'utf8');
  const imports = text.matchAll(/^(?:import|export)\s+(type\s+)?([^'"]*?)from\s+'(\.[^']+)'|^import\s+'(\.[^']+)'/gms);
  return [...imports].map(([, type, names = '', source, bare]) => ({
    from: relative(root, path),
    to: relative(root, resolve(dirname(path), source ?? bare ?? '')),
    isType: type !== undefined || isAllTypes(names),
  }));
}

/** `{ type A, type B }` imports nothing at run time. */
const isAllTypes = (names: string) =>
  /^\{[\s\S]*\}\s*$/.test(names) &&
  names
    .replace(/[{}]/g, '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
    .every((name) => name.startsWith('type '));
