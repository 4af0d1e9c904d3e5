-- Leave core's tables as they were before the addon came.
DROP FUNCTION IF EXISTS xb_stock_mark_quant() CASCADE;
DROP FUNCTION IF EXISTS xb_stock_mark_move() CASCADE;
DROP FUNCTION IF EXISTS xb_stock_mark_chain() CASCADE;
DROP FUNCTION IF EXISTS xb_stock_mark_location() CASCADE;
DROP FUNCTION IF EXISTS xb_stock_claim_one(text, text, text, int, int, int, int[], int[], numeric[], numeric[], boolean, int);
DROP FUNCTION IF EXISTS xb_stock_decide(text, text, text, int, int, int, int[], int[], numeric[], numeric[], boolean, int, int);
DROP FUNCTION IF EXISTS xb_stock_settle();
DROP FUNCTION IF EXISTS xb_stock_close(int[], text);
DROP FUNCTION IF EXISTS xb_stock_reap(int[]);
DROP FUNCTION IF EXISTS xb_stock_lock(int[]);
DROP FUNCTION IF EXISTS xb_stock_follow(int);
DROP FUNCTION IF EXISTS xb_stock_read_few(int[], int[]);
DROP FUNCTION IF EXISTS xb_stock_read_levels(int[], int[]);
DROP FUNCTION IF EXISTS xb_stock_read_truth(int[], int[]);
DROP FUNCTION IF EXISTS xb_stock_claimed(int[], int[]);
DROP FUNCTION IF EXISTS xb_stock_truth(int[], int[]);
DROP FUNCTION IF EXISTS xb_stock_waiting(int[], int[]);
DROP SEQUENCE IF EXISTS xb_stock_version_seq, xb_stock_bond_seq, xb_stock_cache_seq;
