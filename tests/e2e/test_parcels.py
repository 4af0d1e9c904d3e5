"""Orders and parcels are many-to-many: what the clerk, the platform and the customer see of it.

A real server with its job runner, the simulator as the shop over real HTTP (item by item), the
customer's page without login; and the clerk's and the customer's screens in a real browser.
"""

import re
from types import SimpleNamespace

import pytest
import requests
from support.erp import until

SHOP = "Own Shop DE"
NUMBER = "YT26333000000000%02d"


@pytest.fixture(scope="module")
def desk(erp):
    """Orders of the shop, imported as a platform hands them over; a way to ask about them."""
    ask = erp.user("admin")
    (shop,) = ask("xb.shop", "search", [("name", "=", SHOP)])
    for sku in ("BOX-A", "BOX-B"):
        ask("product.product", "create", {
            "name": f"Thing {sku[-1]}", "default_code": sku, "type": "consu"})
    orders = {}
    for ref, (sku, quantity) in {
        "SAME-1": ("BOX-A", 2), "SAME-2": ("BOX-B", 3), "THREE": ("BOX-A", 3),
        "PART": ("BOX-A", 5), "BACK": ("BOX-B", 2),
    }.items():
        value = order_value(ref, sku, quantity)
        erp.simulator.vendor("rest_shop").put_orders([value])
        (verdict,) = ask("xb.shop", "import_orders", [shop], [value])
        assert verdict["state"] == "created", verdict
        orders[ref] = verdict["order_id"]
    (carrier,) = ask("xb.carrier", "search", [("code", "=", "yunexpress")])
    return SimpleNamespace(ask=ask, orders=orders, carrier=carrier, erp=erp)


def order_value(ref, sku, quantity):
    """An order of one line, paid."""
    return {
        "ref": ref, "status": "paid", "currency": "EUR", "prices_include_tax": True,
        "placed_at": "2026-11-20T10:15:00+01:00", "updated_at": "2026-11-20T10:15:00+01:00",
        "buyer": {"id": f"B-{ref}", "name": "Jürgen Groß"},
        "ship_to": {"name": "Jürgen Groß", "street": "Lindenweg 7", "zip": "10115",
                    "city": "Berlin", "country": "DE"},
        "lines": [{"ref": "1", "sku": sku, "title": "Thing", "qty": str(quantity),
                   "unit_price": "10.00"}],
        "total": f"{quantity * 10}.00",
    }


def track(desk, *rows):
    """Enter numbers, as a list does."""
    return desk.ask("xb.parcel", "set_tracking", [
        {"order": ref, "number": number, "carrier": "yunexpress"} for ref, number in rows])


def pack(desk, ref, quantity, number, **values):
    """A parcel by hand, with some of the goods of an order."""
    (line,) = desk.ask("sale.order.line", "search", [
        ("order_id", "=", desk.orders[ref]), ("xb_line_ref", "=", "1")])
    return desk.ask("xb.parcel", "create", {
        "carrier_id": desk.carrier, "number": number,
        "item_ids": [(0, 0, {"sale_line_id": line, "quantity": quantity})], **values})


def upload(desk, *refs):
    """The clerk's click."""
    desk.ask("sale.order", "action_upload_tracking", [desk.orders[ref] for ref in refs])


def parcels(desk, ref):
    """What the order shows: {number: quantities of its goods there}."""
    (order,) = desk.ask("sale.order", "read", [desk.orders[ref]], ["xb_parcel_count"])
    found = desk.ask("xb.parcel", "search_read", [("order_ids", "in", desk.orders[ref])],
                     ["number", "direction"])
    assert order["xb_parcel_count"] == len(found)
    items = desk.ask("xb.parcel.item", "search_read", [
        ("order_id", "=", desk.orders[ref])], ["parcel_id", "quantity"])
    return {p["number"]: [i["quantity"] for i in items if i["parcel_id"][0] == p["id"]]
            for p in found}


def told(desk, ref):
    """What the platform was told: {number: {line ref: quantity}}."""
    shipments = desk.erp.simulator.vendor("rest_shop").shipments(ref)
    return {s["tracking"]: {line["ref"]: line["qty"] for line in s["lines"]} for s in shipments}


