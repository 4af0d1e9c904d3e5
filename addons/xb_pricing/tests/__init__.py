from . import test_core_engine
from . import test_core_freight
from . import test_core_properties
from . import test_import
from . import test_quote
from . import test_run
from . import test_tours
