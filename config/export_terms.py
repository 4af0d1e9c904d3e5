"""Write every addon's translation template and bring its zh_CN.po in step.

Run inside `./xb shell < config/export_terms.py` (it reads `env`): the terms come from a database
that has the suite installed. Translations that exist are kept, new terms come in empty, terms that
are gone go.
"""

import io
from pathlib import Path

import polib

from odoo.modules.module import get_module_path
from odoo.tools.translate import trans_export

LANGUAGE = "zh_CN"


def export(module, folder):
    """:return: (terms, untranslated) of one addon"""
    buffer = io.BytesIO()
    trans_export(False, [module], buffer, "po", env)
    template = polib.pofile(buffer.getvalue().decode())
    if not template:
        return 0, 0
    folder.mkdir(exist_ok=True)
    for name in ("POT-Creation-Date", "PO-Revision-Date"):
        template.metadata.pop(name, None)  # or every export would be a change
    template.save(str(folder / f"{module}.pot"))
    path = folder / f"{LANGUAGE}.po"
    known = polib.pofile(str(path)) if path.exists() else polib.POFile()
    translated = {entry.msgid: entry.msgstr for entry in known if entry.msgstr}
    for entry in template:
        entry.msgstr = translated.get(entry.msgid, "")
    template.metadata.update({"Language": LANGUAGE, "Plural-Forms": "nplurals=1; plural=0;"})
    template.save(str(path))
    return len(template), len(template.untranslated_entries())


installed = env["ir.module.module"].search([("state", "=", "installed")])
for name in sorted(installed.mapped("name")):
    if name.startswith("xb_"):
        total, missing = export(name, Path(get_module_path(name)) / "i18n")
        print(f"{name}: {total} terms, {missing} without a translation")
