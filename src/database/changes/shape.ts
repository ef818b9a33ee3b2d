import type { Viewer } from '../../core/call.ts';
import type { RunAs } from './run-as.ts';

/** What a role may see of a table, as the catalog has it at one moment. */
export interface Shape {
  schema: string;
  table: string;
  /** Changes whenever anything of this does: columns, grants, policies that apply to the role, row security. */
  stamp: string;
  /** False when row-level security does not bind the role (its owner, BYPASSRLS, not turned on). */
  isFiltered: boolean;
  /** Part of the publication with whole old rows; without it nothing arrives. */
  isFollowed: boolean;
  columns: Column[];
  policies: { isPermissive: boolean; using: string }[];
}

export interface Column {
  name: string;
  /** With modifiers, qualified. */
  type: string;
  /** Expression of a generated column, which the log may not hold. */
  generated: string | null;
  isReadable: boolean;
  isKey: boolean;
}

/** Policies that Postgres itself would apply to a SELECT by the current role. */
const applies = `p.polrelid = c.oid AND p.polcmd IN ('r', '*') AND p.polqual IS NOT NULL
  AND EXISTS (SELECT FROM unnest(p.polroles) AS r(oid) WHERE r.oid = 0 OR pg_has_role(r.oid, 'USAGE'))`;
const columnsOf = 'a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped';

/** One text for all that a verdict rests on, read in the snapshot of the verdict itself. */
const stamp = `md5(concat_ws('/', c.xmin, n.xmin, row_security_active(c.oid), has_schema_privilege(n.oid, 'USAGE'),
    (SELECT string_agg(concat(a.attnum, ':', a.xmin, has_column_privilege(c.oid, a.attnum, 'SELECT')), ',' ORDER BY a.attnum)
      FROM pg_attribute a WHERE ${columnsOf}),
    (SELECT string_agg(concat(p.oid, ':', p.xmin), ',' ORDER BY p.oid) FROM pg_policy p WHERE ${applies}),
    (SELECT string_agg(concat(i.indexrelid, ':', i.xmin), ',') FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)))`;

/** The present stamp of the table whose oid is `$n`; no row when it is gone. */
export const stampOf = (parameter: string): string =>
  `SELECT ${stamp} FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ${parameter}::oid`;

const query = `SELECT json_build_object(
    'schema', n.nspname, 'table', c.relname, 'stamp', ${stamp},
    'isFiltered', row_security_active(c.oid),
    'isFollowed', c.relreplident = 'f' AND EXISTS (SELECT FROM pg_publication_rel r
      JOIN pg_publication b ON b.oid = r.prpubid WHERE b.pubname = $2 AND r.prrelid = c.oid),
    'columns', (SELECT coalesce(json_agg(json_build_object(
        'name', a.attname,
        'type', format_type(a.atttypid, a.atttypmod),
        'generated', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
        'isReadable', has_schema_privilege(n.oid, 'USAGE') AND has_column_privilege(c.oid, a.attnum, 'SELECT'),
        'isKey', coalesce(a.attnum = ANY (i.indkey), false)) ORDER BY a.attnum), '[]')
      FROM pg_attribute a
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
      LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
      WHERE ${columnsOf}),
    'policies', (SELECT coalesce(json_agg(json_build_object(
        'isPermissive', p.polpermissive, 'using', pg_get_expr(p.polqual, p.polrelid)) ORDER BY p.oid), '[]')
      FROM pg_policy p WHERE ${applies}))
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid = $1::oid AND NOT system.is_platform_schema(n.nspname)`;

/** Null when the table is gone, or the viewer may select no column of it. */
export async function loadShape(
  runAs: RunAs,
  viewer: Viewer,
  { relation, publication }: { relation: number; publication: string },
): Promise<Shape | null> {
  const [row] = await runAs(viewer, query, [String(relation), publication]);
  if (!row?.[0]) return null;
  const shape = JSON.parse(row[0]) as Shape;
  return shape.columns.some((column) => column.isReadable) ? shape : null;
}
