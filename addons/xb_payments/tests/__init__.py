from . import test_core
from . import test_security_page
