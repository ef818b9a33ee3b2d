import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testApp } from '../../app.ts';
import { mcp } from '../../mcp.ts';

test('the MCP server runs SQL and bulk-upserts files, and shows agents what went wrong', async () => {
  await using app = await testApp();
  await using agent = await mcp(app);
  await using folder = await tempFolder();

  const made = await agent.call('run-raw-sql', {
    query: 'create table products (sku text primary key, price numeric)',
  });
  expect(made).toMatchObject({ isError: false });
  const rows = await agent.call('run-raw-sql', { query: 'select $1::text as word, 1::int8 as n', params: ['hi'] });
  expect(rows.text).toContain('"word": "hi"');
  expect(rows.text).toContain('"n": "1"');
  const mistake = await agent.call('run-raw-sql', { query: 'select nope from products' });
  expect(mistake).toMatchObject({ isError: true, text: expect.stringContaining('column "nope" does not exist') });
  const guarded = await agent.call('run-raw-sql', { query: 'drop role anon' });
  expect(guarded).toMatchObject({ isError: true, text: expect.stringContaining('DROP ROLE') });

  const csv = join(folder.dir, 'products.csv');
  await writeFile(csv, '\ufeffsku,price\r\nA,1.5\r\nB,2\r\n');
  const upserted = await agent.call('bulk-upsert', { table: 'products', filePath: csv, upsertKey: 'sku' });
  expect(upserted).toMatchObject({
    isError: false,
    text: expect.stringContaining('Successfully processed 2 of 2 records'),
  });
  const json = join(folder.dir, 'products.json');
  await writeFile(json, '[{"sku":"A","price":9},{"sku":"C","price":"many"}]');
  const refused = await agent.call('bulk-upsert', { table: 'products', filePath: json, upsertKey: 'sku' });
  expect(refused).toMatchObject({ isError: true, text: expect.stringContaining('Row 2: price: invalid input syntax') });
  expect(await app.sql('select sku, price from products order by sku')).toEqual([
    { sku: 'A', price: '1.5' },
    { sku: 'B', price: '2' },
  ]);
}, 60_000);

async function tempFolder() {
  const dir = await mkdtemp(join(tmpdir(), 'pleiad-mcp-'));
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}
