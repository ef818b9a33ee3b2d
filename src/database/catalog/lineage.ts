/** A column of a relation, by oid and attribute number. */
export interface Origin {
  relation: string;
  column: number;
}

/**
 * Which table column stands behind each column of a view, read from the view's stored query. Only plain column
 * references have an origin; Postgres tracks them through joins and subqueries, and not through UNION or expressions.
 * The source is the text of a pg_node_tree: braces hold nodes, `:name value` fields, a backslash escapes a character.
 */
export function viewOrigins(tree: string): Map<number, Origin> {
  const origins = new Map<number, Origin>();
  for (const entry of topTargetEntries(tree)) {
    const field = (name: string) => new RegExp(`:${name} (\\S+)`).exec(entry)?.[1] ?? '';
    const relation = field('resorigtbl');
    const column = Number(field('resorigcol'));
    if (relation !== '0' && column > 0 && field('resjunk') === 'false') {
      origins.set(Number(field('resno')), { relation, column });
    }
  }
  return origins;
}

/** The text of each entry of the outermost target list, nested nodes left out. */
function topTargetEntries(tree: string): string[] {
  const start = findAtDepth(tree, ':targetList ', 1);
  if (start < 0) return [];
  const entries: string[] = [];
  let depth = 0;
  let text = '';
  for (let at = start; at < tree.length; at++) {
    const c = tree[at];
    if (c === '\\') at++;
    else if (c === '{') depth++;
    else if (c === '}') {
      depth--;
      if (depth === 0) {
        entries.push(text);
        text = '';
      }
    } else if (depth === 1) text += c;
    else if (depth === 0 && c === ')') break;
  }
  return entries;
}

/** Where the text after `field` begins, counting only fields `depth` braces deep; -1 when it is not there. */
function findAtDepth(tree: string, field: string, depth: number): number {
  let open = 0;
  for (let at = 0; at < tree.length; at++) {
    const c = tree[at];
    if (c === '\\') at++;
    else if (c === '{') open++;
    else if (c === '}') open--;
    else if (c === ':' && open === depth && tree.startsWith(field, at)) return at + field.length;
  }
  return -1;
}
