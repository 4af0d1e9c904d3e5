"""Decide what each row of a list of tracking numbers does, before anything is written.

Pure: facts in, verdicts out. The decision looks at the *whole* list, so that the usual mistake (a
column pasted one row off, hence every number exchanged with its neighbour's) can be corrected by
pasting the right list: numbers may change places within one list.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

Key = tuple[int, int, str]  # company, carrier (0 = none), number


@dataclass(frozen=True)
class Parcel:
    """An active outbound parcel as it stands.

    `fixed`: its number is not to be corrected; `closed`: nothing more can be put into it.
    """

    id: int
    name: str
    company: int
    carrier: int
    number: str
    orders: frozenset[int]
    fixed: bool = False
    closed: bool = False


@dataclass(frozen=True)
class Order:
    """What matters of an order. `open_goods`: some of its goods are in no parcel yet."""

    id: int
    company: int
    default_carrier: int = 0
    open_goods: bool = True
    parcels: tuple[Parcel, ...] = ()


@dataclass(frozen=True)
class Problem:
    """Why a row is refused, or a remark on a row that is written (`refuses` False)."""

    code: str
    field: str
    params: dict = field(default_factory=dict)
    refuses: bool = True


@dataclass
class Row:
    """One row, read: exactly the facts the decision needs, with the problems found so far.

    `details` is what else is to be written on the parcel; it decides nothing.
    """

    index: int
    order: Order | None = None
    number: str = ""
    carrier: int = 0
    problems: list[Problem] = field(default_factory=list)
    details: dict = field(default_factory=dict)


@dataclass
class Verdict:
    """What happens with one row.

    `parcel` is the existing parcel it is about (0: a new one); `key` the company, carrier and
    number the parcel has afterwards; `twin` the index of an identical earlier row.
    """

    row: Row
    state: str = ""
    parcel: int = 0
    key: Key | None = None
    twin: int | None = None
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, code: str, field_name: str, **params) -> None:
        """Turn the verdict into a refusal."""
        self.state, self.parcel, self.key = "refused", 0, None
        self.problems.append(Problem(code, field_name, params))


def plan(rows: Sequence[Row], holders: Iterable[Parcel] = ()) -> list[Verdict]:
    """Decide all rows together.

    :param rows: The rows in their order.
    :param holders: Every active outbound parcel that has one of the rows' numbers (in the
        companies concerned), whoever's it is.
    :return: One verdict per row, in the order of the rows.
    """
    verdicts = [Verdict(row, problems=list(row.problems)) for row in rows]
    by_order: dict[int, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        if any(problem.refuses for problem in verdict.problems):
            verdict.state = "refused"
        else:
            by_order[verdict.row.order.id].append(verdict)
    parcels: dict[int, Parcel] = {parcel.id: parcel for parcel in holders}
    for group in by_order.values():
        parcels.update({parcel.id: parcel for parcel in group[0].row.order.parcels})
        _decide_order(group)
    _check_shared(verdicts, parcels)
    _settle_changes(verdicts, parcels)
    _settle_creations(verdicts, parcels)
    _settle_twins(verdicts)
    return verdicts


def _decide_order(group: list[Verdict]) -> None:
    """Say for the rows of one order: unchanged, a correction, or a new parcel."""
    order = group[0].row.order
    group = _drop_twins(group)
    left = {parcel.id: parcel for parcel in order.parcels}
    rest = []
    for verdict in group:
        own = _own_parcel(verdict.row, left.values())
        if own:
            del left[own.id]
            _aim(verdict, own)
        else:
            rest.append(verdict)
    empty = [parcel for parcel in left.values() if not parcel.number]
    for verdict in list(rest):
        if empty:
            _aim(verdict, empty.pop(0))
            rest.remove(verdict)
    if len(group) == 1 and rest and _is_correction(order):
        _aim(rest[0], order.parcels[0])
        return
    for verdict in rest:
        _aim_new(verdict)


def _drop_twins(group: list[Verdict]) -> list[Verdict]:
    """Keep the first of identical rows; the others follow it."""
    seen: dict[tuple[str, int], Verdict] = {}
    for verdict in group:
        first = seen.setdefault((verdict.row.number, verdict.row.carrier), verdict)
        if first is not verdict:
            verdict.twin = first.row.index
    return list(seen.values())


def _own_parcel(row: Row, parcels: Iterable[Parcel]) -> Parcel | None:
    """Return the order's parcel with the row's number, preferably at the row's carrier."""
    same = [parcel for parcel in parcels if parcel.number == row.number]
    same.sort(key=lambda parcel: parcel.carrier != row.carrier)
    return same[0] if same else None


def _is_correction(order: Order) -> bool:
    """One number for an order wholly packed in one parcel can only mean another number for it.

    While goods of the order are in no parcel yet, a second number is a second parcel.
    """
    return len(order.parcels) == 1 and not order.parcels[0].fixed and not order.open_goods


