import type pg from 'pg';

/** `t`: type, `s`: sequence, `f`: function, `r`: table, `v`: view; in this order where nothing else decides. */
export type ObjectKind = 't' | 's' | 'f' | 'r' | 'v';

/** Something of `public` that has a CREATE statement of its own. */
export interface DumpObject {
  /** Kind of catalog and oid: `r16401`. */
  id: string;
  kind: ObjectKind;
  /** Bare name; functions with their argument types. */
  name: string;
  /** As SQL writes it, with the schema. */
  fullName: string;
  /** Everything to be run to make it, without semicolons. */
  create: string[];
  /** What has to come before it. */
  needs: string[];
  /** What its triggers, policies and the like call: it must be there in the end. */
  uses: string[];
}

interface RawObject {
  id: string;
  kind: ObjectKind;
  name: string;
  fullName: string;
  create: string[];
}
interface Edge {
  from: string;
  to: string;
  isOrder: boolean;
}

/** All of `public`, extensions' members left out. The search path must be empty, so that every name is a full one. */
export async function readObjects(client: pg.ClientBase): Promise<DumpObject[]> {
  const objects: DumpObject[] = [];
  for (const query of [types, sequences, functions, tables, views]) {
    const { rows } = await client.query<RawObject>(query);
    objects.push(...rows.map((row) => ({ ...row, needs: [], uses: [] })));
  }
  const byId = new Map(objects.map((object) => [object.id, object]));
  const { rows: found } = await client.query<Edge>(edges);
  for (const { from, to, isOrder } of found) {
    const object = byId.get(from);
    if (object && byId.has(to) && from !== to) (isOrder ? object.needs : object.uses).push(to);
  }
  return objects;
}

const isMember = (catalog: string, oid: string) => `EXISTS (SELECT FROM pg_depend e
  WHERE e.classid = '${catalog}'::regclass AND e.objid = ${oid} AND e.deptype = 'e')`;
const inPublic = (column: string) => `${column} = 'public'::regnamespace`;

const types = `
  SELECT 't' || t.oid AS id, 't' AS kind, t.typname AS name, format_type(t.oid, NULL) AS "fullName",
    ARRAY[CASE t.typtype
      WHEN 'e' THEN format('CREATE TYPE %s AS ENUM (%s)', format_type(t.oid, NULL),
        (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid))
      WHEN 'd' THEN concat_ws(' ', 'CREATE DOMAIN', format_type(t.oid, NULL), 'AS', format_type(t.typbasetype, t.typtypmod),
        (SELECT 'COLLATE ' || l.oid::regcollation FROM pg_collation l JOIN pg_type b ON b.oid = t.typbasetype
          WHERE l.oid = t.typcollation AND l.oid <> b.typcollation),
        'DEFAULT ' || t.typdefault, CASE WHEN t.typnotnull THEN 'NOT NULL' END,
        (SELECT string_agg(format('CONSTRAINT %I %s', conname, pg_get_constraintdef(k.oid)), ' ' ORDER BY conname)
          FROM pg_constraint k WHERE contypid = t.oid AND contype = 'c'))
      WHEN 'r' THEN (SELECT format('CREATE TYPE %s AS RANGE (SUBTYPE = %s, MULTIRANGE_TYPE_NAME = %s%s)', format_type(t.oid, NULL),
        format_type(rngsubtype, NULL), format_type(rngmultitypid, NULL),
        CASE WHEN rngsubdiff <> 0 THEN ', SUBTYPE_DIFF = ' || rngsubdiff::regproc ELSE '' END) FROM pg_range WHERE rngtypid = t.oid)
      ELSE format('CREATE TYPE %s AS (%s)', format_type(t.oid, NULL),
        (SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum)
          FROM pg_attribute WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped))
    END] AS "create"
  FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE ${inPublic('t.typnamespace')} AND (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND c.relkind = 'c')
    AND NOT ${isMember('pg_type', 't.oid')}`;

