-- The levels follow the truth: whatever changes a quant or a demand leaves a mark in its own
-- transaction (triggers.sql); after the commit somebody removes the marks and writes what is true.
-- Marks are only ever inserted by Odoo's transactions: two of them never wait for, nor fail because
-- of, each other.

-- Settle used claims and follow the marks of up to so many products; one row per level looked at.
CREATE OR REPLACE FUNCTION xb_stock_follow(at_most int)
RETURNS TABLE (
    level int, product int, warehouse int, company int, changed boolean
) LANGUAGE plpgsql SET lock_timeout = '10s' SET jit = off AS $$
DECLARE
    marked int[];
    everywhere int[];
BEGIN
    -- A crash that takes this back brings the marks back.
    PERFORM set_config('synchronous_commit', 'off', TRUE);
    PERFORM xb_stock_settle();
    SELECT array_agg(mark.product_id) INTO marked
      FROM (SELECT DISTINCT touch.product_id FROM xb_stock_touch touch LIMIT at_most) mark;
    IF marked IS NULL THEN
        RETURN;
    END IF;
    PERFORM xb_stock_lock(marked);
    -- First the marks, then the truth: what is committed in between keeps its mark.
    WITH gone AS (
        DELETE FROM xb_stock_touch touch WHERE touch.product_id = ANY(marked)
        RETURNING touch.product_id
    )
    SELECT array_agg(DISTINCT gone.product_id) INTO marked
      FROM gone JOIN product_product product ON product.id = gone.product_id;
    IF marked IS NULL THEN
        RETURN;
    END IF;
    SELECT array_agg(id) INTO everywhere FROM stock_warehouse;
    RETURN QUERY
    WITH truth AS (
        SELECT * FROM xb_stock_truth(marked, everywhere)
        UNION ALL
        -- gone from there altogether
        SELECT old.product_id, old.warehouse_id, 0, 0, 0
          FROM xb_stock_level old
         WHERE old.product_id = ANY(marked)
    ), one AS (
        SELECT truth.product_id, truth.warehouse_id, SUM(truth.on_hand) AS on_hand,
               SUM(truth.reserved) AS reserved, SUM(truth.waiting) AS waiting
          FROM truth GROUP BY 1, 2 ORDER BY 1, 2
    ), written AS (
        INSERT INTO xb_stock_level AS old (
            product_id, warehouse_id, company_id, on_hand, reserved, waiting, free, limited,
            version, changed_at
        )
        SELECT one.product_id, one.warehouse_id, place.company_id, one.on_hand, one.reserved,
               one.waiting, one.on_hand - one.reserved - one.waiting,
               kind.is_storable AND kind.xb_sell_beyond IS NOT TRUE,
               nextval('xb_stock_version_seq'), now() AT TIME ZONE 'UTC'
          FROM one
          JOIN stock_warehouse place ON place.id = one.warehouse_id
          JOIN product_product item ON item.id = one.product_id
          JOIN product_template kind ON kind.id = item.product_tmpl_id
        ON CONFLICT (product_id, warehouse_id) DO UPDATE
           SET on_hand = excluded.on_hand, reserved = excluded.reserved,
               waiting = excluded.waiting, free = excluded.free, limited = excluded.limited,
               version = excluded.version, changed_at = excluded.changed_at
         WHERE (old.on_hand, old.reserved, old.waiting, old.limited)
               IS DISTINCT FROM
               (excluded.on_hand, excluded.reserved, excluded.waiting, excluded.limited)
        RETURNING old.id, old.product_id, old.warehouse_id, old.on_hand, old.free, old.version
    ), history AS (
        INSERT INTO xb_stock_day AS old (product_id, warehouse_id, day, on_hand, free)
        SELECT written.product_id, written.warehouse_id, (now() AT TIME ZONE 'UTC')::date,
               written.on_hand, written.free
          FROM written
        ON CONFLICT (product_id, warehouse_id, day) DO UPDATE
           SET on_hand = excluded.on_hand, free = excluded.free
    )
    SELECT COALESCE(written.id, old.id), one.product_id, one.warehouse_id, place.company_id,
           written.id IS NOT NULL
      FROM one
      JOIN stock_warehouse place ON place.id = one.warehouse_id
      LEFT JOIN written
        ON written.product_id = one.product_id AND written.warehouse_id = one.warehouse_id
      LEFT JOIN xb_stock_level old
        ON old.product_id = one.product_id AND old.warehouse_id = one.warehouse_id;
