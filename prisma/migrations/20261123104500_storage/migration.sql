-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "storage";

-- CreateTable
CREATE TABLE "storage"."buckets" (
    "name" TEXT COLLATE "C" NOT NULL,
    "public" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "cors_rules" JSONB,
    "versioning_status" TEXT NOT NULL DEFAULT 'Disabled',
    "lifecycle_rules" JSONB,
    "tags" JSONB,
    "file_size_limit" BIGINT,
    "allowed_mime_types" TEXT[] DEFAULT ARRAY[]::TEXT[],

    CONSTRAINT "buckets_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "storage"."objects" (
    "bucket" TEXT COLLATE "C" NOT NULL,
    "key" TEXT COLLATE "C" NOT NULL,
    "size" BIGINT NOT NULL,
    "mime_type" TEXT,
    "uploaded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "uploaded_by" TEXT,
    "uploaded_via" TEXT NOT NULL DEFAULT 'rest',
    "s3_access_key_id" TEXT,
    "etag" TEXT,
    "cache_control" TEXT,
    "content_disposition" TEXT,
    "content_encoding" TEXT,
    "content_language" TEXT,
    "expires" TEXT,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "checksum" JSONB,

    CONSTRAINT "objects_pkey" PRIMARY KEY ("bucket","key")
);

-- CreateTable
CREATE TABLE "storage"."object_tags" (
    "bucket" TEXT COLLATE "C" NOT NULL,
    "key" TEXT COLLATE "C" NOT NULL,
    "tag_key" TEXT COLLATE "C" NOT NULL,
    "tag_value" TEXT NOT NULL,

    CONSTRAINT "object_tags_pkey" PRIMARY KEY ("bucket","key","tag_key")
);

-- CreateTable
CREATE TABLE "storage"."object_contents" (
    "bucket" TEXT COLLATE "C" NOT NULL,
    "key" TEXT COLLATE "C" NOT NULL,
    "content_id" UUID NOT NULL,

    CONSTRAINT "object_contents_pkey" PRIMARY KEY ("bucket","key")
);

-- CreateTable
CREATE TABLE "storage"."contents" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "size" BIGINT NOT NULL,
    "is_parted" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "contents_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "storage"."content_parts" (
    "content_id" UUID NOT NULL,
    "part_number" INTEGER NOT NULL,
    "blob" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "etag" TEXT NOT NULL,
    "checksum" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "content_parts_pkey" PRIMARY KEY ("content_id","part_number")
);

-- CreateTable
CREATE TABLE "storage"."uploads" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "bucket" TEXT COLLATE "C" NOT NULL,
    "key" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "attributes" JSONB NOT NULL,
    "tags" JSONB NOT NULL DEFAULT '[]',
    "checksum_algorithm" TEXT,
    "checksum_type" TEXT,
    "size" BIGINT,
    "initiated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "touched_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "completed_at" TIMESTAMPTZ(3),
    "result" JSONB,

    CONSTRAINT "uploads_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "storage"."upload_parts" (
    "upload_id" UUID NOT NULL,
    "part_number" INTEGER NOT NULL,
    "blob" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "etag" TEXT NOT NULL,
    "checksum" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "upload_parts_pkey" PRIMARY KEY ("upload_id","part_number")
);

-- CreateTable
CREATE TABLE "storage"."dead_contents" (
    "content_id" UUID NOT NULL,
    "died_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "dead_contents_pkey" PRIMARY KEY ("content_id")
);

-- CreateTable
CREATE TABLE "storage"."dead_blobs" (
    "blob" TEXT NOT NULL,
    "died_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "dead_blobs_pkey" PRIMARY KEY ("blob")
);

-- CreateTable
CREATE TABLE "storage"."config" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "max_file_size_mb" INTEGER NOT NULL DEFAULT 50,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "config_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "storage"."s3_access_keys" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "access_key_id" TEXT NOT NULL,
    "secret_access_key_encrypted" TEXT NOT NULL,
    "description" TEXT,
    "buckets" JSONB,
    "is_read_only" BOOLEAN NOT NULL DEFAULT false,
    "expires_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "s3_access_keys_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "object_contents_content_id_idx" ON "storage"."object_contents"("content_id");

-- CreateIndex
CREATE INDEX "content_parts_blob_idx" ON "storage"."content_parts"("blob");

-- CreateIndex
CREATE INDEX "uploads_bucket_key_initiated_at_id_idx" ON "storage"."uploads"("bucket", "key", "initiated_at", "id");

-- CreateIndex
CREATE INDEX "upload_parts_blob_idx" ON "storage"."upload_parts"("blob");

-- CreateIndex
CREATE UNIQUE INDEX "s3_access_keys_access_key_id_key" ON "storage"."s3_access_keys"("access_key_id");

-- AddForeignKey
ALTER TABLE "storage"."objects" ADD CONSTRAINT "objects_bucket_fkey" FOREIGN KEY ("bucket") REFERENCES "storage"."buckets"("name") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "storage"."object_tags" ADD CONSTRAINT "object_tags_bucket_key_fkey" FOREIGN KEY ("bucket", "key") REFERENCES "storage"."objects"("bucket", "key") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "storage"."object_contents" ADD CONSTRAINT "object_contents_bucket_key_fkey" FOREIGN KEY ("bucket", "key") REFERENCES "storage"."objects"("bucket", "key") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "storage"."object_contents" ADD CONSTRAINT "object_contents_content_id_fkey" FOREIGN KEY ("content_id") REFERENCES "storage"."contents"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "storage"."content_parts" ADD CONSTRAINT "content_parts_content_id_fkey" FOREIGN KEY ("content_id") REFERENCES "storage"."contents"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "storage"."uploads" ADD CONSTRAINT "uploads_bucket_fkey" FOREIGN KEY ("bucket") REFERENCES "storage"."buckets"("name") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "storage"."upload_parts" ADD CONSTRAINT "upload_parts_upload_id_fkey" FOREIGN KEY ("upload_id") REFERENCES "storage"."uploads"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma cannot say follows.