const sequenceOptions = `format('INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s%s',
  q.seqincrement, q.seqmin, q.seqmax, q.seqstart, q.seqcache, CASE WHEN q.seqcycle THEN ' CYCLE' ELSE '' END)`;

const sequences = `
  SELECT 'r' || c.oid AS id, 's' AS kind, c.relname AS name, c.oid::regclass::text AS "fullName",
    ARRAY[format('CREATE SEQUENCE %s AS %s %s', c.oid::regclass, format_type(q.seqtypid, NULL), ${sequenceOptions})] AS "create"
  FROM pg_class c JOIN pg_sequence q ON q.seqrelid = c.oid
  WHERE ${inPublic('c.relnamespace')} AND NOT ${isMember('pg_class', 'c.oid')}
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i')`;

/** The constructors of a range type are made with it. */
const functions = `
  SELECT 'p' || p.oid AS id, 'f' AS kind, p.oid::regprocedure::text AS name, p.oid::regprocedure::text AS "fullName",
    ARRAY[rtrim(pg_get_functiondef(p.oid), E' \\n')] AS "create"
  FROM pg_proc p WHERE ${inPublic('p.pronamespace')} AND p.prokind IN ('f', 'p', 'w') AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))`;

const column = `concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
  (SELECT 'COLLATE ' || a.attcollation::regcollation FROM pg_type b WHERE b.oid = a.atttypid AND a.attcollation <> 0
    AND b.typcollation <> a.attcollation),
  CASE WHEN a.attgenerated = 's' THEN 'GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ') STORED'
    WHEN a.attgenerated = 'v' THEN 'GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ') VIRTUAL'
    ELSE 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) END,
  CASE WHEN a.attnotnull THEN coalesce((SELECT format('CONSTRAINT %I NOT NULL', k.conname) FROM pg_constraint k
    WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum]), 'NOT NULL') END,
  CASE WHEN a.attidentity <> '' THEN (SELECT format('GENERATED %s AS IDENTITY (SEQUENCE NAME %s %s)',
      CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, q.seqrelid::regclass, ${sequenceOptions})
    FROM pg_depend i JOIN pg_sequence q ON q.seqrelid = i.objid WHERE i.classid = 'pg_class'::regclass
      AND i.refobjid = a.attrelid AND i.refobjsubid = a.attnum AND i.deptype = 'i') END)`;

const tables = `
  SELECT 'r' || c.oid AS id, 'r' AS kind, c.relname AS name, c.oid::regclass::text AS "fullName",
    array_remove(ARRAY[
      concat_ws(' ', CASE WHEN c.relpersistence = 'u' THEN 'CREATE UNLOGGED TABLE' ELSE 'CREATE TABLE' END, c.oid::regclass,
        '(' || concat_ws(', ',
          (SELECT string_agg(${column}, ', ' ORDER BY a.attnum)
            FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND (a.attislocal OR c.relispartition)),
          (SELECT string_agg(format('CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)), ', ' ORDER BY k.contype DESC, k.conname)
            FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'c', 'x') AND k.convalidated
              AND (k.conislocal OR c.relispartition OR k.contype <> 'c'))) || ')',
        (SELECT format('INHERITS (%s)', string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno))
          FROM pg_inherits WHERE inhrelid = c.oid AND NOT c.relispartition HAVING count(*) > 0),
        'PARTITION BY ' || pg_get_partkeydef(c.oid),
        'WITH (' || array_to_string(c.reloptions, ', ') || ')'),
      CASE WHEN c.relispartition THEN (SELECT format('ALTER TABLE %s ATTACH PARTITION %s %s', inhparent::regclass, c.oid::regclass,
        pg_get_expr(c.relpartbound, c.oid)) FROM pg_inherits WHERE inhrelid = c.oid) END], NULL)
    || ARRAY(SELECT format('ALTER SEQUENCE %s OWNED BY %s.%I', s.objid::regclass, c.oid::regclass, a.attname)
      FROM pg_depend s JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = s.refobjsubid
        JOIN pg_class o ON o.oid = s.objid AND o.relkind = 'S'
      WHERE s.classid = 'pg_class'::regclass AND s.refclassid = 'pg_class'::regclass AND s.refobjid = c.oid AND s.deptype = 'a'
      ORDER BY 1) AS "create"
  FROM pg_class c WHERE ${inPublic('c.relnamespace')} AND c.relkind IN ('r', 'p') AND NOT ${isMember('pg_class', 'c.oid')}`;

