from . import xb_exchange_dismiss
from . import xb_secret_rotation
