from . import payment_provider
from . import xb_settlement
