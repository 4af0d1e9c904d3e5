-- Demand that leaves a warehouse and has nothing reserved, by product and warehouse. STABLE: it looks
-- at the caller's snapshot, so that it agrees with what the caller reads beside it.
--
-- A move that takes what other open moves bring (make to order, a delivery behind its picking) wants
-- from the shelf only what those do not bring.
CREATE OR REPLACE FUNCTION xb_stock_waiting(products int[], warehouses int[])
RETURNS TABLE (product_id int, warehouse_id int, waiting numeric) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT move.product_id, place.warehouse_id,
           GREATEST(0, ROUND(
               move.product_qty
               * (1 - COALESCE(move.quantity, 0) / NULLIF(move.product_uom_qty, 0))
               - COALESCE(supply.coming, 0), 6))
      FROM stock_move move
      CROSS JOIN LATERAL (
        SELECT * FROM stock_location WHERE id = move.location_id OFFSET 0
      ) place
      JOIN stock_location goal
        ON goal.id = COALESCE(move.location_final_id, move.location_dest_id)
      CROSS JOIN LATERAL (
        SELECT COUNT(*) AS origins,
               SUM(origin.product_qty)
                   FILTER (WHERE origin.state NOT IN ('done', 'cancel')) AS coming
          FROM stock_move_move_rel link
          JOIN stock_move origin ON origin.id = link.move_orig_id
         WHERE link.move_dest_id = move.id
      ) supply
     WHERE move.product_id = ANY(products)
       AND move.state IN ('waiting', 'confirmed', 'partially_available', 'assigned')
       AND COALESCE(move.quantity, 0) < move.product_uom_qty
       AND place.warehouse_id = ANY(warehouses)
       AND place.usage = 'internal'
       -- made to order and nothing ordered yet: it waits for a purchase, not for the shelf
       AND (move.procure_method <> 'make_to_order' OR supply.origins > 0)
       AND (
            goal.warehouse_id IS DISTINCT FROM place.warehouse_id
            OR goal.usage NOT IN ('internal', 'view')
            -- a picking step stays inside; what it is done for may leave
            OR EXISTS (
                WITH RECURSIVE chain(id) AS (
                    SELECT link.move_dest_id
                      FROM stock_move_move_rel link WHERE link.move_orig_id = move.id
                     UNION
                    SELECT link.move_dest_id
                      FROM chain JOIN stock_move_move_rel link ON link.move_orig_id = chain.id
                )
                SELECT 1
                  FROM chain
                  JOIN stock_move next ON next.id = chain.id
                  JOIN stock_location last
                    ON last.id = COALESCE(next.location_final_id, next.location_dest_id)
                 WHERE next.state NOT IN ('draft', 'done', 'cancel')
                   AND (last.warehouse_id IS DISTINCT FROM place.warehouse_id
                        OR last.usage NOT IN ('internal', 'view'))
            )
       );
END $$;

-- What is physically there and what Odoo itself has promised, from Odoo's own tables.
--
--   on_hand   quantity in the internal locations of a warehouse
--   reserved  what of it transfers have reserved
--   waiting   confirmed demand that leaves the warehouse and has nothing reserved yet: Odoo confirms
--             without stock, and what it has confirmed is sold
--
-- free = on_hand - reserved - waiting.
CREATE OR REPLACE FUNCTION xb_stock_truth(products int[], warehouses int[])
RETURNS TABLE (
    product_id int, warehouse_id int, on_hand numeric, reserved numeric, waiting numeric
) LANGUAGE sql STABLE AS $$
    SELECT part.product_id, part.warehouse_id,
           SUM(part.on_hand), SUM(part.reserved), SUM(part.waiting)
      FROM (
        SELECT quant.product_id, place.warehouse_id,
               COALESCE(quant.quantity, 0) AS on_hand, quant.reserved_quantity AS reserved,
               0::numeric AS waiting
          FROM stock_quant quant
          -- OFFSET 0: from the product's few quants to their places, never from all places
          CROSS JOIN LATERAL (
            SELECT * FROM stock_location WHERE id = quant.location_id OFFSET 0
          ) place
         WHERE quant.product_id = ANY(products)
           AND place.warehouse_id = ANY(warehouses)
           AND place.usage = 'internal'
        UNION ALL
        -- one look into a small index spares most products the whole question
        SELECT demand.product_id, demand.warehouse_id, 0, 0, demand.waiting
          FROM xb_stock_waiting(products, warehouses) demand
         WHERE EXISTS (
            SELECT 1 FROM stock_move move
             WHERE move.product_id = ANY(products)
               AND move.state IN ('waiting', 'confirmed', 'partially_available', 'assigned')
               AND COALESCE(move.quantity, 0) < move.product_uom_qty)
      ) part
     GROUP BY part.product_id, part.warehouse_id
$$;

-- What open claims hold. A claim that a transaction has used up is closed by the very commit that
-- makes that transaction's reservation visible: the row in xb_stock_claim_use and the reservation
-- appear together, so that no moment counts both or neither.
CREATE OR REPLACE FUNCTION xb_stock_claimed(products int[], warehouses int[])
RETURNS TABLE (product_id int, warehouse_id int, claimed numeric) LANGUAGE sql STABLE AS $$
    SELECT line.product_id, line.warehouse_id, SUM(line.quantity)
      FROM xb_stock_claim_line line
     WHERE line.product_id = ANY(products)
       AND line.warehouse_id = ANY(warehouses)
       AND line.is_open
       -- NOT IN, which is read once, and not NOT EXISTS, which would be looked up for each: claims
       -- are many, used ones that nobody has settled few.
       AND line.claim_id NOT IN (SELECT used.claim_id FROM xb_stock_claim_use used)
     GROUP BY line.product_id, line.warehouse_id
$$;

-- What the next claim can have of one product in one warehouse: xb_stock_truth and xb_stock_claimed
-- in one statement made for one product, because every claim asks it. One statement, so that the
-- reservation and the use of the same order are seen together.
CREATE OR REPLACE FUNCTION xb_stock_free(the_product int, the_warehouse int) RETURNS numeric
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT COALESCE((
                SELECT SUM(COALESCE(quant.quantity, 0) - quant.reserved_quantity)
                  FROM stock_quant quant JOIN stock_location place ON place.id = quant.location_id
                 WHERE quant.product_id = the_product
                   AND place.warehouse_id = the_warehouse AND place.usage = 'internal'
            ), 0)
            - CASE WHEN EXISTS (
                SELECT 1 FROM stock_move move
                 WHERE move.product_id = the_product
                   AND move.state IN ('waiting', 'confirmed', 'partially_available', 'assigned')
                   AND COALESCE(move.quantity, 0) < move.product_uom_qty
            ) THEN COALESCE((
                SELECT SUM(demand.waiting)
                  FROM xb_stock_waiting(ARRAY[the_product], ARRAY[the_warehouse]) demand
            ), 0) ELSE 0 END
            - COALESCE((
                SELECT SUM(line.quantity) FROM xb_stock_claim_line line
                 WHERE line.product_id = the_product AND line.warehouse_id = the_warehouse
                   AND line.is_open
                   -- as in xb_stock_claimed
                   AND line.claim_id NOT IN (SELECT used.claim_id FROM xb_stock_claim_use used)
            ), 0)
    );
END $$;
