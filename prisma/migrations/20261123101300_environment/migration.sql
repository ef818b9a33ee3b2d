-- The Postgres surroundings that user SQL and row-level security rely on (contract: auth §9, database §10).

-- Roles are shared by all databases of a server, so another database may have made them already.
DO $$
DECLARE role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['anon', 'authenticated', 'project_admin', 'authenticator'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', role_name);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
  END LOOP;
END $$;
ALTER ROLE project_admin BYPASSRLS;
-- The login of every request: it can become each of the three and has no right of its own, so RESET ROLE gains nothing.
GRANT anon, authenticated, project_admin TO authenticator;

-- Claims of the request. All null-safe; uid() raises on a subject that is not a UUID.
CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')::uuid $$;
CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role' $$;
CREATE FUNCTION auth.email() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email' $$;

CREATE FUNCTION system.update_updated_at() RETURNS trigger LANGUAGE plpgsql
  AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;
CREATE FUNCTION system.reload_postgrest_schema() RETURNS void LANGUAGE sql
  AS $$ SELECT pg_notify('pgrst', 'reload schema') $$;

-- The one list of schemas that belong to the platform; everything else that is not Postgres' own is the project's.
CREATE FUNCTION system.is_platform_schema(name text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT name = ANY (ARRAY['ai', 'auth', 'compute', 'deployments', 'email', 'functions', 'memory', 'payments',
    'realtime', 'schedules', 'storage', 'system']) OR name = 'information_schema' OR starts_with(name, 'pg_') $$;

-- Writes one audit row in the caller's transaction. project_admin may, because admin SQL is audited on its own connection.
CREATE FUNCTION system.record_audit(
  actor_id text, module text, action text, subject text, details jsonb, request_id text, ip text
) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
  AS $$ INSERT INTO system.audit_entries (actor_id, module, action, subject, details, request_id, ip)
    VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id $$;
REVOKE ALL ON FUNCTION system.record_audit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION system.record_audit TO project_admin;

-- Rights on the platform's schemas. anon and authenticated have none on any table in them.
GRANT USAGE ON SCHEMA auth, system TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA auth TO project_admin;
ALTER DEFAULT PRIVILEGES IN SCHEMA auth GRANT SELECT ON TABLES TO project_admin;
GRANT INSERT, UPDATE, DELETE, REFERENCES, TRIGGER ON auth.users TO project_admin;
GRANT INSERT, UPDATE, DELETE ON auth.user_providers TO project_admin;
GRANT SELECT ON system.audit_entries TO project_admin;

-- `public` belongs to the project: project_admin owns it, the other two roles may use all that is and will be in it,
-- so that row-level security is the one barrier.
ALTER SCHEMA public OWNER TO project_admin;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO anon, authenticated;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO anon, authenticated;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO anon, authenticated;
ALTER DEFAULT PRIVILEGES FOR ROLE project_admin IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO anon, authenticated;
ALTER DEFAULT PRIVILEGES FOR ROLE project_admin IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO anon, authenticated;

-- A new table in one of the project's schemas starts with row-level security on, whoever makes it and however.
CREATE FUNCTION system.enable_row_security() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
DECLARE made record;
BEGIN
  FOR made IN
    SELECT n.nspname, c.relname
    FROM pg_event_trigger_ddl_commands() AS command
    JOIN pg_class AS c ON command.classid = 'pg_class'::regclass AND c.oid = command.objid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND NOT command.in_extension
      AND NOT system.is_platform_schema(n.nspname)
  LOOP
    EXECUTE format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', made.nspname, made.relname);
  END LOOP;
END $$;
CREATE EVENT TRIGGER pleiad_enable_row_security ON ddl_command_end
  WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO') EXECUTE FUNCTION system.enable_row_security();

-- Every change of structure tells the schema caches, at commit.
CREATE FUNCTION system.announce_schema_change() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog
  AS $$ BEGIN PERFORM pg_notify('pgrst', 'reload schema'); END $$;
CREATE EVENT TRIGGER pleiad_announce_change ON ddl_command_end EXECUTE FUNCTION system.announce_schema_change();
CREATE EVENT TRIGGER pleiad_announce_drop ON sql_drop EXECUTE FUNCTION system.announce_schema_change();
