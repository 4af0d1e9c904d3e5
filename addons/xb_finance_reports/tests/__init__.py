from . import (
    test_consolidation,
    test_ledgers,
    test_schedule,
    test_screens,
    test_statements,
    test_vat_country,
)
