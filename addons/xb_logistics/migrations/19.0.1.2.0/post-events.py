def migrate(cr, version):
    """A status from before there were events becomes the first of them."""
    cr.execute(
        """
        INSERT INTO xb_parcel_event (parcel_id, company_id, key, active, at, status, received_at)
        SELECT id, company_id, md5(id || status), TRUE, status_at, status, status_at
          FROM xb_parcel p
         WHERE status_at IS NOT NULL
           AND NOT EXISTS (SELECT FROM xb_parcel_event e WHERE e.parcel_id = p.id)
        """
    )