END $$;

-- What is known of products, summed over warehouses: by their levels. Exact for products without a
-- mark; the caller looks for marks in the same snapshot or before.
CREATE OR REPLACE FUNCTION xb_stock_read_levels(products int[], warehouses int[])
RETURNS TABLE (
    product int, limited boolean, on_hand float8, reserved float8, waiting float8, claimed float8
) LANGUAGE sql STABLE AS $$
    SELECT item.id, kind.is_storable AND kind.xb_sell_beyond IS NOT TRUE,
           COALESCE(known.on_hand, 0)::float8, COALESCE(known.reserved, 0)::float8,
           COALESCE(known.waiting, 0)::float8, COALESCE(taken.claimed, 0)::float8
      FROM product_product item
      JOIN product_template kind ON kind.id = item.product_tmpl_id
      LEFT JOIN (
        SELECT level.product_id, SUM(level.on_hand) AS on_hand, SUM(level.reserved) AS reserved,
               SUM(level.waiting) AS waiting
          FROM xb_stock_level level
         WHERE level.product_id = ANY(products) AND level.warehouse_id = ANY(warehouses)
         GROUP BY level.product_id
      ) known ON known.product_id = item.id
      LEFT JOIN (
        SELECT one.product_id, SUM(one.claimed) AS claimed
          FROM xb_stock_claimed(products, warehouses) one GROUP BY one.product_id
      ) taken ON taken.product_id = item.id
     WHERE item.id = ANY(products)
$$;

-- The same by the truth, for products that carry a mark.
CREATE OR REPLACE FUNCTION xb_stock_read_truth(products int[], warehouses int[])
RETURNS TABLE (
    product int, limited boolean, on_hand float8, reserved float8, waiting float8, claimed float8
) LANGUAGE sql STABLE AS $$
    SELECT item.id, kind.is_storable AND kind.xb_sell_beyond IS NOT TRUE,
           COALESCE(known.on_hand, 0)::float8, COALESCE(known.reserved, 0)::float8,
           COALESCE(known.waiting, 0)::float8, COALESCE(taken.claimed, 0)::float8
      FROM product_product item
      JOIN product_template kind ON kind.id = item.product_tmpl_id
      LEFT JOIN (
        SELECT truth.product_id, SUM(truth.on_hand) AS on_hand, SUM(truth.reserved) AS reserved,
               SUM(truth.waiting) AS waiting
          FROM xb_stock_truth(products, warehouses) truth GROUP BY truth.product_id
      ) known ON known.product_id = item.id
      LEFT JOIN (
        SELECT one.product_id, SUM(one.claimed) AS claimed
          FROM xb_stock_claimed(products, warehouses) one GROUP BY one.product_id
      ) taken ON taken.product_id = item.id
     WHERE item.id = ANY(products)
$$;

