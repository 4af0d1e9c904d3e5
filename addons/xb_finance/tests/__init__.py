from . import test_core_posting, test_core_statements, test_settlement
