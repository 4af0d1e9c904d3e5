from . import test_core_statements
