from . import test_closed
from . import test_faults
from . import test_flow
from . import test_hostile
from . import test_sent
from . import test_signature
from . import test_spec
