import type { DumpObject } from './objects.ts';

const rank: Readonly<Record<DumpObject['kind'], number>> = { t: 0, s: 1, f: 2, r: 3, v: 4 };

/** Each after what it needs, else by kind and name. A circle is cut where it closes. */
export function inDumpOrder(objects: readonly DumpObject[]): DumpObject[] {
  const byId = new Map(objects.map((object) => [object.id, object]));
  const ordered = new Set<DumpObject>();
  const entered = new Set<string>();
  const visit = (object: DumpObject) => {
    if (entered.has(object.id)) return;
    entered.add(object.id);
    for (const id of [...object.needs].sort()) {
      const needed = byId.get(id);
      if (needed) visit(needed);
    }
    ordered.add(object);
  };
  const first = (a: DumpObject, b: DumpObject) =>
    rank[a.kind] - rank[b.kind] || (a.name < b.name ? -1 : Number(a.name > b.name));
  for (const object of [...objects].sort(first)) visit(object);
  return [...ordered];
}

/** The chosen ones and what they cannot be without; of tables and views the chosen ones only. */
export function withNeeded(objects: readonly DumpObject[], isChosen: (object: DumpObject) => boolean): DumpObject[] {
  const byId = new Map(objects.map((object) => [object.id, object]));
  const kept = new Set<DumpObject>();
  const keep = (object: DumpObject) => {
    if (kept.has(object)) return;
    kept.add(object);
    for (const id of [...object.needs, ...object.uses]) {
      const needed = byId.get(id);
      if (needed && (isChosen(needed) || !['r', 'v'].includes(needed.kind))) keep(needed);
    }
  };
  for (const object of objects) if (isChosen(object)) keep(object);
  return objects.filter((object) => kept.has(object));
}