def _aim(verdict: Verdict, parcel: Parcel) -> None:
    row = verdict.row
    key = (parcel.company, row.carrier or parcel.carrier or row.order.default_carrier, row.number)
    verdict.parcel, verdict.key = parcel.id, key
    same = key == (parcel.company, parcel.carrier, parcel.number)
    verdict.state = "unchanged" if same else "changed"


def _aim_new(verdict: Verdict) -> None:
    row = verdict.row
    used = {parcel.carrier for parcel in row.order.parcels if parcel.carrier}
    carrier = row.carrier or (used.pop() if len(used) == 1 else row.order.default_carrier)
    if not carrier:
        verdict.refuse("missing_carrier", "carrier")
        return
    verdict.state, verdict.key = "created", (row.order.company, carrier, row.number)


def _check_shared(verdicts: list[Verdict], parcels: dict[int, Parcel]) -> None:
    """A parcel of several orders changes only when the rows of all of them say the same."""
    aims: dict[int, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.state in ("changed", "unchanged"):
            aims[verdict.parcel].append(verdict)
    for parcel_id, group in aims.items():
        parcel = parcels[parcel_id]
        spoken = {verdict.row.order.id for verdict in group}
        if len({verdict.key for verdict in group}) == 1 and spoken >= parcel.orders:
            continue
        for verdict in group:
            if verdict.state == "changed":
                verdict.refuse("shared_parcel", "number", parcel=parcel_id, number=parcel.number)


def _settle_changes(verdicts: list[Verdict], parcels: dict[int, Parcel]) -> None:
    """Refuse corrections onto a number that, in the end, another parcel has.

    A refused correction keeps its old number, which may be the one that another row wanted:
    repeat until nothing more is refused. Each round refuses at least one row.
    """
    refused = True
    while refused:
        refused = False
        moved = {v.parcel: v.key for v in verdicts if v.state == "changed"}
        taken = _standing(parcels, moved)
        for verdict in verdicts:
            if verdict.state != "changed":
                continue
            company, carrier, number = verdict.key
            held = taken[company, number]
            holder = next((p for p in held.values() if p != verdict.parcel), None)
            if holder is None:
                held[carrier] = verdict.parcel
            else:
                _refuse_taken(verdict, parcels[holder])
                refused = True


def _standing(
    parcels: dict[int, Parcel], moved: Collection[int]
) -> dict[tuple[int, str], dict[int, int]]:
    """Return {(company, number): {carrier: parcel}}, without the parcels about to change theirs."""
    standing: dict[tuple[int, str], dict[int, int]] = defaultdict(dict)
    for parcel in parcels.values():
        if parcel.number and parcel.id not in moved:
            standing[parcel.company, parcel.number][parcel.carrier] = parcel.id
    return standing


def _settle_creations(verdicts: list[Verdict], parcels: dict[int, Parcel]) -> None:
    """Join new rows to the parcel that has their number, or refuse it at another carrier."""
    moved = {v.parcel: v.key for v in verdicts if v.state == "changed"}
    taken = _standing(parcels, moved)
    for parcel_id, (company, carrier, number) in moved.items():
        taken[company, number][carrier] = parcel_id
    together: dict[Key, set[int]] = defaultdict(set)
    for verdict in verdicts:
        if verdict.state != "created":
            continue
        company, carrier, number = verdict.key
        held = taken[company, number]
        closed = held.get(carrier) and parcels[held[carrier]].closed
        if held and (closed or carrier not in held):
            other, parcel_id = next(iter(held.items()))
            if parcel_id:
                _refuse_taken(verdict, parcels[parcel_id])
            else:
                verdict.refuse("number_twice", "carrier", number=number, carrier=other)
            continue
        verdict.parcel = parcel_id = held.setdefault(carrier, 0)
        orders = together[verdict.key]
        if parcel_id:
            orders |= parcels[parcel_id].orders
        if others := frozenset(orders - {verdict.row.order.id}):
            remark = Problem("shared_number", "number", {"orders": others}, refuses=False)
            verdict.problems.append(remark)
        orders.add(verdict.row.order.id)


def _settle_twins(verdicts: list[Verdict]) -> None:
    """A row that repeats an earlier one adds nothing, and shares its fate."""
    by_index = {verdict.row.index: verdict for verdict in verdicts}
    for verdict in verdicts:
        if verdict.twin is None:
            continue
        first = by_index[verdict.twin]
        verdict.parcel, verdict.key = first.parcel, first.key
        verdict.state = "refused" if first.state == "refused" else "unchanged"
        if first.state == "refused":
            verdict.problems += first.problems


def _refuse_taken(verdict: Verdict, holder: Parcel) -> None:
    verdict.refuse(
        "number_taken",
        "number",
        number=verdict.row.number,
        parcel=holder.name,
        orders=holder.orders,
        carrier=holder.carrier,
    )
