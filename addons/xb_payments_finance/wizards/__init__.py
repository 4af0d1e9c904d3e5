from . import xb_payment_statement