-- A few products in one call, planned once per cursor: planning costs more than reading.
CREATE OR REPLACE FUNCTION xb_stock_read_few(products int[], warehouses int[])
RETURNS TABLE (
    product int, limited boolean, on_hand float8, reserved float8, waiting float8, claimed float8
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM xb_stock_touch touch WHERE touch.product_id = ANY(products)) THEN
        RETURN QUERY SELECT * FROM xb_stock_read_truth(products, warehouses);
        RETURN;
    END IF;
    RETURN QUERY
    SELECT item.id, kind.is_storable AND kind.xb_sell_beyond IS NOT TRUE,
           COALESCE(known.on_hand, 0)::float8, COALESCE(known.reserved, 0)::float8,
           COALESCE(known.waiting, 0)::float8,
           COALESCE(taken.claimed, 0)::float8
      FROM unnest(products) wanted(id)
      JOIN product_product item ON item.id = wanted.id
      JOIN product_template kind ON kind.id = item.product_tmpl_id
      CROSS JOIN LATERAL (
        SELECT SUM(level.on_hand) AS on_hand, SUM(level.reserved) AS reserved,
               SUM(level.waiting) AS waiting
          FROM xb_stock_level level
         WHERE level.product_id = item.id AND level.warehouse_id = ANY(warehouses)
      ) known
      CROSS JOIN LATERAL (
        -- as in xb_stock_claimed
        SELECT SUM(line.quantity) AS claimed FROM xb_stock_claim_line line
         WHERE line.product_id = item.id AND line.is_open AND line.warehouse_id = ANY(warehouses)
           AND line.claim_id NOT IN (SELECT used.claim_id FROM xb_stock_claim_use used)
      ) taken;
END $$;

-- One product, the least that answers it: looks into three indexes, each a statement of its own,
-- because planning, joining and passing on rows would cost more than they. Levels are added up one by
-- one; an aggregate costs twice what finding them does. (… = ANY …) IS TRUE: a filter, where a key would
-- look into the index once per warehouse. The level knows whether its product is limited: a change of
-- that leaves a mark, too. The gate asks this of what its own statement does not answer (gate.py).
--
-- Gives limited (1 or 0), on hand, reserved, waiting, claimed: numbers with spaces between, which both
-- sides handle faster than an array. NULL: there is no such product.
CREATE OR REPLACE FUNCTION xb_stock_read_one(the_product int, warehouses int[]) RETURNS text
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    one record;
    limited boolean;
    on_hand numeric := 0;
    reserved numeric := 0;
    waiting numeric := 0;
    claimed numeric := 0;
BEGIN
    IF EXISTS (SELECT 1 FROM xb_stock_touch touch WHERE touch.product_id = the_product) THEN
        RETURN (
            SELECT concat_ws(' ', COALESCE(truth.limited::int, 0), truth.on_hand, truth.reserved,
                             truth.waiting, truth.claimed)
              FROM xb_stock_read_truth(ARRAY[the_product], warehouses) truth);
    END IF;
    FOR one IN
        SELECT level.limited, COALESCE(level.on_hand, 0) AS on_hand,
               COALESCE(level.reserved, 0) AS reserved, COALESCE(level.waiting, 0) AS waiting
          FROM xb_stock_level level
         WHERE level.product_id = the_product AND (level.warehouse_id = ANY(warehouses)) IS TRUE
    LOOP
        limited := one.limited;
        on_hand := on_hand + one.on_hand;
        reserved := reserved + one.reserved;
        waiting := waiting + one.waiting;
    END LOOP;
    IF limited IS NULL THEN
        SELECT COALESCE(kind.is_storable AND kind.xb_sell_beyond IS NOT TRUE, FALSE) INTO limited
          FROM product_product item JOIN product_template kind ON kind.id = item.product_tmpl_id
         WHERE item.id = the_product;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
    END IF;
    -- most are not claimed at this moment: finding that out costs a third of summing up nothing
    IF EXISTS (SELECT 1 FROM xb_stock_claim_line line
                WHERE line.product_id = the_product AND line.is_open) THEN
        SELECT COALESCE(SUM(line.quantity), 0) INTO claimed
          FROM xb_stock_claim_line line
         WHERE line.product_id = the_product AND line.is_open
           AND (line.warehouse_id = ANY(warehouses)) IS TRUE
           -- as in xb_stock_claimed
           AND line.claim_id NOT IN (SELECT used.claim_id FROM xb_stock_claim_use used);
    END IF;
    RETURN concat_ws(' ', limited::int, on_hand, reserved, waiting, claimed);
END $$;
