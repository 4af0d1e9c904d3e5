from . import xb_period_close, xb_rate_file, xb_settlement_fix, xb_settlement_import_wizard
