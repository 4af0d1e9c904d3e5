from . import (
    test_core_posting,
    test_core_rates,
    test_core_broken,
    test_core_statements,
    test_period_close,
    test_rates,
    test_screens,
    test_settlement,
    test_settlement_file,
    test_worked_month,
)
