from odoo.addons.payment import reset_payment_provider, setup_provider

from . import models
from .const import CODE


def post_init_hook(env):
    """Give the provider its accounting payment method."""
    setup_provider(env, CODE)


def uninstall_hook(env):
    """Take it away again."""
    reset_payment_provider(env, CODE)
