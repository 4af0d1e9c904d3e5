from . import (
    xb_carrier_bill_wizard,
    xb_period_close,
    xb_profit_export,
    xb_rate_file,
    xb_settlement_fix,
    xb_settlement_import_wizard,
)
