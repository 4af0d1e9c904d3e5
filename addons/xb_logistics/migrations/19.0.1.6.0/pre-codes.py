def migrate(cr, version):
    """Of codes that a carrier has twice in one system, the newest stays: the index that forbids
    them was never made, because another one had its name."""
    cr.execute(
        """
        DELETE FROM xb_carrier_code old USING xb_carrier_code new
         WHERE new.carrier_id = old.carrier_id AND new.system_id = old.system_id
           AND COALESCE(new.variant, '') = COALESCE(old.variant, '') AND new.id > old.id
        """
    )
