from . import test_adapter
from . import test_signature
from . import test_webhook
from . import test_labels
