def migrate(cr, version):
    """A statement's file has a record of its own; every settlement held a copy before."""
    cr.execute(
        """
        ALTER TABLE xb_settlement_file ADD COLUMN from_attachment integer;
        INSERT INTO xb_settlement_file (name, shop_id, company_id, sha256, state, finished_at,
                                        create_uid, create_date, write_uid, write_date,
                                        from_attachment)
        SELECT DISTINCT ON (s.shop_id, s.sha256) COALESCE(s.filename, s.name), s.shop_id,
               s.company_id, s.sha256, 'done', s.create_date, s.create_uid, s.create_date,
               s.write_uid, s.write_date, a.id
          FROM xb_settlement s
          JOIN ir_attachment a ON a.res_model = 'xb.settlement' AND a.res_field = 'file'
                              AND a.res_id = s.id
         ORDER BY s.shop_id, s.sha256, s.id;
        INSERT INTO xb_settlement_progress (file_id) SELECT id FROM xb_settlement_file;
        UPDATE xb_settlement s SET file_id = f.id
          FROM xb_settlement_file f WHERE f.shop_id = s.shop_id AND f.sha256 = s.sha256;
        UPDATE ir_attachment a SET res_model = 'xb.settlement.file', res_id = f.id
          FROM xb_settlement_file f WHERE f.from_attachment = a.id;
        DELETE FROM ir_attachment WHERE res_model = 'xb.settlement' AND res_field = 'file';
        ALTER TABLE xb_settlement_file DROP COLUMN from_attachment;
        ALTER TABLE xb_settlement DROP COLUMN filename, DROP COLUMN sha256;
        """
    )
