-- CreateTable
CREATE TABLE "system"."custom_migrations" (
    "version" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "statements" TEXT[],
    "checksum" TEXT NOT NULL,
    "snapshot" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "custom_migrations_pkey" PRIMARY KEY ("version")
);

GRANT SELECT ON system.custom_migrations TO project_admin;

-- Writes one row in the transaction that ran the migration, which runs as project_admin and may only read the table.
CREATE FUNCTION system.record_migration(version text, name text, statements text[], checksum text, snapshot jsonb)
RETURNS timestamptz LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
  AS $$ INSERT INTO system.custom_migrations (version, name, statements, checksum, snapshot)
    VALUES ($1, $2, $3, $4, $5) RETURNING created_at $$;
REVOKE ALL ON FUNCTION system.record_migration FROM PUBLIC;
GRANT EXECUTE ON FUNCTION system.record_migration TO project_admin;

-- A temporary table (bulk upserts stage their rows in one) is no change of structure that anybody else could see.
CREATE OR REPLACE FUNCTION system.announce_schema_change() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
  IF TG_EVENT = 'ddl_command_end' THEN
    IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands())
      AND NOT EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE schema_name IS DISTINCT FROM 'pg_temp') THEN
      RETURN;
    END IF;
  ELSIF NOT EXISTS (SELECT FROM pg_event_trigger_dropped_objects() WHERE NOT is_temporary) THEN
    RETURN;
  END IF;
  PERFORM pg_notify('pgrst', 'reload schema');
END $$;
