from . import test_cleared_payments, test_statements
