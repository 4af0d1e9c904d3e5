from . import test_adapter
from . import test_contract
from . import test_inbox
from . import test_normalize
from . import test_outbox
from . import test_shop
from . import test_signature
from . import test_webhook
