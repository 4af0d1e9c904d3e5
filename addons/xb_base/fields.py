"""The ``Secret`` field: a credential that is stored encrypted and never read back.

=====================  ====================================================================
where                  what is there
=====================  ====================================================================
column                 the token of :mod:`.core.secrets`
every SELECT           the mask or NULL (``to_sql``), so neither ``read``, ``search``, order,
of the ORM             group, aggregate nor export can come near the token
cache                  the mask after reading; the token between a write and the next read
``record.field``       the mask when it is set, else False
``_get_secret()``      the plain text, server-side only (:class:`xb.secret.mixin`)
=====================  ====================================================================
"""

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import SQL

from .const import SECRET_MASK


class Token(str):
    """An encrypted value. The class tells it from a plain text that merely looks like one."""

    __slots__ = ()


class Secret(fields.Char):
    """A credential. The model must inherit ``xb.secret.mixin``.

    Writing a text encrypts and stores it, writing False clears it, writing the mask back (what a
    client does that saves what it has read) changes nothing.
    """

    exportable = False
    copy = False
    prefetch = False
    falsy_value = None

    # Attributes that would store, show or move the value somewhere else.
    _refused = ("company_dependent", "compute", "default", "index", "size", "tracking", "translate")

    def _get_attrs(self, model_class, name):
        attrs = super()._get_attrs(model_class, name)
        refused = [key for key in self._refused if attrs.get(key)]
        # An inherited field (_inherits) is a related one that Odoo makes itself.
        if attrs.get("related") and not attrs.get("inherited"):
            refused.append("related")
        if refused:
            raise TypeError(
                f"Secret field {model_class._name}.{name} cannot have {', '.join(refused)}."
            )
        attrs["copy"] = False
        return attrs

    @property
    def aad(self):
        """What is authenticated along with each value: the field's own full name."""
        return f"{self.base_field.model_name}.{self.name}"

    # === DESCRIPTION === #

    _description_searchable = False

    def _description_sortable(self, env):
        return False

    def _description_groupable(self, env):
        return False

    # === CONVERSIONS === #

    def convert_to_cache(self, value, record, validate=True):
        if value is None or value is False or value == "":
            return None
        if isinstance(value, Token) or value == SECRET_MASK:
            return value
        plain = value.decode() if isinstance(value, bytes) else str(value)
        if SECRET_MASK[0] in plain:
            # Typed into the mask instead of over it: what was meant can only be guessed.
            raise UserError(
                record.env._(
                    "Enter “%(field)s” as a whole: the dots only stand for the stored value.",
                    field=self._description_string(record.env),
                )
            )
        return Token(record.env["xb.secret.mixin"]._encrypt_secret(plain, self.aad))

    def convert_to_column(self, value, record, values=None, validate=True):
        value = self.convert_to_cache(value, record, validate)
        # The mask on a new record: a copy of what was shown elsewhere, so nothing to store.
        return value if isinstance(value, Token) else None

    def get_column_update(self, record):
        value = record.env.transaction.field_data[self][record.id]
        # Only a mask could be here by mistake, and it would wipe the secret out.
        assert value is None or isinstance(value, Token), f"{self}: no token to store"
        return value

    def convert_to_record(self, value, record):
        return SECRET_MASK if value else False

    # === WRITE === #

    def write(self, records, value):
        if value == SECRET_MASK and any(records._ids):
            return
        super().write(records, value)

    # === SQL === #

    def to_sql(self, model, alias):
        column = super().to_sql(model, alias)
        return SQL("(CASE WHEN %s IS NOT NULL THEN %s END)", column, SECRET_MASK)

    def condition_to_sql(self, field_expr, operator, value, model, alias, query):
        self._check_condition(model.env, operator, value)
        return super().condition_to_sql(field_expr, operator, value, model, alias, query)

    def filter_function(self, records, field_expr, operator, value):
        self._check_condition(records.env, operator, value)
        return super().filter_function(records, field_expr, operator, value)

    def _check_condition(self, env, operator, value):
        """Let pass "is set" and "is not set", the only questions about a secret with an answer."""
        if operator not in ("in", "not in") or set(value) - {False}:
            raise UserError(env._("You can filter by whether a secret is set, not by its value."))
