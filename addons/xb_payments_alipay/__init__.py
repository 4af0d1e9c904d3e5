from odoo.addons.payment import reset_payment_provider, setup_provider

from . import models
from .const import ANTOM, CODE


def post_init_hook(env):
    """Give the providers their accounting payment methods."""
    for code in (CODE, ANTOM):
        setup_provider(env, code)


def uninstall_hook(env):
    """Take them away again."""
    for code in (CODE, ANTOM):
        reset_payment_provider(env, code)
