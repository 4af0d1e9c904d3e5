from . import inbox
from . import metrics
