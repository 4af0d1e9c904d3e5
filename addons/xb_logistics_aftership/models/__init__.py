from . import xb_connection
