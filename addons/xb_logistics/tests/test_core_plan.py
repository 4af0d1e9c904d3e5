from unittest import TestCase

from odoo.addons.xb_logistics.core.plan import Order, Parcel, Problem, Row, plan


def parcel(parcel_id, number, orders, carrier=1, **values):
    return Parcel(parcel_id, f"P{parcel_id}", 1, carrier, number, frozenset(orders), **values)


def order(order_id, *parcels, open_goods=False, default_carrier=0):
    return Order(order_id, 1, default_carrier, open_goods or not parcels, parcels)


def rows(*cells):
    return [
        Row(index, one, number, carrier)
        for index, (one, number, carrier) in enumerate((*cell, 1)[:3] for cell in cells)
    ]


class TestPlan(TestCase):
    def decide(self, *cells, holders=()):
        return plan(rows(*cells), holders)

    def assertStates(self, verdicts, *states):
        self.assertEqual([verdict.state for verdict in verdicts], list(states))

    def codes(self, verdict):
        return [problem.code for problem in verdict.problems]

    def test_new_same_changed(self):
        packed = order(1, parcel(10, "A1", [1]))
        self.assertStates(self.decide((order(1), "A1")), "created")
        self.assertStates(self.decide((packed, "A1")), "unchanged")
        verdict = self.decide((packed, "A2"))[0]
        self.assertEqual(
            (verdict.state, verdict.parcel, verdict.key), ("changed", 10, (1, 1, "A2"))
        )
        verdict = self.decide((packed, "A1", 2))[0]
        self.assertEqual((verdict.state, verdict.key), ("changed", (1, 2, "A1")))

    def test_second_parcel_while_goods_are_open(self):
        verdict = self.decide((order(1, parcel(10, "A1", [1]), open_goods=True), "A2"))[0]
        self.assertEqual((verdict.state, verdict.parcel), ("created", 0))

    def test_two_rows_are_two_parcels(self):
        packed = order(1, parcel(10, "A1", [1]))
        self.assertStates(self.decide((packed, "A1"), (packed, "A2")), "unchanged", "created")
        self.assertStates(self.decide((packed, "A3"), (packed, "A2")), "created", "created")

    def test_one_row_beside_two_parcels_is_a_third(self):
        packed = order(1, parcel(10, "A1", [1]), parcel(11, "A2", [1]))
        self.assertStates(self.decide((packed, "A3")), "created")

    def test_parcel_without_number_is_filled(self):
        packed = order(1, parcel(10, "A1", [1]), parcel(11, "", [1]), open_goods=True)
        verdict = self.decide((packed, "A2"))[0]
        self.assertEqual((verdict.state, verdict.parcel), ("changed", 11))

    def test_returned_parcel_is_not_corrected(self):
        packed = order(1, parcel(10, "A1", [1], fixed=True))
        self.assertStates(self.decide((packed, "A2")), "created")

    def test_twin_rows(self):
        one = order(1)
        verdicts = self.decide((one, "A1"), (one, "A1"))
        self.assertStates(verdicts, "created", "unchanged")
        taken = [parcel(20, "A1", [9], carrier=2)]
        verdicts = self.decide((one, "A1"), (one, "A1"), holders=taken)
        self.assertStates(verdicts, "refused", "refused")
        self.assertEqual(self.codes(verdicts[1]), ["number_taken"])

    def test_one_number_for_several_orders(self):
        verdicts = self.decide((order(1), "A1"), (order(2), "A1"))
        self.assertStates(verdicts, "created", "created")
        self.assertEqual(verdicts[0].key, verdicts[1].key)
        self.assertEqual(self.codes(verdicts[0]), [])
        self.assertEqual(self.codes(verdicts[1]), ["shared_number"])

    def test_joining_a_parcel_of_before(self):
        held = parcel(20, "A1", [9])
        verdict = self.decide((order(1), "A1"), holders=[held])[0]
        self.assertEqual((verdict.state, verdict.parcel), ("created", 20))
        closed = parcel(20, "A1", [9], closed=True)
        self.assertStates(self.decide((order(1), "A1"), holders=[closed]), "refused")

    def test_number_at_another_carrier(self):
        verdicts = self.decide((order(1), "A1", 1), (order(2), "A1", 2))
        self.assertStates(verdicts, "created", "refused")
        self.assertEqual(self.codes(verdicts[1]), ["number_twice"])

    def test_numbers_change_places(self):
        first, second, third = (order(i, parcel(10 + i, f"A{i}", [i])) for i in (1, 2, 3))
        verdicts = self.decide((first, "A2"), (second, "A3"), (third, "A1"))
        self.assertStates(verdicts, "changed", "changed", "changed")

    def test_broken_chain_is_refused_to_its_end(self):
        first, second = order(1, parcel(11, "A1", [1])), order(2, parcel(12, "A2", [2]))
        foreign = parcel(13, "A3", [9])
        # The second cannot have A3, keeps A2, so the first cannot have A2 either.
        verdicts = self.decide((first, "A2"), (second, "A3"), holders=[foreign])
        self.assertStates(verdicts, "refused", "refused")
        self.assertEqual({self.codes(v)[0] for v in verdicts}, {"number_taken"})

    def test_number_that_is_given_up_can_be_taken(self):
        first = order(1, parcel(11, "A1", [1]))
        verdicts = self.decide((order(2), "A1", 2), (first, "A9", 1))
        self.assertStates(verdicts, "created", "changed")
        self.assertEqual(verdicts[0].parcel, 0)

    def test_shared_parcel_changes_for_all_or_not(self):
        shared = parcel(10, "A1", [1, 2])
        first, second = order(1, shared), order(2, shared)
        verdicts = self.decide((first, "A2"))
        self.assertStates(verdicts, "refused")
        self.assertEqual(self.codes(verdicts[0]), ["shared_parcel"])
        verdicts = self.decide((first, "A2"), (second, "A2"))
        self.assertStates(verdicts, "changed", "changed")
        verdicts = self.decide((first, "A2"), (second, "A1"))
        self.assertStates(verdicts, "refused", "unchanged")

    def test_carrier_by_default(self):
        self.assertEqual(self.codes(self.decide((order(1), "A1", 0))[0]), ["missing_carrier"])
        verdict = self.decide((order(1, default_carrier=7), "A1", 0))[0]
        self.assertEqual(verdict.key, (1, 7, "A1"))
        packed = order(1, parcel(10, "A1", [1], carrier=3), open_goods=True, default_carrier=7)
        self.assertEqual(self.decide((packed, "A2", 0))[0].key, (1, 3, "A2"))
        self.assertStates(self.decide((packed, "A1", 0)), "unchanged")

    def test_refused_rows_do_not_count(self):
        packed = order(1, parcel(10, "A1", [1]))
        bad = Row(0, packed, "", 0, [Problem("missing_number", "number")])
        verdicts = plan([bad, Row(1, packed, "A2", 1)])
        self.assertStates(verdicts, "refused", "changed")

    def test_long_lists(self):
        orders = [order(i, parcel(i, f"A{i}", [i])) for i in range(2000)]
        cells = [(one, f"A{(one.id + 1) % 2000}") for one in orders]
        self.assertEqual({v.state for v in self.decide(*cells)}, {"changed"})
