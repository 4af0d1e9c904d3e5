from . import test_tariffs
