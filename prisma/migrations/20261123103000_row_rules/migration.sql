-- Undoes a request whose statement touched a number of rows that the request forbids (single object wanted, max-affected,
-- PUT, limited writes). Raising inside the statement keeps the request at one round trip. PLR01 never leaves the server.
CREATE FUNCTION system.reject_rows(is_broken boolean, code text, row_count bigint) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog
AS $$
BEGIN
  IF is_broken THEN
    RAISE EXCEPTION USING ERRCODE = 'PLR01', MESSAGE = code, DETAIL = row_count::text;
  END IF;
END $$;
GRANT EXECUTE ON FUNCTION system.reject_rows TO PUBLIC;
