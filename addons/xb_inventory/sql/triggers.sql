-- Every change of what the levels are made of leaves a mark, whoever makes it: the ORM, raw SQL of
-- core (merging of quants), a repair by hand. One insert per statement, none that could conflict.

CREATE OR REPLACE FUNCTION xb_stock_mark_quant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO xb_stock_touch (product_id) SELECT DISTINCT product_id FROM new_rows;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO xb_stock_touch (product_id) SELECT DISTINCT product_id FROM old_rows;
    ELSE
        INSERT INTO xb_stock_touch (product_id)
        SELECT DISTINCT side.product_id
          FROM old_rows was JOIN new_rows now USING (id),
               LATERAL (VALUES (was.product_id), (now.product_id)) side(product_id)
         WHERE (was.product_id, was.location_id, was.quantity, was.reserved_quantity)
               IS DISTINCT FROM
               (now.product_id, now.location_id, now.quantity, now.reserved_quantity);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION xb_stock_mark_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO xb_stock_touch (product_id)
        SELECT DISTINCT product_id FROM new_rows WHERE state NOT IN ('draft', 'done', 'cancel');
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO xb_stock_touch (product_id)
        SELECT DISTINCT product_id FROM old_rows WHERE state NOT IN ('draft', 'done', 'cancel');
    ELSE
        INSERT INTO xb_stock_touch (product_id)
        SELECT DISTINCT side.product_id
          FROM old_rows was JOIN new_rows now USING (id),
               LATERAL (VALUES (was.product_id), (now.product_id)) side(product_id)
         WHERE (was.state NOT IN ('draft', 'done', 'cancel')
                OR now.state NOT IN ('draft', 'done', 'cancel'))
           AND (was.product_id, was.state, was.product_qty, was.product_uom_qty, was.quantity,
                was.location_id, was.location_dest_id, was.location_final_id, was.procure_method)
               IS DISTINCT FROM
               (now.product_id, now.state, now.product_qty, now.product_uom_qty, now.quantity,
                now.location_id, now.location_dest_id, now.location_final_id, now.procure_method);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION xb_stock_mark_chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO xb_stock_touch (product_id)
    SELECT DISTINCT move.product_id
      FROM changed_rows link JOIN stock_move move ON move.id IN (link.move_dest_id, link.move_orig_id)
     WHERE move.state NOT IN ('draft', 'done', 'cancel');
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION xb_stock_mark_location() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO xb_stock_touch (product_id)
    SELECT product_id FROM stock_quant WHERE location_id = NEW.id
     UNION
    SELECT product_id FROM stock_move
     WHERE NEW.id IN (location_id, location_dest_id, location_final_id)
       AND state NOT IN ('draft', 'done', 'cancel');
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION xb_stock_mark_template() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO xb_stock_touch (product_id)
    SELECT id FROM product_product WHERE product_tmpl_id = NEW.id;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER xb_stock_insert AFTER INSERT ON stock_quant
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION xb_stock_mark_quant();
CREATE OR REPLACE TRIGGER xb_stock_update AFTER UPDATE ON stock_quant
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION xb_stock_mark_quant();
CREATE OR REPLACE TRIGGER xb_stock_delete AFTER DELETE ON stock_quant
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION xb_stock_mark_quant();

CREATE OR REPLACE TRIGGER xb_stock_insert AFTER INSERT ON stock_move
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION xb_stock_mark_move();
CREATE OR REPLACE TRIGGER xb_stock_update AFTER UPDATE ON stock_move
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION xb_stock_mark_move();
CREATE OR REPLACE TRIGGER xb_stock_delete AFTER DELETE ON stock_move
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION xb_stock_mark_move();

CREATE OR REPLACE TRIGGER xb_stock_insert AFTER INSERT ON stock_move_move_rel
    REFERENCING NEW TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION xb_stock_mark_chain();
CREATE OR REPLACE TRIGGER xb_stock_delete AFTER DELETE ON stock_move_move_rel
    REFERENCING OLD TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION xb_stock_mark_chain();

CREATE OR REPLACE TRIGGER xb_stock_update AFTER UPDATE ON stock_location
    FOR EACH ROW
    WHEN (OLD.usage IS DISTINCT FROM NEW.usage
          OR OLD.warehouse_id IS DISTINCT FROM NEW.warehouse_id)
    EXECUTE FUNCTION xb_stock_mark_location();

-- A product that is tracked from now on, or no longer, or sold beyond its stock.
CREATE OR REPLACE TRIGGER xb_stock_update AFTER UPDATE ON product_template
    FOR EACH ROW
    WHEN (OLD.is_storable IS DISTINCT FROM NEW.is_storable
          OR OLD.xb_sell_beyond IS DISTINCT FROM NEW.xb_sell_beyond)
    EXECUTE FUNCTION xb_stock_mark_template();
