-- Plans are kept generic: planning these queries costs several times what running them does. And
-- by index, always: a plan made while a table was still empty would be kept when it is not. Without
-- JIT: it would compile at every call what runs for a tenth of a millisecond.
--
-- The gate: who may take, decided in the caller's short READ COMMITTED transaction. Every statement
-- of a volatile function sees what was committed until it began, so what follows a lock sees
-- everything that was committed by those who held it before.

-- Advisory locks: classes 884251 products (in stripes, so that a large claim cannot exhaust the
-- lock table), 884252 bonds (held by the Odoo transaction that a claim lives and dies with),
-- 884253 claims (held by the Odoo transaction that uses one up).

-- Lock products against other decisions; in order, so that no two callers wait for each other.
CREATE OR REPLACE FUNCTION xb_stock_lock(products int[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(products) = 1 THEN
        PERFORM pg_advisory_xact_lock(884251, products[1] % 1024);
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(884251, stripe.number)
       FROM (SELECT DISTINCT product % 1024 AS number FROM unnest(products) product
              ORDER BY 1) stripe;
END $$;

-- Close open claims on the products whose time is over; true when there were any.
-- A bound claim is over when the transaction it is bound to has ended: nobody holds its lock. An
-- expired one is over unless a transaction is using it up right now.
CREATE OR REPLACE FUNCTION xb_stock_reap(products int[]) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    dead int[];
BEGIN
    SELECT array_agg(claim.id) INTO dead
      FROM xb_stock_claim claim
     WHERE claim.state = 'open'
       AND (products IS NULL OR claim.id IN (
            SELECT line.claim_id FROM xb_stock_claim_line line
             WHERE line.is_open AND line.product_id = ANY(products)))
       AND CASE
            WHEN claim.bond IS NOT NULL THEN NOT EXISTS (
                SELECT 1 FROM pg_locks held
                 WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 2
                   AND held.classid = 884252 AND held.objid = claim.bond::oid
                   AND held.database = (
                        SELECT oid FROM pg_database WHERE datname = current_database()))
            WHEN claim.expires_at < now() AT TIME ZONE 'UTC' THEN
                pg_try_advisory_xact_lock(884253, claim.id)
            ELSE FALSE
           END;
    IF dead IS NULL THEN
        RETURN FALSE;
    END IF;
    -- A transaction that ended well has left its use behind; only this statement surely sees it.
    RETURN xb_stock_close(dead, 'expired') > 0;
END $$;

-- Close claims that nothing has used up; returns how many.
CREATE OR REPLACE FUNCTION xb_stock_close(claims int[], new_state text) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
    closed int[];
BEGIN
    WITH chosen AS (
        SELECT claim.id FROM xb_stock_claim claim
         WHERE claim.id = ANY(claims) AND claim.state = 'open'
           AND NOT EXISTS (SELECT 1 FROM xb_stock_claim_use used WHERE used.claim_id = claim.id)
         ORDER BY claim.id FOR UPDATE SKIP LOCKED
    ), done AS (
        UPDATE xb_stock_claim claim
           SET state = new_state, closed_at = now() AT TIME ZONE 'UTC'
          FROM chosen WHERE claim.id = chosen.id
        RETURNING claim.id
    )
    SELECT array_agg(id) INTO closed FROM done;
    UPDATE xb_stock_claim_line SET is_open = FALSE WHERE claim_id = ANY(closed);
    RETURN COALESCE(cardinality(closed), 0);
END $$;

-- Turn what transactions have used up into history; returns how many claims.
CREATE OR REPLACE FUNCTION xb_stock_settle() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    used int[];
BEGIN
    WITH gone AS (
        DELETE FROM xb_stock_claim_use
         WHERE id IN (SELECT id FROM xb_stock_claim_use ORDER BY id LIMIT 1000
                         FOR UPDATE SKIP LOCKED)
        RETURNING claim_id, order_id
    ), done AS (
        UPDATE xb_stock_claim claim
           SET state = 'consumed', order_id = gone.order_id, closed_at = now() AT TIME ZONE 'UTC'
          FROM gone WHERE claim.id = gone.claim_id
        RETURNING claim.id
    )
    SELECT array_agg(id) INTO used FROM done;
    UPDATE xb_stock_claim_line SET is_open = FALSE WHERE claim_id = ANY(used);
    RETURN COALESCE(cardinality(used), 0);
END $$;

-- Decide one claim. The caller holds the products' locks.
--
-- Lines are parallel arrays, one entry per (product, warehouse); withheld is what of the free stock
-- this caller may not touch (allocated to other shops), negative where he may promise more than is
-- there. bond is the lock of the transaction the claim is bound to, NULL for one that lives by its
-- time. Returns one row per line; claim is NULL when nothing was claimed.
CREATE OR REPLACE FUNCTION xb_stock_decide(
    the_key text, the_digest text, the_nonce text, the_company int, the_shop int, the_user int,
    products int[], warehouses int[], asked numeric[], withheld numeric[],
    in_part boolean, seconds int, the_bond int
) RETURNS TABLE (
    claim int, nonce text, digest text, product int, warehouse int,
    wanted numeric, granted numeric, available numeric, expires timestamp
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
DECLARE
    free numeric[];
    given numeric[];
    enough boolean;
    new_id int;
    ending timestamp := (now() AT TIME ZONE 'UTC') + seconds * interval '1 second';
BEGIN
    IF the_key IS NOT NULL THEN
        RETURN QUERY
        SELECT old.id, old.nonce::text, old.digest::text, line.product_id, line.warehouse_id,
               line.asked, line.quantity, line.available, old.expires_at
          FROM xb_stock_claim old
          LEFT JOIN xb_stock_claim_line line ON line.claim_id = old.id
         WHERE old.key = the_key AND old.state IN ('open', 'consumed')
         ORDER BY line.id;
        IF FOUND THEN
            RETURN;
        END IF;
    END IF;
    FOR turn IN 1..2 LOOP
        IF cardinality(products) <= 8 THEN
            SELECT array_agg(xb_stock_free(line.product, line.warehouse) - line.back
                             ORDER BY line.number)
              INTO free
              FROM unnest(products, warehouses, withheld)
                   WITH ORDINALITY line(product, warehouse, back, number);
        ELSE
            SELECT array_agg(
                       COALESCE(truth.on_hand - truth.reserved - truth.waiting, 0)
                       - COALESCE(taken.claimed, 0) - line.back
                       ORDER BY line.number)
              INTO free
              FROM unnest(products, warehouses, withheld)
                   WITH ORDINALITY line(product, warehouse, back, number)
              LEFT JOIN xb_stock_truth(products, warehouses) truth
                ON truth.product_id = line.product AND truth.warehouse_id = line.warehouse
              LEFT JOIN xb_stock_claimed(products, warehouses) taken
                ON taken.product_id = line.product AND taken.warehouse_id = line.warehouse;
        END IF;
        enough := TRUE;
        FOR i IN 1..cardinality(products) LOOP
            -- quantities come from floats: a millionth is noise
            given[i] := CASE WHEN free[i] + 0.000001 >= asked[i] THEN asked[i]
                             ELSE GREATEST(0, trunc(free[i], 6)) END;
            enough := enough AND given[i] = asked[i];
        END LOOP;
        EXIT WHEN enough OR turn = 2;
        EXIT WHEN NOT xb_stock_reap(products);
    END LOOP;
    IF enough OR (in_part AND 0 < ANY(given)) THEN
        INSERT INTO xb_stock_claim (
            key, digest, nonce, state, company_id, shop_id, user_id, bond,
            created_at, expires_at
        ) VALUES (
            the_key, the_digest, the_nonce, 'open', the_company, the_shop, the_user, the_bond,
            now() AT TIME ZONE 'UTC', ending
        ) RETURNING id INTO new_id;
        INSERT INTO xb_stock_claim_line (
            claim_id, product_id, warehouse_id, asked, quantity, available, is_open
        )
        SELECT new_id, line.product, line.warehouse, line.asked, line.given, line.free,
               line.given > 0
          FROM unnest(products, warehouses, asked, given, free)
               line(product, warehouse, asked, given, free);
    END IF;
    RETURN QUERY
    SELECT new_id, the_nonce, the_digest, line.product, line.warehouse, line.asked,
           CASE WHEN new_id IS NULL THEN 0 ELSE line.given END, line.free, ending
      FROM (SELECT 1) claim  -- one row for a claim without lines, too
      LEFT JOIN unnest(products, warehouses, asked, given, free)
           line(product, warehouse, asked, given, free) ON TRUE;
END $$;

-- Lock and decide claims that came together, in the order given. Claims and lines are parallel
-- arrays; ends says where in those of lines a claim's own end.
-- The commit does not wait for the disk, because the products' locks would wait with it: everybody
-- after us on the same product. The caller sees to the disk before he answers (gate.py), together
-- with all who wait at that moment.
CREATE OR REPLACE FUNCTION xb_stock_claim_many(
    keys text[], digests text[], nonces text[], companies int[], shops int[], users int[],
    in_part boolean[], seconds int[], ends int[],
    products int[], warehouses int[], asked numeric[], withheld numeric[]
) RETURNS TABLE (
    number int, claim int, nonce text, digest text, product int, warehouse int,
    wanted numeric, granted numeric, available numeric, expires timestamp
) LANGUAGE plpgsql SET lock_timeout = '10s' SET jit = off AS $$
DECLARE
    head int := 1;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', TRUE);
    PERFORM xb_stock_lock(products);
    FOR i IN 1..cardinality(keys) LOOP
        RETURN QUERY SELECT i, one.* FROM xb_stock_decide(
            keys[i], digests[i], nonces[i], companies[i], shops[i], users[i],
            products[head:ends[i]], warehouses[head:ends[i]], asked[head:ends[i]],
            withheld[head:ends[i]], in_part[i], seconds[i], NULL) one;
        head := ends[i] + 1;
    END LOOP;
END $$;

-- The same for many orders of one transaction, each all or nothing, in the order given: what they
-- claim is bound to that transaction, and a crash takes back both. Lines are parallel arrays;
-- owners says which order, by its place in the_orders, a line belongs to.
CREATE OR REPLACE FUNCTION xb_stock_claim_bound(
    the_orders int[], companies int[], shops int[], the_user int, owners int[],
    products int[], warehouses int[], asked numeric[], withheld numeric[],
    seconds int, the_bond int
) RETURNS TABLE (
    ordered int, claim int, product int, wanted numeric, available numeric
) LANGUAGE plpgsql SET lock_timeout = '10s' SET jit = off AS $$
DECLARE
    mine record;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', TRUE);
    PERFORM xb_stock_lock(products);
    FOR i IN 1..cardinality(the_orders) LOOP
        SELECT array_agg(line.product ORDER BY line.number) AS products,
               array_agg(line.warehouse ORDER BY line.number) AS warehouses,
               array_agg(line.asked ORDER BY line.number) AS asked,
               array_agg(line.back ORDER BY line.number) AS back
          INTO mine
          FROM unnest(owners, products, warehouses, asked, withheld)
               WITH ORDINALITY line(owner, product, warehouse, asked, back, number)
         WHERE line.owner = i;
        RETURN QUERY
        SELECT the_orders[i], one.claim, one.product, one.wanted, one.available
          FROM xb_stock_decide(
            NULL, NULL, NULL, companies[i], shops[i], the_user, mine.products, mine.warehouses,
            mine.asked, mine.back, FALSE, seconds, the_bond) one;
    END LOOP;
END $$;
