"""Pure rules: no `odoo` import here, values in and values out."""