def page(desk, ref):
    """What the customer reads, without login; blanks made one."""
    action = desk.ask("sale.order", "action_xb_tracking_page", [desk.orders[ref]])
    path = action["url"][action["url"].index("/xb/track"):]
    answer = requests.get(f"{desk.erp.url}{path}?lang=en_US", timeout=60)
    answer.raise_for_status()
    text = answer.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", text.split("<body", 1)[1]).split())


def test_two_orders_in_one_parcel(desk):
    verdicts = track(desk, ("SAME-1", NUMBER % 1), ("SAME-2", NUMBER % 1))
    assert [v["state"] for v in verdicts] == ["created", "created"]
    assert verdicts[0]["parcel_id"] == verdicts[1]["parcel_id"]
    upload(desk, "SAME-1", "SAME-2")
    assert parcels(desk, "SAME-1") == {NUMBER % 1: [2.0]}
    assert parcels(desk, "SAME-2") == {NUMBER % 1: [3.0]}
    until(lambda: told(desk, "SAME-1") and told(desk, "SAME-2"))
    assert told(desk, "SAME-1") == {NUMBER % 1: {"1": "2"}}
    assert told(desk, "SAME-2") == {NUMBER % 1: {"1": "3"}}
    # Nobody is shown what else travels in the parcel.
    first, second = page(desk, "SAME-1"), page(desk, "SAME-2")
    assert NUMBER % 1 in first and "2 × [BOX-A] Thing A" in first and "Thing B" not in first
    assert NUMBER % 1 in second and "3 × [BOX-B] Thing B" in second and "Thing A" not in second


def test_one_order_in_three_parcels(desk):
    numbers = [NUMBER % n for n in (11, 12, 13)]
    for number in numbers:
        pack(desk, "THREE", 1, number)
    upload(desk, "THREE")
    assert parcels(desk, "THREE") == {number: [1.0] for number in numbers}
    until(lambda: len(told(desk, "THREE")) == 3)
    assert told(desk, "THREE") == {number: {"1": "1"} for number in numbers}
    text = page(desk, "THREE")
    assert "in 3 parcels" in text and "Not sent yet" not in text
    assert all(number in text for number in numbers)
    assert text.count("1 × [BOX-A] Thing A") == 3


def test_partial_shipment(desk):
    ask = desk.ask
    (picking,) = ask("stock.picking", "search", [("sale_id", "=", desk.orders["PART"])])
    (move,) = ask("stock.move", "search", [("picking_id", "=", picking)])
    ask("stock.move", "write", [move], {"quantity": 3, "picked": True})
    ask("stock.picking", "write", [picking], {"carrier_tracking_ref": NUMBER % 21})
    ask("stock.picking", "button_validate", [picking], context={"skip_backorder": True})
    (parcel,) = ask("xb.parcel", "search", [("number", "=", NUMBER % 21)])
    ask("xb.parcel", "write", [parcel], {"carrier_id": desk.carrier})
    upload(desk, "PART")
    assert parcels(desk, "PART") == {NUMBER % 21: [3.0]}
    until(lambda: told(desk, "PART"))
    assert told(desk, "PART") == {NUMBER % 21: {"1": "3"}}
    text = page(desk, "PART")
    assert "3 × [BOX-A] Thing A" in text
    assert "2 × [BOX-A] Thing A" in text[text.index("Not sent yet"):]
    # The rest follows in a parcel of its own; the list says no quantity: it is what is left.
    track(desk, ("PART", NUMBER % 22))
    upload(desk, "PART")
    assert parcels(desk, "PART") == {NUMBER % 21: [3.0], NUMBER % 22: [2.0]}
    until(lambda: len(told(desk, "PART")) == 2)
    assert told(desk, "PART") == {NUMBER % 21: {"1": "3"}, NUMBER % 22: {"1": "2"}}
    assert "Not sent yet" not in page(desk, "PART")


