from . import test_alipay
from . import test_antom
from . import test_faults
from . import test_hostile
from . import test_signature
