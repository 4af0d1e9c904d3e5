import logging
import os
import threading

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import ENV_SECRET_KEY_FILE, ENV_SECRET_KEYS, SECRET_MASK
from ..core.secrets import Keyring, key_id
from ..exceptions import SecretError, SecretKeyMissing, SecretUndecryptable
from ..fields import Secret

_logger = logging.getLogger(__name__)

# The last keyring of this process with what it was read from, to parse keys once and not on each
# call, and still to notice a changed environment or key file without a restart.
_keyring_lock = threading.Lock()
_keyring_cache = (None, None)


def _keyring_source():
    """Return what identifies the configured keys: the variables, and the file's state."""
    path = os.environ.get(ENV_SECRET_KEY_FILE)
    try:
        state = os.stat(path) if path else None
    except OSError:
        state = None
    stamp = state and (state.st_mtime_ns, state.st_ino, state.st_mode, state.st_size)
    return os.environ.get(ENV_SECRET_KEYS), path, stamp


class XbSecretMixin(models.AbstractModel):
    """What a model with :class:`~odoo.addons.xb_base.fields.Secret` fields inherits.

    Nothing here is callable over RPC, and nothing logs or raises with a secret in the text.
    """

    _name = "xb.secret.mixin"
    _description = "Secrets"

    # === READING === #

    def _get_secret(self, name):
        """Return the plain text of a secret.

        :param str name: name of the Secret field
        :return: the secret, False when it is not set
        :raise SecretKeyMissing: the key it was encrypted with is not configured
        :raise SecretUndecryptable: a different key is configured under that name
        """
        return self._get_secrets([name])[name]

    def _get_secrets(self, names):
        """Return several secrets of one record; see :meth:`_get_secret`.

        :param list[str] names: names of Secret fields
        :return: dict of plain text (or False) by name
        """
        self.ensure_one()
        keyring = self._keyring()
        return {
            name: keyring.decrypt(token, self._fields[name].aad) if token else False
            for name, token in self._read_tokens(names).items()
        }

    def _read_tokens(self, names):
        """Return the stored tokens (or None) of one record by field name."""
        for name in names:
            if not isinstance(self._fields[name], Secret):
                raise TypeError(f"{self._name}.{name} is not a secret")
        record = self._origin
        if not record or not names:
            return dict.fromkeys(names)
        record.flush_recordset(names)
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM %s WHERE id = %s",
                SQL(", ").join(map(SQL.identifier, names)),
                SQL.identifier(self._table),
                record.id,
            )
        )
        return dict(zip(names, rows[0], strict=True)) if rows else dict.fromkeys(names)

    def _get_secret_problem(self):
        """Say why the secrets of this record cannot be used.

        :return: one sentence for a person, False when all that are set can be read
        """
        self.ensure_one()
        names = [name for name, field in self._fields.items() if isinstance(field, Secret)]
        try:
            self._get_secrets(names)
        except SecretError as error:
            return self._secret_error_message(error)
        return False

    def _get_secret_key_ids(self):
        """Return the ids of the keys that the secrets of this record are encrypted with."""
        names = [name for name, field in self._fields.items() if isinstance(field, Secret)]
        return sorted({key_id(token) for token in self._read_tokens(names).values() if token})

    # === WRITING === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base`: a mask, copied from what was shown of another record, is nothing."""
        names = [name for name, field in self._fields.items() if isinstance(field, Secret)]
        for vals in vals_list:
            for name in names:
                if vals.get(name) == SECRET_MASK:
                    del vals[name]
        return super().create(vals_list)

    @api.model
    def _encrypt_secret(self, plain, aad):
        """Return the token to store for ``plain``; called by the field.

        :raise UserError: no key is configured, or the configured one is not the key that the
            secrets stored so far were encrypted with
        """
        try:
            keyring = self._keyring()
            token = keyring.encrypt(plain, aad)
        except SecretError as error:
            raise UserError(self._secret_error_message(error)) from error
        self._check_current_key(keyring)
        return token

    @api.model
    def _check_current_key(self, keyring):
        """Refuse to encrypt with a wrong key: the values would be lost once it is corrected."""
        checked = self.env.cr.cache.setdefault("xb_base.secret_keys_checked", set())
        if keyring in checked:
            return
        for model, name in self._secret_columns():
            token = self._sample_token(model, name, keyring.current)
            if not token:
                continue
            try:
                keyring.decrypt(token, self.env[model]._fields[name].aad)
            except SecretUndecryptable as error:
                raise UserError(self._secret_error_message(error)) from error
            break
        checked.add(keyring)

    @api.model
    def _sample_token(self, model, name, kid):
        """Return some stored token of one column under key ``kid``, None when there is none."""
        column = SQL.identifier(name)
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM %s WHERE split_part(%s, ':', 2) = %s ORDER BY id LIMIT 1",
                column,
                SQL.identifier(self.env[model]._table),
                column,
                kid,
            )
        )
        return rows[0][0] if rows else None

    # === KEYS === #

    @api.model
    def _keyring(self):
        """Return the configured keys.

        :raise SecretError: malformed keys, or a key file that others can read
        """
        global _keyring_cache  # noqa: PLW0603  # pylint: disable=global-statement
        source = _keyring_source()
        with _keyring_lock:
            cached_source, keyring = _keyring_cache
            if cached_source != source or keyring is None:
                keyring = Keyring.from_environment(os.environ)
                _keyring_cache = (source, keyring)
            return keyring

    @api.model
    def _secret_error_message(self, error):
        """Return what a person has to know and do about a :class:`SecretError`."""
        if isinstance(error, SecretKeyMissing):
            return self.env._(
                "%(problem)s Secrets stay as they are until the key is there. Your "
                "administrator sets it in %(variable)s or %(file_variable)s and restarts Odoo.",
                problem=error,
                variable=ENV_SECRET_KEYS,
                file_variable=ENV_SECRET_KEY_FILE,
            )
        if isinstance(error, SecretUndecryptable):
            return self.env._(
                "%(problem)s Nothing was changed. Your administrator puts the right key back, or "
                "gives the new key a name of its own.",
                problem=error,
            )
        return str(error)

    @api.model
    def _secret_columns(self):
        """Return ``(model, field)`` of every stored secret, over all installed models."""
        return [
            (name, field.name)
            for name, model in sorted(self.env.registry.items())
            if model._auto and not model._abstract
            for field in model._fields.values()
            if isinstance(field, Secret) and field.store and not field.inherited
        ]

    @api.model
    def _stored_tokens(self, model, name, lock=False):
        """Return ``[(id, token)]`` of one column, ordered by id."""
        self.env[model].flush_model([name])
        column = SQL.identifier(name)
        return self.env.execute_query(
            SQL(
                "SELECT id, %s FROM %s WHERE %s IS NOT NULL ORDER BY id%s",
                column,
                SQL.identifier(self.env[model]._table),
                column,
                SQL(" FOR NO KEY UPDATE") if lock else SQL(),
            )
        )

    @api.model
    def _get_key_usage(self):
        """Return ``(id of the current key or False, {key id: stored secrets})``."""
        counts = {}
        for model, name in self._secret_columns():
            for _id, token in self._stored_tokens(model, name):
                kid = key_id(token) or "?"
                counts[kid] = counts.get(kid, 0) + 1
        try:
            return self._keyring().current or False, counts
        except SecretError:
            return False, counts

    @api.model
    def _check_keys(self):
        """Try every stored secret against the configured keys.

        :return: list of sentences, one per problem, empty when all is well
        """
        try:
            keyring = self._keyring()
        except SecretError as error:
            return [str(error)]
        problems = []
        if not keyring:
            problems.append(
                f"No secret key is configured: set {ENV_SECRET_KEYS} or {ENV_SECRET_KEY_FILE}."
            )
        for model, name in self._secret_columns():
            counts = {}
            for _id, token in self._stored_tokens(model, name):
                try:
                    keyring.decrypt(token, self.env[model]._fields[name].aad)
                except SecretError as error:
                    counts[str(error)] = counts.get(str(error), 0) + 1
            problems += [f"{model}.{name}: {n} × {text}" for text, n in counts.items()]
        return problems

    # === ROTATION === #

    @api.model
    def _rotate_secrets(self):
        """Re-encrypt every secret of the database with the current key.

        A value that cannot be read is counted and left exactly as it is.

        :return: ``{"key": id, "rotated": n, "current": n, "unreadable": n, "problems": [text]}``
        :raise UserError: no key is configured
        """
        try:
            keyring = self._keyring()
            keyring.encrypt("", "")
        except SecretError as error:
            raise UserError(self._secret_error_message(error)) from error
        self._check_current_key(keyring)
        report = {"rotated": 0, "current": 0, "unreadable": 0, "problems": []}
        for model, name in self._secret_columns():
            self._rotate_column(keyring, model, name, report)
        _logger.info(
            "Secrets re-encrypted with key %s by user %s: %s changed, %s already, %s unreadable",
            keyring.current,
            self.env.uid,
            report["rotated"],
            report["current"],
            report["unreadable"],
        )
        return {"key": keyring.current, **report}

    @api.model
    def _rotate_column(self, keyring, model, name, report):
        """Re-encrypt one column, adding to ``report``."""
        aad = self.env[model]._fields[name].aad
        changed = []
        for row_id, token in self._stored_tokens(model, name, lock=True):
            try:
                new = keyring.rotate(token, aad)
            except SecretError as error:
                report["unreadable"] += 1
                report["problems"].append(f"{model},{row_id} {name}: {error}")
                continue
            if new is token:
                report["current"] += 1
            else:
                changed.append((row_id, new))
        for row_id, new in changed:
            # Not through the ORM: nothing about the record changes that anybody should notice.
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET %s = %s WHERE id = %s",
                    SQL.identifier(self.env[model]._table),
                    SQL.identifier(name),
                    new,
                    row_id,
                )
            )
        report["rotated"] += len(changed)
        self.env[model].invalidate_model([name], flush=False)
