from . import test_adapter
from . import test_faults
from . import test_flow
from . import test_return
from . import test_rights
from . import test_sent
from . import test_signature
from . import test_spec
