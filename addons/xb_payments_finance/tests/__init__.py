from . import test_statements
