-- A table whose changes are published must stay writable whatever becomes of its columns: Postgres refuses UPDATE and
-- DELETE on a published table whose whole old rows cannot go to the log, which a virtual generated column brings about.
-- Such a table leaves the publication; its subscribers are told so.
CREATE FUNCTION system.keep_published_tables_writable() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE altered record;
BEGIN
  FOR altered IN
    SELECT n.nspname, c.relname
    FROM pg_event_trigger_ddl_commands() AS command
    JOIN pg_class AS c ON command.classid = 'pg_class'::regclass AND c.oid = command.objid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_publication_rel AS r ON r.prrelid = c.oid
    JOIN pg_publication AS p ON p.oid = r.prpubid AND p.pubname = 'pleiad_changes'
    WHERE c.relreplident <> 'f'
      OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attgenerated = 'v' AND NOT a.attisdropped)
  LOOP
    EXECUTE format('ALTER PUBLICATION pleiad_changes DROP TABLE ONLY %I.%I', altered.nspname, altered.relname);
  END LOOP;
END $$;
CREATE EVENT TRIGGER pleiad_keep_published_writable ON ddl_command_end
  WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION system.keep_published_tables_writable();
