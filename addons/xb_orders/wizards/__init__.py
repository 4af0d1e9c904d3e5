from . import xb_import_wizard
from . import xb_import_wizard_column
from . import xb_intake_dismiss
from . import xb_shop_setup
