import { readdirSync } from 'node:fs';

/** `npm run bench -- <name>…` runs those; without a name, all of them. */
const notBenches = ['run', 'harness'];
const all = readdirSync(import.meta.dirname).flatMap((file) => (file.endsWith('.ts') ? [file.slice(0, -3)] : []));
const names =
  process.argv.length > 2
    ? process.argv.slice(2)
    : all.filter((name) => !notBenches.includes(name) && !/\.baseline$|-server$/.test(name));
for (const name of names) {
  if (!all.includes(name)) throw new Error(`There is no bench ${name}; there are: ${all.join(', ')}`);
  await import(`./${name}.ts`);
}
