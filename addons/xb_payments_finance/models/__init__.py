from . import payment_provider
from . import xb_settlement
from . import xb_settlement_payment
