def migrate(cr, version):
    """What a shop is told has its name in the shop as its key now. Of products with the same
    reference one stays; the hourly listing takes both away, as nobody knows which one is meant."""
    cr.execute(
        """
        DELETE FROM xb_stock_publication old USING xb_stock_publication new
         WHERE new.shop_id = old.shop_id AND new.key = old.key AND new.id > old.id
        """
    )
    cr.execute("ALTER TABLE xb_stock_publication ALTER COLUMN product_id DROP NOT NULL")