def test_return(desk):
    track(desk, ("BACK", NUMBER % 31))
    upload(desk, "BACK")
    (parcel,) = desk.ask("xb.parcel", "search", [("number", "=", NUMBER % 31)])
    desk.ask("xb.parcel", "action_mark_delivered", [parcel])
    back = pack(desk, "BACK", 1, NUMBER % 32, direction="return")
    upload(desk, "BACK")
    assert parcels(desk, "BACK") == {NUMBER % 31: [2.0], NUMBER % 32: [1.0]}
    until(lambda: told(desk, "BACK"))
    until(lambda: not desk.erp.count("SELECT count(*) FROM xb_outbox WHERE state != 'confirmed'"
                                     " AND res_model = 'xb.parcel' AND kind = 'shipment'"))
    # What comes back is no shipment of the shop's.
    assert told(desk, "BACK") == {NUMBER % 31: {"1": "2"}}
    text = page(desk, "BACK")
    out, returning = text.split("Coming back")
    assert NUMBER % 31 in out and NUMBER % 32 not in out and "✓ Delivered" in out
    assert NUMBER % 32 in returning and "1 × [BOX-B] Thing B" in returning
    desk.ask("xb.parcel", "action_mark_returned", [back])
    assert "Returned" in page(desk, "BACK").split("Coming back")[1]
    # What came back is not owed to the customer again.
    assert "Not sent yet" not in page(desk, "BACK")


def test_exceptions_board_through_the_menu(window, desk):
    """The demo clerk finds the board, takes a parcel on and solves it."""
    pack(desk, "THREE", 0, NUMBER % 41)
    (parcel,) = desk.ask("xb.parcel", "search", [("number", "=", NUMBER % 41)])
    desk.ask("xb.parcel", "write", [parcel], {"issue": "customs"})
    page = window.page
    window.sign_in("clerk")
    window.open("xb_logistics.xb_parcel_action")
    page.click(".o_menu_sections button:has-text('Logistics')")
    page.click(".o-dropdown--menu .dropdown-item:has-text('Exceptions')")
    column = page.locator(".o_kanban_group", has_text="Customs")
    card = column.locator(".o_kanban_record", has_text=NUMBER % 41)
    card.wait_for()
    assert "Ask carrier and customer which papers" in card.inner_text()
    window.picture("exceptions")
    card.locator("button[name=action_issue_mine]").click()
    card.locator("button[name=action_issue_mine]").wait_for(state="detached")
    assert desk.ask("xb.parcel", "read", [parcel], ["issue_user_id"])[0]["issue_user_id"]
    card.locator("button[name=action_issue_solved]").click()
    card.wait_for(state="detached")
    assert not window.problems


def test_refused_upload_says_what_helps(window, desk):
    """Refused by the shop: the list names reason and remedy; corrected, it goes out by itself."""
    ask = desk.ask
    pigeon = ask("xb.carrier", "create", {"name": "Pigeon Post", "code": "pigeon"})
    (parcel,) = ask("xb.parcel", "search", [("number", "=", NUMBER % 1)])
    ask("xb.parcel", "write", [parcel], {"carrier_id": pigeon})
    until(lambda: desk.erp.count(
        "SELECT count(*) FROM xb_outbox WHERE state = 'refused' AND kind = 'shipment'") == 2)
    page = window.page
    window.sign_in("clerk")
    window.open("xb_logistics.xb_parcel_upload_action")
    row = page.locator(".o_data_row", has_text="SAME-1")
    row.wait_for()
    text = row.inner_text()
    assert "Refused" in text and "pigeon" in text and "Correct number or carrier" in text
    window.picture("uploads")
    ask("xb.parcel", "write", [parcel], {"carrier_id": desk.carrier})
    until(lambda: not desk.erp.count(
        "SELECT count(*) FROM xb_outbox WHERE state != 'confirmed' AND kind = 'shipment'"))
    page.reload()
    page.wait_for_selector(".o_view_nocontent")
    assert "Every number has arrived" in page.inner_text(".o_view_nocontent")


def test_customers_page_in_two_languages(window, desk):
    """Without login or script: read it, click the other language, read it again."""
    (parcel,) = desk.ask("xb.parcel", "search", [("number", "=", NUMBER % 11)])
    desk.ask("xb.parcel", "action_mark_delivered", [parcel])
    action = desk.ask("sale.order", "action_xb_tracking_page", [desk.orders["THREE"]])
    path = action["url"][action["url"].index("/xb/track"):]
    page = window.page
    page.goto(f"{desk.erp.url}{path}?lang=en_US")
    text = page.inner_text("body")
    assert "Your order" in text and "Delivered" in text and NUMBER % 11 in text
    window.picture("customer_en")
    page.click("nav a[hreflang=zh-CN]")
    page.wait_for_selector("html[lang=zh-CN]")
    chinese = page.inner_text("body")
    assert "您的订单" in chinese and "已送达" in chinese and NUMBER % 11 in chinese
    assert "Your order" not in chinese and "Delivered" not in chinese
    window.picture("customer_zh")
    assert not page.locator("script").count()
