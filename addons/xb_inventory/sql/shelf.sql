-- The shelf: where confirmed orders reserve. Core writes the product's quants for every one of them,
-- and at REPEATABLE READ only one who writes a row gets through; all others fail and begin again.
-- So one transaction at a time has a product's shelf to itself (advisory class 884254), and whoever
-- finds it taken leaves his reservation for later (models/xb_stock_due.py).

-- Wait for a product's shelf and keep it until the session lets go of it.
CREATE OR REPLACE FUNCTION xb_stock_hold_shelf(product int) RETURNS void
LANGUAGE plpgsql SET lock_timeout = '10s' AS $$
BEGIN
    PERFORM pg_advisory_lock(884254, product);
END $$;

-- What lies on the shelves, row by row, with the transaction that wrote it last. is_mine: the
-- caller's own transaction did, after it had begun.
CREATE OR REPLACE FUNCTION xb_stock_shelf(products int[])
RETURNS TABLE (product int, quant int, version text, is_mine boolean) LANGUAGE sql STABLE AS $$
    SELECT quant.product_id, quant.id, quant.xmin::text,
           age(quant.xmin) <= age(pg_snapshot_xmax(pg_current_snapshot())::xid)
      FROM stock_quant quant
      CROSS JOIN LATERAL (
        SELECT * FROM stock_location WHERE id = quant.location_id OFFSET 0
      ) place
     WHERE quant.product_id = ANY(products) AND place.usage IN ('internal', 'transit')
$$;
