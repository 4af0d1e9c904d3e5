"""What the confirmation of many orders at once looks up, collects and puts off.

Core confirms orders one after the other: per order and per line it asks for the rule, looks for a
transfer that cannot exist yet, draws a number, reserves, logs a note. A :class:`Batch` in the
context lets the same methods of core, with everybody's extensions of them, share one answer for
all orders. What is unusual is not in the batch and takes core's own way; see
``docs/decisions/0012-bulk-confirmation.md``.
"""

KEY = "xb_batch"
#: In a context as ``xb_trial``: all of this will be undone. An object, not a word, for the same
#: reason as below.
TRIAL = object()


class Batch:
    """The state of one bulk confirmation; lives as long as one call of ``action_confirm``.

    Only code that holds such an object takes part: a context that comes in over RPC carries
    plain values.
    """

    __slots__ = ("addresses", "confirming", "defaults", "descriptions", "lines", "made", "notes",
                 "pickings", "positions", "quants", "references", "reordered", "rules", "supply")

    def __init__(self):
        self.references = set()  # ids of the references made for this batch: no transfer has them
        self.rules = {}  # rules by what decides about them
        self.made = set()  # ids of transfers made for this batch
        self.descriptions = {}  # what goods are called, by what decides about it
        self.supply = {}  # the rule of a product, by what decides about it
        self.pickings = set()  # ids of transfers whose confirmation is put off
        self.notes = []  # what is to be logged on transfers
        self.quants = None  # the shelf, while a reservation goes on
        self.lines = []  # values of move lines, while a reservation goes on
        self.confirming = False
        self.defaults = {}  # defaults by model and fields
        self.positions = {}  # fiscal positions by what decides about them
        self.addresses = set()  # ids of addresses whose contacts' word holds in all companies
        self.reordered = None  # ids of the products with reordering rules

    def learn_reordered(self, products):
        """Look up which products have reordering rules, for all that will ask.

        :param product.product products: those that the batch moves
        """
        rules = products.env["stock.warehouse.orderpoint"].sudo().with_context(active_test=False)
        self.reordered = set(rules.search([("product_id", "in", products.ids)]).product_id._ids)

    @classmethod
    def of(cls, env):
        """Return the running batch of an environment, or None."""
        batch = env.context.get(KEY)
        return batch if isinstance(batch, cls) else None


def extended_by(records, name, known):
    """Return whether a method has extensions besides the ones of the given modules.

    A batch stands in for methods as these modules have written them; where somebody else has
    a word in them, core's own way is taken.

    :param records: records of the model.
    :param str name: the method.
    :param set known: names of addons.
    """
    model_class = type(records)
    cache = model_class.__dict__.get("_xb_extended_by")
    if cache is None:
        cache = {}
        model_class._xb_extended_by = cache
    if name not in cache:
        cache[name] = {
            base.__module__.split(".")[2]
            for base in model_class.__mro__
            if name in vars(base) and base.__module__.startswith("odoo.addons.")
        }
    return bool(cache[name] - known)


def default_get(records, fields, compute):
    """Defaults of one model for all records of a batch; see ``odoo.models.Model.default_get``.

    :param compute: what gives them otherwise; called with ``fields``.
    """
    batch = Batch.of(records.env)
    if batch is None:
        return compute(fields)
    key = records._name, records.env.company.id, tuple(fields)
    if key not in batch.defaults:
        batch.defaults[key] = compute(fields)
    return dict(batch.defaults[key])


def unchecked(records, names):
    """Return the batch's records whose companies must still be checked: none, where the relations
    of all of them together fit.

    :param names: fields to check, as in ``_check_company``; None for all.
    """
    if Batch.of(records.env) is None or len(records) < 2:
        return records
    if names is None or "company_id" in names:
        names = records._fields
    fields = [field for field in map(records._fields.get, names)
              if field.relational and field.check_company]
    records_sudo = records.sudo()
    for company, some in records_sudo.grouped("company_id").items():
        for field in fields:
            others = some.mapped(field.name)
            domain = others and others._check_company_domain(
                records.env.company if field.company_dependent else company)
            if domain and others != others.with_context(active_test=False).filtered_domain(domain):
                return records
    return records.browse()
