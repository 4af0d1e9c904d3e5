"""Everything a database holds, in words that do not depend on row ids.

Two ways of doing one thing are compared row by row over every table: ids become labels made of a
row's content and of the labels of the rows it refers to, so that only *what* was written counts,
neither its order nor its numbers.
"""

import hashlib
import json
import re
from collections import Counter, defaultdict

from odoo.tools import SQL

# Tables that no business writes, and those of queues and counters.
SKIP_TABLES = re.compile(
    "ir_model|ir_ui|ir_act|ir_rule|ir_sequence|bus_bus|ir_logging|ir_cron|queue_|orm_|base_reg"
    "|xb_stock_touch|res_country|res_groups|res_lang|report_|mail_template")
SKIP_COLUMNS = {"create_date", "write_date", "message_id", "access_token", "parent_path"}
# Numbers out of sequences.
SKIP_NAMES = {("stock_picking", "name")}
# References that are no foreign keys: (table, column) -> column that names the model.
LOOSE = {("mail_message", "res_id"): "model", ("mail_followers", "res_id"): "res_model"}
# Ids within JSON.
IN_JSON = {"reference_ids": "stock_reference", "move_dest_ids": "stock_move"}
ROUNDS = 4


class Snapshot:
    """The rows of all tables at one moment.

    :param env: an environment.
    :param dict ids: highest id per table before what is compared; rows above it have labels.
    """

    def __init__(self, env, ids):
        self.env, self.ids = env, ids
        env.flush_all()
        self.references = self._read_references()
        self.rows = {table: self._read(table) for table in ids}
        self.labels = {}
        for _round in range(ROUNDS):
            self.labels = self._label()

    @staticmethod
    def highest_ids(env):
        """The highest id of every table; 0 where there is none."""
        env.flush_all()
        tables = [name for [name] in env.execute_query(SQL(
            "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename ~ '^[a-z0-9_]+$' ORDER BY 1"))]
        result = {}
        for table in tables:
            if SKIP_TABLES.match(table):
                continue
            columns = {row[0] for row in env.execute_query(SQL(
                "SELECT attname::text FROM pg_attribute WHERE attrelid = %s::regclass"
                " AND attnum > 0 AND NOT attisdropped", table))}
            result[table] = 0
            if "id" in columns:
                [[result[table]]] = env.execute_query(SQL(
                    "SELECT coalesce(max(id), 0) FROM %s", SQL.identifier(table)))
        return result

    def _read_references(self):
        found = self.env.execute_query(SQL("""
            SELECT c.conrelid::regclass::text, a.attname::text, c.confrelid::regclass::text
              FROM pg_constraint c
              JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
             WHERE c.contype = 'f'"""))
        return {(table, column): target for table, column, target in found}

    def _read(self, table):
        self.env.cr.execute(SQL("SELECT * FROM %s", SQL.identifier(table)))
        return self.env.cr.dictfetchall()

    def _label(self):
        labels = defaultdict(dict)
        for table, rows in self.rows.items():
            for row in rows:
                if row.get("id") and row["id"] > self.ids[table]:
                    labels[table][row["id"]] = hashlib.sha256(
                        repr(self._say(table, row)).encode()).hexdigest()[:12]
        return labels

    def _say(self, table, row):
        return tuple(
            (column, self._value(table, row, column)) for column in sorted(row)
            if column not in SKIP_COLUMNS and (table, column) not in SKIP_NAMES
            and not (column == "id" and row["id"] > self.ids[table]))

    def _value(self, table, row, column):
        value = row[column]
        target = self.references.get((table, column))
        if (table, column) in LOOSE:
            target = (row[LOOSE[table, column]] or "").replace(".", "_")
        if target and value and value > self.ids.get(target, 0):
            return self.labels.get(target, {}).get(value, "new")
        if isinstance(value, (dict, list)):
            return json.dumps(self._json(value), sort_keys=True, default=str)
        if isinstance(value, float):
            return round(value, 6)
        if isinstance(value, str):
            return re.sub(r'data-oe-id="\d+"|/\d+\b|WH\w*/\w+/\d+', "#", value)
        return value

    def _json(self, value):
        if not isinstance(value, dict):
            return value
        return {
            key: [self.labels.get(IN_JSON[key], {}).get(one, one) for one in item]
            if key in IN_JSON and isinstance(item, list) else item
            for key, item in value.items()
        }

    def lines(self):
        """All rows, as :class:`collections.Counter` of ``(table, content)``."""
        return Counter((table, self._say(table, row))
                       for table, rows in self.rows.items() for row in rows)

    def differences(self, other):
        """What is in one of two snapshots only, as readable lines."""
        mine, theirs = self.lines(), other.lines()
        return [f"{sign} {table}: " + ", ".join(f"{k}={v!r}" for k, v in content if v is not None)
                for sign, counter in (("-", mine - theirs), ("+", theirs - mine))
                for (table, content), count in sorted(counter.items(), key=repr)
                for _one in range(count)]
