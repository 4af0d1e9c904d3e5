from . import xb_import_wizard
from . import xb_intake_dismiss