ALTER TABLE storage.objects ADD CHECK (size >= 0), ADD CHECK (uploaded_via IN ('rest', 's3', 'dashboard'));
ALTER TABLE storage.config ADD CHECK (max_file_size_mb BETWEEN 1 AND 200);
CREATE UNIQUE INDEX config_is_one_row ON storage.config ((true));
INSERT INTO storage.config DEFAULT VALUES;

-- Parts of a key, for policies.
CREATE FUNCTION storage.foldername(name text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT (string_to_array(name, '/'))[1:array_length(string_to_array(name, '/'), 1) - 1] $$;
CREATE FUNCTION storage.filename(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT (string_to_array(name, '/'))[array_length(string_to_array(name, '/'), 1)] $$;
CREATE FUNCTION storage.extension(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT substring(storage.filename(name) FROM '\.([^.]*)$') $$;

-- Whatever way a reference goes (overwrite, delete, cascade, raw SQL), what it pointed at is queued for the sweeper.
CREATE FUNCTION storage.bury_contents() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$ BEGIN
  INSERT INTO storage.dead_contents (content_id) SELECT DISTINCT content_id FROM gone ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE FUNCTION storage.bury_blobs() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$ BEGIN
  INSERT INTO storage.dead_blobs (blob) SELECT DISTINCT blob FROM gone ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER bury AFTER DELETE ON storage.object_contents REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION storage.bury_contents();
CREATE TRIGGER bury_replaced AFTER UPDATE ON storage.object_contents REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION storage.bury_contents();
CREATE TRIGGER bury AFTER DELETE ON storage.content_parts REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION storage.bury_blobs();
CREATE TRIGGER bury AFTER DELETE ON storage.upload_parts REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION storage.bury_blobs();
CREATE TRIGGER bury_replaced AFTER UPDATE ON storage.upload_parts REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION storage.bury_blobs();

-- Rights. Users have the objects table under row-level security and nothing else; an admin may read all but the keys.
GRANT USAGE ON SCHEMA storage TO anon, authenticated, project_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON storage.objects TO authenticated;
GRANT SELECT ON ALL TABLES IN SCHEMA storage TO project_admin;
REVOKE ALL ON storage.s3_access_keys FROM project_admin;
GRANT SELECT (id, access_key_id, description, buckets, is_read_only, expires_at, created_at, last_used_at)
  ON storage.s3_access_keys TO project_admin;
-- The committing transaction leaves the caller's role for project_admin to swap the bytes behind the row.
GRANT INSERT, UPDATE, DELETE ON storage.contents, storage.content_parts, storage.object_contents, storage.object_tags,
  storage.uploads, storage.upload_parts TO project_admin;
ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY;
CREATE POLICY storage_objects_owner_select ON storage.objects FOR SELECT TO authenticated
  USING (uploaded_by = (SELECT auth.jwt() ->> 'sub'));
CREATE POLICY storage_objects_owner_insert ON storage.objects FOR INSERT TO authenticated
  WITH CHECK (uploaded_by = (SELECT auth.jwt() ->> 'sub'));
CREATE POLICY storage_objects_owner_update ON storage.objects FOR UPDATE TO authenticated
  USING (uploaded_by = (SELECT auth.jwt() ->> 'sub')) WITH CHECK (uploaded_by = (SELECT auth.jwt() ->> 'sub'));
CREATE POLICY storage_objects_owner_delete ON storage.objects FOR DELETE TO authenticated
  USING (uploaded_by = (SELECT auth.jwt() ->> 'sub'));
-- Only a table's owner may make policies on it, and projects make their own. So the server never writes this table as
-- itself, only as one of the three roles: a trigger that an admin adds gains nothing.
GRANT CREATE ON SCHEMA storage TO project_admin;
ALTER TABLE storage.objects OWNER TO project_admin;
REVOKE CREATE ON SCHEMA storage FROM project_admin;

-- Expiry by lifecycle rules. Runs as project_admin, since only the request roles may write the objects table.
CREATE FUNCTION storage.expire_objects(bucket_name text, from_key text, to_key text, put_before timestamptz,
  min_size bigint, max_size bigint, wanted_tags jsonb) RETURNS int LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog
AS $$
  WITH gone AS (
    DELETE FROM storage.objects o
    WHERE o.bucket = bucket_name AND o.key >= from_key AND o.key <= to_key AND o.uploaded_at < put_before
      AND (min_size IS NULL OR o.size > min_size) AND (max_size IS NULL OR o.size < max_size)
      AND NOT EXISTS (
        SELECT FROM jsonb_to_recordset(wanted_tags) AS w (key text, value text)
        WHERE NOT EXISTS (SELECT FROM storage.object_tags t WHERE t.bucket = o.bucket AND t.key = o.key
          AND t.tag_key = w.key AND t.tag_value = w.value))
    RETURNING 1)
  SELECT count(*)::int FROM gone
$$;
REVOKE ALL ON FUNCTION storage.expire_objects FROM PUBLIC;
GRANT CREATE ON SCHEMA storage TO project_admin;
ALTER FUNCTION storage.expire_objects OWNER TO project_admin;
REVOKE CREATE ON SCHEMA storage FROM project_admin;
