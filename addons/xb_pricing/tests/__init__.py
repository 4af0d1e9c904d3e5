from . import test_core_engine
from . import test_core_freight
from . import test_core_properties
