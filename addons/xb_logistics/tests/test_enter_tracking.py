import base64

from odoo.tests import Form, tagged

from .common import YT, LogisticsCase


@tagged("post_install", "-at_install")
class TestEnterTracking(LogisticsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.one, cls.two, cls.three = (cls.make_order() for _i in range(3))
        cls.orders = cls.one | cls.two | cls.three

    def open(self, orders=None):
        Wizard = self.env["xb.tracking.wizard"]
        if orders:
            Wizard = Wizard.with_context(active_model="sale.order", active_ids=orders.ids)
        return Form(Wizard)

    def grid(self, form):
        return [
            (line["order_ref"], line["number"] or "", line["state"])
            for line in form.line_ids._records
        ]

    def test_prefilled_from_orders(self):
        self.track((self.one, YT % 1, "t_swift"))
        form = self.open(self.orders)
        self.assertEqual(
            self.grid(form),
            [
                (self.one.name, YT % 1, "unchanged"),
                (self.two.name, "", "todo"),
                (self.three.name, "", "todo"),
            ],
        )
        self.assertEqual(form.write_label, "Write 0 of 3")

    def test_type_a_number(self):
        form = self.open(self.orders)
        with form.line_ids.edit(1) as line:
            line.number = "yt26 7770 0000 0000 02"
        self.assertEqual(form.line_ids._records[1]["state"], "refused")
        self.assertIn("no carrier", form.line_ids._records[1]["message"])
        form.default_carrier_id = self.swift
        self.assertEqual(form.line_ids._records[1]["state"], "created")
        self.assertEqual(form.write_label, "Write 1 of 3")

    def test_file_makes_parcels_with_weight_and_cost(self):
        """Columns in any order; what is wrong is said before anything is written, and mended."""
        self.env.ref("base.EUR").active = True
        rows = [
            ("Freight", "Tracking No", "Gross Weight (g)", "Order", "Currency", "Carrier"),
            ("4.20", YT % 1, "350", self.one.name, "EUR", "Swift Post"),
            ("5,10", YT % 2, "heavy", self.two.name, "EUR", "Swift Post"),
            ("1,250", YT % 3, "0", self.three.name, "", "Swift Post"),
        ]
        form = self.open()
        text = "\n".join(";".join(row) for row in rows)
        form.file = base64.b64encode(text.encode("utf-8-sig"))
        self.assertTrue(form.has_details)
        self.assertIn("cost, tracking number, weight, order, currency, carrier", form.reading)
        states = [line["state"] for line in form.line_ids._records]
        self.assertEqual(states, ["created", "refused", "refused"])
        self.assertIn("is no weight", form.line_ids._records[1]["message"])
        self.assertIn("is no cost", form.line_ids._records[2]["message"])
        self.assertFalse(self.orders.xb_parcel_ids, "nothing is written yet")
        with form.line_ids.edit(1) as line:
            line.weight = "1.1 kg"
        with form.line_ids.edit(2) as line:
            line.cost = "1250"
        self.assertEqual(form.write_label, "Write 3 of 3")
        form.save().action_write()
        parcels = self.orders.xb_parcel_ids.sorted("number")
        self.assertEqual([round(w, 3) for w in parcels.mapped("weight")], [0.35, 1.1, 0.0])
        self.assertEqual(parcels.mapped("cost"), [4.2, 5.1, 1250.0])
        own = self.company.currency_id.name
        self.assertEqual([p.currency_id.name for p in parcels], ["EUR", "EUR", own])

    def test_paste_fills_the_rows_of_the_orders(self):
        form = self.open(self.orders)
        form.paste = "\n".join(
            f"{order.name}\t{YT % i}\tSwift Post" for i, order in enumerate(self.orders)
        )
        self.assertFalse(form.paste)
        self.assertEqual(
            self.grid(form), [(o.name, YT % i, "created") for i, o in enumerate(self.orders)]
        )
        self.assertIn("3 rows read. Columns: order, tracking number, carrier", form.reading)
        self.assertEqual(form.write_label, "Write 3 of 3")

    def test_paste_by_the_customers_reference_fills_the_same_row(self):
        self.two.client_order_ref = "C-2"
        form = self.open(self.orders)
        form.paste = f"C-2,{YT % 2},Swift Post"
        self.assertEqual(self.grid(form)[1], (self.two.name, YT % 2, "created"))
        self.assertEqual(len(self.grid(form)), 3)

    def test_paste_corrects_the_number_that_is_there(self):
        rows = [
            {"order": order.name, "number": YT % i, "carrier": self.swift.code}
            for i, order in enumerate(self.orders)
        ]
        self.env["xb.parcel"].set_tracking(rows)
        form = self.open(self.orders)
        self.assertEqual({state for _o, _n, state in self.grid(form)}, {"unchanged"})
        form.paste = f"{self.two.name}\t{YT % 77}\tSwift Post"
        self.assertEqual(self.grid(form)[1], (self.two.name, YT % 77, "changed"))
        self.assertEqual(len(self.grid(form)), 3)
        # named twice, the order has two parcels: what is there stays
        form.paste = f"{self.one.name}\t{YT % 88}\n{self.one.name}\t{YT % 89}"
        self.assertEqual(len(self.grid(form)), 5)

    def test_bare_numbers_beside_open_rows(self):
        form = self.open(self.orders)
        form.default_carrier_id = self.swift
        form.paste = "\n".join(YT % i for i in range(3))
        self.assertEqual([number for _o, number, _s in self.grid(form)], [YT % i for i in range(3)])

    def test_bare_numbers_that_do_not_match_are_not_guessed(self):
        form = self.open(self.orders)
        form.default_carrier_id = self.swift
        form.paste = "\n".join(YT % i for i in range(2))
        states = [state for _o, _n, state in self.grid(form)]
        self.assertEqual(states, ["todo", "todo", "todo", "refused", "refused"])

    def test_pasting_twice_adds_nothing(self):
        form = self.open()
        for _time in range(2):
            form.paste = f"{self.one.name},{YT % 1},t_swift"
        self.assertEqual(len(self.grid(form)), 1)

    def test_repair_in_place_and_write(self):
        form = self.open()
        form.paste = "\n".join(
            (
                f"{self.one.name},{YT % 1},Swift Post",
                f"S-nowhere,{YT % 2},Swift Post",
                f"{self.three.name},{YT % 3},Swft Pots",
            )
        )
        states = [state for _o, _n, state in self.grid(form)]
        self.assertEqual(states, ["created", "refused", "refused"])
        self.assertEqual(form.write_label, "Write 1 of 3")
        with form.line_ids.edit(1) as line:
            line.order_ref = self.two.name
        with form.line_ids.edit(2) as line:
            line.carrier_id = self.slow
        self.assertEqual(form.write_label, "Write 3 of 3")
        action = form.save().action_write()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(self.two.xb_parcel_ids.number, YT % 2)
        self.assertEqual(self.three.xb_parcel_ids.carrier_id, self.slow)

    def test_write_keeps_what_was_refused(self):
        form = self.open()
        form.paste = f"{self.one.name},{YT % 1},t_swift\nS-nowhere,{YT % 2},t_swift"
        wizard = form.save()
        action = wizard.action_write()
        self.assertEqual((action["res_model"], action["res_id"]), (wizard._name, wizard.id))
        self.assertEqual(wizard.line_ids.mapped("order_ref"), ["S-nowhere"])
        self.assertEqual(wizard.line_ids.state, "refused")
        self.assertIn("1 new", wizard.written)
        self.assertEqual(self.one.xb_parcel_ids.number, YT % 1)

    def test_file(self):
        form = self.open()
        data = f"物流单号;订单号;物流公司\n{YT % 1};{self.one.name};迅邮\n".encode("gb18030")
        form.file = base64.b64encode(data)
        self.assertEqual(self.grid(form), [(self.one.name, YT % 1, "created")])
        self.assertIn("by their titles", form.reading)
        form.file = base64.b64encode(b"\xd0\xcf\x11\xe0 old")
        self.assertTrue(form.reading_failed)
        self.assertIn(".xlsx", form.reading)
        self.assertEqual(len(self.grid(form)), 1)
