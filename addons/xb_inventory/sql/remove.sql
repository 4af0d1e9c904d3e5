-- Leave core's tables as they were before the addon came.
DO $$
DECLARE
    one regprocedure;
BEGIN
    FOR one IN SELECT oid::regprocedure FROM pg_proc
                WHERE proname LIKE 'xb\_stock\_%' AND pronamespace = current_schema()::regnamespace
    LOOP
        EXECUTE format('DROP FUNCTION IF EXISTS %s CASCADE', one);  -- its triggers with it
    END LOOP;
END $$;
DROP SEQUENCE IF EXISTS xb_stock_version_seq, xb_stock_bond_seq, xb_stock_cache_seq;