const views = `
  SELECT 'r' || c.oid AS id, 'v' AS kind, c.relname AS name, c.oid::regclass::text AS "fullName",
    ARRAY[concat_ws(' ', CASE c.relkind WHEN 'm' THEN 'CREATE MATERIALIZED VIEW' ELSE 'CREATE VIEW' END, c.oid::regclass,
      'WITH (' || array_to_string(c.reloptions, ', ') || ')', 'AS', rtrim(pg_get_viewdef(c.oid), ' ;'),
      CASE c.relkind WHEN 'm' THEN 'WITH NO DATA' END)] AS "create"
  FROM pg_class c WHERE ${inPublic('c.relnamespace')} AND c.relkind IN ('v', 'm') AND NOT ${isMember('pg_class', 'c.oid')}`;

/**
 * Both ends of a dependency count as the object that makes them: a default, a check and a rule belong to their table or
 * view, a row type to its table, an array to its element. Foreign keys, triggers and policies come after everything.
 */
const edges = `
  WITH base (classid, objid, id) AS (
    SELECT 'pg_class'::regclass::oid, oid, CASE relkind WHEN 'c' THEN 't' || reltype ELSE 'r' || oid END FROM pg_class
      WHERE ${inPublic('relnamespace')}
    UNION ALL SELECT 'pg_proc'::regclass, oid, 'p' || oid FROM pg_proc WHERE ${inPublic('pronamespace')}
    UNION ALL SELECT 'pg_type'::regclass, t.oid, CASE WHEN c.relkind <> 'c' THEN 'r' || c.oid ELSE 't' || t.oid END
      FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid WHERE ${inPublic('t.typnamespace')} AND t.typelem = 0
  ), node (classid, objid, id) AS (
    SELECT * FROM base
    UNION ALL SELECT 'pg_type'::regclass, t.oid, b.id FROM pg_type t JOIN base b ON b.classid = 'pg_type'::regclass AND b.objid = t.typelem
    UNION ALL SELECT 'pg_type'::regclass, rngmultitypid, 't' || rngtypid FROM pg_range
    UNION ALL SELECT 'pg_attrdef'::regclass, oid, 'r' || adrelid FROM pg_attrdef
    UNION ALL SELECT 'pg_rewrite'::regclass, oid, 'r' || ev_class FROM pg_rewrite
    UNION ALL SELECT 'pg_constraint'::regclass, oid, CASE WHEN conrelid <> 0 THEN 'r' || conrelid ELSE 't' || contypid END
      FROM pg_constraint WHERE contype <> 'f'
    UNION ALL SELECT 'pg_trigger'::regclass, oid, 'r' || tgrelid FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'pg_policy'::regclass, oid, 'r' || polrelid FROM pg_policy
    UNION ALL SELECT 'pg_class'::regclass, i.indexrelid, 'r' || i.indrelid FROM pg_index i
  )
  SELECT f.id AS "from", t.id AS "to", bool_or(d.classid NOT IN ('pg_trigger'::regclass, 'pg_policy'::regclass)
    AND NOT (d.deptype = 'a' AND f.id LIKE 'r%' AND EXISTS (SELECT FROM pg_class s WHERE s.oid = d.objid AND s.relkind = 'S'))) AS "isOrder"
  FROM pg_depend d JOIN node f USING (classid, objid)
    JOIN node t ON t.classid = d.refclassid AND t.objid = d.refobjid
  WHERE d.deptype IN ('n', 'a', 'i') AND f.id <> t.id
  GROUP BY f.id, t.id
  UNION ALL SELECT 'r' || d.refobjid, 'r' || d.objid, true FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a' AND d.refobjsubid > 0`;
