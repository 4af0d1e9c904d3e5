from . import import_repair
