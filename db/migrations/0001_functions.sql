-- Row-level security binds the owner too: whoever runs as the schema's owner sees no tenant without its setting.
DO $$
DECLARE t record;
BEGIN
  FOR t IN SELECT c.oid::regclass AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = 'app' AND c.relkind = 'r'
  LOOP EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t.name); END LOOP;
END $$;
--> statement-breakpoint
-- Called first by every function of this schema: what has no tenant is out of every portal transaction's reach.
CREATE FUNCTION control.refuse_in_portal() RETURNS void LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
  IF nullif(current_setting('app.portal_id', true), '') IS NOT NULL THEN
    RAISE EXCEPTION 'control is out of reach inside a portal transaction' USING ERRCODE = '42501';
  END IF;
END $$;
--> statement-breakpoint
CREATE FUNCTION control.append_deliveries(ids uuid[], bodies bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  INSERT INTO control.delivery (id, body) SELECT * FROM unnest(ids, bodies);
  INSERT INTO control.intake (delivery_id) SELECT unnest(ids);
END $$;
--> statement-breakpoint
-- Oldest first; a claim that was not settled is offered again when its lease ends.
CREATE FUNCTION control.claim_deliveries(wanted int, lease interval)
RETURNS TABLE (id uuid, received_at timestamptz, attempts int, body bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
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
CREATE FUNCTION control.settle_deliveries(ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  DELETE FROM control.intake WHERE delivery_id = ANY (ids);
END $$;
--> statement-breakpoint
CREATE FUNCTION control.postpone_deliveries(ids uuid[], delay interval) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  UPDATE control.intake SET claimed_until = now() + delay WHERE delivery_id = ANY (ids);
END $$;
--> statement-breakpoint
-- Puts kept deliveries back into the queue; ingesting twice changes nothing that is right.
CREATE FUNCTION control.replay_deliveries(since timestamptz, after uuid, wanted int)
RETURNS TABLE (id uuid, received_at timestamptz, body bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  RETURN QUERY SELECT d.id, d.received_at, d.body FROM control.delivery d
    WHERE d.received_at >= since AND (after IS NULL OR d.id > after) ORDER BY d.id LIMIT wanted;
END $$;
--> statement-breakpoint
CREATE FUNCTION control.requeue_deliveries(ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  INSERT INTO control.intake (delivery_id) SELECT d.id FROM control.delivery d WHERE d.id = ANY (ids)
  ON CONFLICT (delivery_id) DO NOTHING;
END $$;
--> statement-breakpoint
CREATE FUNCTION control.quarantine_change(
  new_id uuid, from_delivery uuid, at_position int, since timestamptz, why text, number text, content bytea)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  INSERT INTO control.quarantine (id, delivery_id, position, received_at, reason, phone_number_id, body)
  VALUES (new_id, from_delivery, at_position, since, why, number, content)
  ON CONFLICT (delivery_id, position) DO NOTHING;
END $$;
--> statement-breakpoint
CREATE FUNCTION control.quarantined(number text, after uuid, wanted int)
RETURNS TABLE (id uuid, delivery_id uuid, "position" int, received_at timestamptz, reason text, phone_number_id text, body bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  RETURN QUERY SELECT q.id, q.delivery_id, q.position, q.received_at, q.reason, q.phone_number_id, q.body
    FROM control.quarantine q
    WHERE (number IS NULL OR q.phone_number_id = number) AND (after IS NULL OR q.id > after)
    ORDER BY q.id LIMIT wanted;
END $$;
--> statement-breakpoint
CREATE FUNCTION control.leave_quarantine(ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  DELETE FROM control.quarantine WHERE id = ANY (ids);
END $$;
--> statement-breakpoint
CREATE FUNCTION control.reseal(kind text, ids uuid[], bodies bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  IF kind = 'delivery' THEN
    UPDATE control.delivery d SET body = n.body FROM unnest(ids, bodies) AS n(id, body) WHERE d.id = n.id;
  ELSE
    UPDATE control.quarantine q SET body = n.body FROM unnest(ids, bodies) AS n(id, body) WHERE q.id = n.id;
  END IF;
END $$;
--> statement-breakpoint
CREATE FUNCTION control.intake_state()
RETURNS TABLE (waiting bigint, oldest_at timestamptz, last_received_at timestamptz, quarantined bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  RETURN QUERY SELECT
    (SELECT count(*) FROM control.intake),
    (SELECT d.received_at FROM control.intake i JOIN control.delivery d ON d.id = i.delivery_id ORDER BY i.delivery_id LIMIT 1),
    (SELECT max(d.received_at) FROM control.delivery d),
    (SELECT count(*) FROM control.quarantine);
END $$;
--> statement-breakpoint
CREATE FUNCTION control.purge(before timestamptz) RETURNS TABLE (deliveries bigint, changes bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE d bigint; q bigint;
BEGIN
  PERFORM control.refuse_in_portal();
  DELETE FROM control.intake i USING control.delivery x WHERE x.id = i.delivery_id AND x.received_at < before;
  DELETE FROM control.delivery WHERE received_at < before; GET DIAGNOSTICS d = ROW_COUNT;
  DELETE FROM control.quarantine WHERE received_at < before; GET DIAGNOSTICS q = ROW_COUNT;
  DELETE FROM control.exchanged_token WHERE at < now() - interval '24 hours';
  RETURN QUERY SELECT d, q;
END $$;
--> statement-breakpoint
-- Answers the portal a member id has from now on: the given one if it is new, else the known one.
CREATE FUNCTION control.enter_member(member text, fresh uuid) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE known uuid;
BEGIN
  PERFORM control.refuse_in_portal();
  INSERT INTO control.member_portal (member_id, portal_id) VALUES (member, fresh) ON CONFLICT (member_id) DO NOTHING;
  SELECT portal_id INTO known FROM control.member_portal WHERE member_id = member;
  RETURN known;
END $$;
--> statement-breakpoint
CREATE FUNCTION control.portal_of_member(member text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  RETURN (SELECT portal_id FROM control.member_portal WHERE member_id = member);
END $$;
--> statement-breakpoint
CREATE FUNCTION control.portals(after uuid, wanted int) RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  RETURN QUERY SELECT portal_id FROM control.member_portal WHERE after IS NULL OR portal_id > after
    ORDER BY portal_id LIMIT wanted;
END $$;
--> statement-breakpoint
CREATE FUNCTION control.forget_portal(portal uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  DELETE FROM control.number_portal WHERE portal_id = portal;
  DELETE FROM control.exchanged_token WHERE portal_id = portal;
  DELETE FROM control.member_portal WHERE portal_id = portal;
END $$;
--> statement-breakpoint
-- True when the number is this portal's now; false when another portal holds it.
CREATE FUNCTION control.take_number(number text, portal uuid, channel uuid, began timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE taken int;
BEGIN
  PERFORM control.refuse_in_portal();
  INSERT INTO control.number_portal (phone_number_id, portal_id, channel_id, since) VALUES (number, portal, channel, began)
  ON CONFLICT (phone_number_id) DO UPDATE
    SET channel_id = excluded.channel_id, since = excluded.since, stopped_at = NULL
    WHERE number_portal.portal_id = excluded.portal_id;
  GET DIAGNOSTICS taken = ROW_COUNT;
  RETURN taken > 0;
END $$;
--> statement-breakpoint
CREATE FUNCTION control.release_number(number text, portal uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  DELETE FROM control.number_portal WHERE phone_number_id = number AND portal_id = portal;
END $$;
--> statement-breakpoint
CREATE FUNCTION control.stop_numbers(portal uuid, stop boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  UPDATE control.number_portal SET stopped_at = CASE WHEN stop THEN coalesce(stopped_at, now()) END WHERE portal_id = portal;
END $$;
--> statement-breakpoint
CREATE FUNCTION control.route_numbers(numbers text[])
RETURNS TABLE (phone_number_id text, portal_id uuid, channel_id uuid, since timestamptz, stopped boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  RETURN QUERY SELECT n.phone_number_id, n.portal_id, n.channel_id, n.since, n.stopped_at IS NOT NULL
    FROM control.number_portal n WHERE n.phone_number_id = ANY (numbers);
END $$;
--> statement-breakpoint
CREATE FUNCTION control.remember_exchange(token_hash bytea, portal uuid, user_id text, is_admin boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  INSERT INTO control.exchanged_token (hash, portal_id, user_id, is_admin) VALUES (token_hash, portal, user_id, is_admin)
  ON CONFLICT (hash) DO NOTHING;
END $$;
--> statement-breakpoint
CREATE FUNCTION control.recall_exchange(token_hashes bytea[]) RETURNS TABLE (portal_id uuid, user_id text, is_admin boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  RETURN QUERY SELECT e.portal_id, e.user_id, e.is_admin FROM control.exchanged_token e
    WHERE e.hash = ANY (token_hashes) AND e.at > now() - interval '24 hours' LIMIT 1;
END $$;
--> statement-breakpoint
CREATE FUNCTION control.set_tombstones(of_kind text, with_key text, hashes bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  INSERT INTO control.tombstone (kind, key_id, hash) SELECT of_kind, with_key, unnest(hashes) ON CONFLICT DO NOTHING;
END $$;
--> statement-breakpoint
CREATE FUNCTION control.tombstones(of_kind text, hashes bytea[]) RETURNS TABLE (hash bytea, at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  RETURN QUERY SELECT t.hash, t.at FROM control.tombstone t WHERE t.kind = of_kind AND t.hash = ANY (hashes);
END $$;
--> statement-breakpoint
CREATE FUNCTION control.use_key(id text, new_proof bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  INSERT INTO control.key_use (key_id, proof) VALUES (id, new_proof) ON CONFLICT (key_id) DO NOTHING;
  RETURN (SELECT proof = new_proof FROM control.key_use WHERE key_id = id);
END $$;
--> statement-breakpoint
CREATE FUNCTION control.keys_in_use() RETURNS TABLE (key_id text, proof bytea, tombstones bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  RETURN QUERY SELECT k.key_id, k.proof, (SELECT count(*) FROM control.tombstone t WHERE t.key_id = k.key_id)
    FROM control.key_use k;
END $$;
--> statement-breakpoint
CREATE FUNCTION control.retire_key(id text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  IF EXISTS (SELECT 1 FROM control.tombstone WHERE key_id = id) THEN RETURN false; END IF;
  DELETE FROM control.key_use WHERE key_id = id;
  RETURN true;
END $$;
--> statement-breakpoint
CREATE FUNCTION control.write_receipt(receipt uuid, of_scope text, of_subject bytea, started timestamptz, ended timestamptz, removed jsonb)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM control.refuse_in_portal();
  INSERT INTO control.erasure_receipt (id, scope, subject, started_at, ended_at, counts)
  VALUES (receipt, of_scope, of_subject, started, ended, removed)
  ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, counts = excluded.counts;
END $$;
--> statement-breakpoint
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA control FROM PUBLIC;
