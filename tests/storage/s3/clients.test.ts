import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { region } from './protocol.ts';
import { serve } from './server.ts';

// Debian's own clients, as users have them. `.ci/run` installs them; elsewhere a missing one is skipped and said so.
const has = (name: string) => spawnSync('which', [name]).status === 0;
const missing = ['aws', 's3cmd', 'rclone', 'restic'].filter((name) => !has(name));
if (missing.length > 0) console.warn(`Skipped for want of the program: ${missing.join(', ')}`);

// Whole programs start here, some of them in Python.
vi.setConfig({ testTimeout: 180_000 });

let server: Awaited<ReturnType<typeof serve>>;
let dir: string;
let source: string;

beforeAll(async () => {
  server = await serve();
  dir = await mkdtemp(join(tmpdir(), 'pleiad-s3-clients-'));
  source = join(dir, 'source');
  await mkdir(join(source, 'sub dir', 'ünï'), { recursive: true });
  await writeFile(join(source, 'small.txt'), 'small');
  await writeFile(join(source, 'empty'), '');
  await writeFile(join(source, 'sub dir', 'a+b & c.txt'), 'awkward');
  await writeFile(join(source, 'sub dir', 'ünï', 'ключ'), 'unicode');
  await writeFile(join(source, 'large.bin'), randomBytes(20 * 1024 ** 2 + 7));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

const exec = promisify(execFile);
/** Standard output; a failing program throws with its standard error. */
async function run(program: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { stdout } = await exec(program, [...args], {
    env: { PATH: process.env.PATH, HOME: dir, LANG: 'C.UTF-8', ...env },
    maxBuffer: 64 * 1024 ** 2,
  });
  return stdout;
}

/** Every file below a folder, by relative name. */
async function tree(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const entries = await Promise.all(
    files
      .sort()
      .map(async (file) => [file.slice(folder.length + 1), (await readFile(file)).toString('base64')] as const),
  );
  return Object.fromEntries(entries);
}

const keys = () => ({
  AWS_ACCESS_KEY_ID: server.accessKey.accessKeyId,
  AWS_SECRET_ACCESS_KEY: server.accessKey.secretAccessKey,
});

describe.skipIf(!has('aws'))('aws-cli', () => {
  const aws = (...args: string[]) =>
    run('aws', ['--endpoint-url', server.mounted, ...args], {
      ...keys(),
      AWS_DEFAULT_REGION: region,
      AWS_EC2_METADATA_DISABLED: 'true',
    });

  test('syncs a folder up and down, copies, moves and removes', async () => {
    await aws('s3', 'mb', 's3://aws-cli');
    await aws('s3', 'sync', source, 's3://aws-cli/in');
    expect(await aws('s3', 'sync', source, 's3://aws-cli/in')).toBe('');
    expect(await aws('s3', 'ls', 's3://aws-cli/in/')).toMatch(
      /PRE sub dir\/\n.*0 empty\n.*20971527 large\.bin\n.*5 small\.txt\n/,
    );
    await aws('s3', 'sync', 's3://aws-cli/in', join(dir, 'aws-down'));
    expect(await tree(join(dir, 'aws-down'))).toEqual(await tree(source));
    await aws('s3', 'cp', 's3://aws-cli/in/large.bin', 's3://aws-cli/copied.bin');
    await aws('s3', 'mv', 's3://aws-cli/in/small.txt', 's3://aws-cli/moved.txt');
    await aws('s3', 'cp', 's3://aws-cli/copied.bin', join(dir, 'copied.bin'));
    expect(await readFile(join(dir, 'copied.bin'))).toEqual(await readFile(join(source, 'large.bin')));
    expect(await aws('s3', 'cp', 's3://aws-cli/moved.txt', '-')).toBe('small');
    const url = (await aws('s3', 'presign', 's3://aws-cli/moved.txt')).trim();
    expect(await (await fetch(url)).text()).toBe('small');
    await aws('s3', 'rb', '--force', 's3://aws-cli');
  });

  test('reads the answers of the API that consoles ask for', async () => {
    await aws(
      's3api',
      'create-bucket',
      '--bucket',
      'aws-api',
      '--create-bucket-configuration',
      `LocationConstraint=${region}`,
    );
    expect(JSON.parse(await aws('s3api', 'get-bucket-location', '--bucket', 'aws-api'))).toEqual({
      LocationConstraint: region,
    });
    await aws(
      's3api',
      'put-object',
      '--bucket',
      'aws-api',
      '--key',
      'k',
      '--body',
      join(source, 'small.txt'),
      '--metadata',
      'a=b',
    );
    expect(JSON.parse(await aws('s3api', 'head-object', '--bucket', 'aws-api', '--key', 'k'))).toMatchObject({
      ContentLength: 5,
      Metadata: { a: 'b' },
    });
    expect(JSON.parse(await aws('s3api', 'list-object-versions', '--bucket', 'aws-api'))).toMatchObject({
      Versions: [{ Key: 'k', VersionId: 'null' }],
    });
    expect(JSON.parse(await aws('s3api', 'get-bucket-acl', '--bucket', 'aws-api'))).toMatchObject({
      Grants: [{ Permission: 'FULL_CONTROL' }],
    });
    await expect(aws('s3api', 'get-bucket-policy', '--bucket', 'aws-api')).rejects.toThrow('NoSuchBucketPolicy');
  });
});

describe.skipIf(!has('s3cmd'))('s3cmd', () => {
  test('puts, lists, describes, copies, syncs and deletes at the root', async () => {
    const host = `127.0.0.1:${server.rootPort}`;
    const s3cmd = (...args: string[]) =>
      run('s3cmd', [
        '--no-ssl',
        `--host=${host}`,
        `--host-bucket=${host}`,
        `--access_key=${server.accessKey.accessKeyId}`,
        `--secret_key=${server.accessKey.secretAccessKey}`,
        '--multipart-chunk-size-mb=5',
        '--no-progress',
        ...args,
      ]);
    await s3cmd('mb', 's3://s3cmd-bucket');
    await s3cmd('put', join(source, 'large.bin'), 's3://s3cmd-bucket/large.bin');
    await s3cmd('get', 's3://s3cmd-bucket/large.bin', join(dir, 's3cmd.bin'));
    expect(await readFile(join(dir, 's3cmd.bin'))).toEqual(await readFile(join(source, 'large.bin')));
    expect(await s3cmd('info', 's3://s3cmd-bucket')).toContain(`Location:  ${region}`);
    expect(await s3cmd('info', 's3://s3cmd-bucket/large.bin')).toContain('File size: 20971527');
    await s3cmd('cp', 's3://s3cmd-bucket/large.bin', 's3://s3cmd-bucket/copy ü.bin');
    await s3cmd('sync', `${source}/`, 's3://s3cmd-bucket/sync/');
    expect((await s3cmd('ls', '--recursive', 's3://s3cmd-bucket/sync/')).trim().split('\n')).toHaveLength(5);
    await s3cmd('sync', 's3://s3cmd-bucket/sync/', `${join(dir, 's3cmd-down')}/`);
    expect(await tree(join(dir, 's3cmd-down'))).toEqual(await tree(source));
    await s3cmd('del', '--recursive', '--force', 's3://s3cmd-bucket');
    await s3cmd('rb', 's3://s3cmd-bucket');
  });
});

describe.skipIf(!has('rclone'))('rclone', () => {
  test.each(['root', 'mounted'] as const)('syncs, checks and moves under %s', async (place) => {
    const rclone = (...args: string[]) =>
      run('rclone', ['--retries=1', '--low-level-retries=1', '--s3-upload-cutoff=8M', ...args], {
        RCLONE_CONFIG_P_TYPE: 's3',
        RCLONE_CONFIG_P_PROVIDER: 'Other',
        RCLONE_CONFIG_P_ENDPOINT: server[place],
        RCLONE_CONFIG_P_REGION: region,
        RCLONE_CONFIG_P_ACCESS_KEY_ID: server.accessKey.accessKeyId,
        RCLONE_CONFIG_P_SECRET_ACCESS_KEY: server.accessKey.secretAccessKey,
      });
    const bucket = `p:rclone-${place}`;
    const local = join(dir, `rclone-${place}`);
    await cp(source, local, { recursive: true });
    await rclone('mkdir', bucket);
    await rclone('sync', local, `${bucket}/in`);
    await rclone('check', '--download', local, `${bucket}/in`);
    await rclone('check', local, `${bucket}/in`);
    await rm(join(local, 'small.txt'));
    await rclone('sync', local, `${bucket}/in`);
    expect((await rclone('lsf', '-R', '--files-only', `${bucket}/in`)).trim().split('\n').sort()).toEqual(
      Object.keys(await tree(local)).sort(),
    );
    await rclone('moveto', `${bucket}/in/empty`, `${bucket}/moved`);
    await rclone('touch', `${bucket}/moved`);
    await rclone('sync', `${bucket}/in`, `${local}-down`);
    await rclone('purge', bucket);
    const { empty: _, ...rest } = await tree(local);
    expect(await tree(`${local}-down`)).toEqual(rest);
  });
});

describe.skipIf(!has('restic'))('restic', () => {
  test('backs up, checks, forgets, prunes and restores', async () => {
    const restic = (...args: string[]) =>
      run('restic', ['-r', `s3:${server.root}/restic-bucket`, ...args], {
        ...keys(),
        AWS_DEFAULT_REGION: region,
        RESTIC_PASSWORD: 'a password',
        RESTIC_CACHE_DIR: join(dir, 'restic-cache'),
      });
    const folder = join(dir, 'restic');
    await cp(source, folder, { recursive: true });
    await restic('init');
    await restic('backup', folder);
    await writeFile(join(folder, 'small.txt'), 'changed');
    await restic('backup', folder);
    await restic('check', '--read-data');
    await restic('forget', '--keep-last', '1', '--prune');
    await restic('check', '--read-data');
    await restic('restore', 'latest', '--target', join(dir, 'restored'));
    expect(await tree(join(dir, 'restored', folder))).toEqual(await tree(folder));
  });
});
