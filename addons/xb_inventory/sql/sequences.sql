-- Numbers that are only ever compared for being the same or not: they may start over.
CREATE SEQUENCE IF NOT EXISTS xb_stock_version_seq AS integer CYCLE;
CREATE SEQUENCE IF NOT EXISTS xb_stock_bond_seq AS integer CYCLE;
CREATE SEQUENCE IF NOT EXISTS xb_stock_cache_seq AS integer CYCLE;
