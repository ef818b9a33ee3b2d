import type pg from 'pg';

/**
 * Gives what the server's own role owns in `public` to `project_admin`, inside the running transaction. Members of
 * extensions and the sequences of identity and serial columns, which follow their table, stay.
 */
export async function handOverOwnership(client: pg.ClientBase): Promise<void> {
  await client.query(handOver);
}

const handOver = `DO $$
DECLARE item record;
BEGIN
  FOR item IN
    WITH mine AS (SELECT oid FROM pg_roles WHERE rolname = session_user), home AS (SELECT 'public'::regnamespace AS oid),
    member AS (SELECT classid, objid FROM pg_depend WHERE deptype IN ('e', 'i') OR (deptype = 'a' AND refobjsubid > 0))
    SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
        WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END AS kind, c.oid::regclass::text AS name
      FROM pg_class AS c, mine, home WHERE c.relnamespace = home.oid AND c.relowner = mine.oid
        AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND ('pg_class'::regclass, c.oid) NOT IN (SELECT * FROM member)
    UNION ALL
    SELECT 'ROUTINE', p.oid::regprocedure::text FROM pg_proc AS p, mine, home
      WHERE p.pronamespace = home.oid AND p.proowner = mine.oid AND ('pg_proc'::regclass, p.oid) NOT IN (SELECT * FROM member)
    UNION ALL
    SELECT CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, t.oid::regtype::text
      FROM pg_type AS t, mine, home WHERE t.typnamespace = home.oid AND t.typowner = mine.oid
        AND (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND EXISTS (
          SELECT FROM pg_class AS c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
        AND ('pg_type'::regclass, t.oid) NOT IN (SELECT * FROM member)
  LOOP
    EXECUTE format('ALTER %s %s OWNER TO project_admin', item.kind, item.name);
  END LOOP;
END $$`;
