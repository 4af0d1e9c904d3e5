from . import controllers
from . import models
from . import wizards
from .survive import post_load
