"""Sentences of any addon of the suite, in the reader's language."""

from odoo.tools.translate import code_translations, get_translation


def words(env):
    """Return a translator for :func:`.core.problem.said` that knows the sentences of every addon.

    Core's ``env._`` looks into the translations of the module that calls it. A problem is put
    together in `xb_orders.core`, wherever its sentence comes from, so ``env._`` would find the
    sentences of `xb_orders` only.

    :param odoo.api.Environment env: its language is used.
    :return: ``translate(source, **values)``
    """
    lang = env.lang or "en_US"
    addons = [name for name in env.registry._init_modules if name.startswith("xb_")]

    def translate(source, **values):
        owner = "xb_orders"
        if lang != "en_US":
            owner = next((name for name in addons if source
                          in code_translations.get_python_translations(name, lang)), owner)
        return get_translation(owner, lang, source, values)

    return translate
