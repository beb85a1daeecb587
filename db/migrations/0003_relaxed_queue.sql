-- A claim, a postponement or a settlement that a crash of the database takes back is made again, and ingesting twice changes
-- nothing: these commits do not wait for the disk. What was appended does, and so does what was ingested.
CREATE OR REPLACE FUNCTION control.claim_deliveries(wanted int, lease interval)
RETURNS TABLE (id uuid, received_at timestamptz, attempts int, body bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  PERFORM set_config('synchronous_commit', 'off', true);
  RETURN QUERY
    WITH due AS (
      SELECT i.delivery_id FROM control.intake i
      WHERE i.claimed_until IS NULL OR i.claimed_until < now()
      ORDER BY i.delivery_id LIMIT wanted FOR UPDATE SKIP LOCKED
    ), claimed AS (
      UPDATE control.intake i SET claimed_until = now() + lease, attempts = i.attempts + 1
      FROM due WHERE i.delivery_id = due.delivery_id RETURNING i.delivery_id, i.attempts
    )
    SELECT d.id, d.received_at, c.attempts, d.body FROM claimed c JOIN control.delivery d ON d.id = c.delivery_id
    ORDER BY d.id;
END $$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION control.settle_deliveries(ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  PERFORM set_config('synchronous_commit', 'off', true);
  DELETE FROM control.intake WHERE delivery_id = ANY (ids);
END $$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION control.postpone_deliveries(ids uuid[], delay interval) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  PERFORM set_config('synchronous_commit', 'off', true);
  UPDATE control.intake SET claimed_until = now() + delay WHERE delivery_id = ANY (ids);
END $$;
--> statement-breakpoint
-- A queue is empty again and again: giving its end back to the file system would lock it against those who append.
ALTER TABLE control.intake SET (vacuum_truncate = off);
