from . import xb_settlement_fix, xb_settlement_import_wizard
