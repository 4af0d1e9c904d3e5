from . import (
    test_carrier_bill,
    test_core_charges,
    test_core_posting,
    test_core_rates,
    test_core_statements,
    test_period_close,
    test_profit_line,
    test_rates,
    test_screens,
    test_settlement,
    test_worked_month,
)
