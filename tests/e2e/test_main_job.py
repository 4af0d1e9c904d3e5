"""The main job as a clerk does it: a file of real orders, delivered, tracked, uploaded, corrected.

Real server with its job runner, real browser, the simulator as the shop on the other side.
"""

import csv
import io
import re

import pytest
from support.erp import until

SHOP = "Gift Shop UK"
DOCUMENTS = 40


@pytest.fixture
def order_file(real_file, tmp_path):
    """The first documents of the real file, in its own format."""
    text = real_file.read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    header, body = rows[0], rows[1:]
    wanted = list(dict.fromkeys(row[0] for row in body))[:DOCUMENTS]
    path = tmp_path / "orders.csv"
    with open(path, "w", encoding="utf-8-sig", newline="") as handle:
        csv.writer(handle, delimiter=";").writerows(
            [header, *(row for row in body if row[0] in wanted)])
    return path


def test_from_file_to_the_shop(window, erp, order_file):
    page = window.page
    window.sign_in("clerk")
    import_file(window, order_file)
    total = erp.count("SELECT count(*) FROM xb_import_line")
    assert total == DOCUMENTS
    orders = dict(erp.sql(
        "SELECT o.xb_ref, o.id FROM sale_order o JOIN xb_shop s ON s.id = o.xb_shop_id "
        f"WHERE s.name = '{SHOP}' AND o.state = 'sale' AND o.xb_ref ~ '^[0-9]+$'"))
    assert len(orders) > DOCUMENTS / 2

    show_orders(window)
    bulk(window, "deliver")
    window.picture("deliver")
    page.click(".modal .o_xb_bulk_close")
    until(lambda: not erp.count(
        "SELECT count(*) FROM stock_picking p JOIN sale_order o ON o.id = p.sale_id "
        f"WHERE o.id IN ({','.join(orders.values())}) AND p.state NOT IN ('done', 'cancel')"))

    numbers = {ref: f"YT{2600000000 + int(ref)}" for ref in orders}
    enter_tracking(window, numbers)
    show_orders(window)
    bulk(window, "upload")
    page.click(".modal .o_xb_bulk_close")
    until(lambda: uploaded(erp) == numbers, what="not every number arrived at the shop")
    page.reload()
    page.wait_for_selector(".o_data_row")
    page.wait_for_timeout(800)
    window.picture("orders")
    switch_language(window, "简体中文", "订单")
    window.picture("orders_zh")
    switch_language(window, "English", "Orders")

    # the shop's own page shows it
    page.goto(f"{erp.simulator.url}/rest_shop/")
    text = page.inner_text("body")
    assert all(number in text for number in numbers.values())
    window.picture("shop")

    correct_during_outage(window, erp, numbers)
    assert not window.problems


def import_file(window, path):
    """Orders › Import File, look, import, wait for the last verdict."""
    page = window.page
    window.open("xb_orders.sale_order_action")
    page.click("button:has-text('Import File')")
    page.wait_for_selector(".modal")
    page.fill(".modal [name=shop_id] input", SHOP)
    page.click(f".o-autocomplete--dropdown-item:has-text('{SHOP}')")
    page.set_input_files(".modal [name=file] input[type=file]", str(path))
    page.wait_for_selector(".modal .o_xb_import_preview")
    page.check(".modal [name=create_products] input")
    page.wait_for_timeout(500)
    window.picture("import_preview")
    page.click(".modal button[name=action_import]:visible")
    page.wait_for_selector(".o_form_view .o_arrow_button_current:has-text('Done')",
                           timeout=180_000)
    window.picture("import_done")


def show_orders(window):
    """The orders of the shop that went on, all of them chosen."""
    page = window.page
    window.open("xb_orders.sale_order_action")
    page.fill(".o_searchview_input", SHOP)
    page.click(".o_searchview_autocomplete .o-dropdown-item:has-text('Shop for')")
    page.wait_for_selector(".o_searchview_facet")
    # the list as it was before the filter is still there for a moment
    page.wait_for_function(
        "shop => { const cells = [...document.querySelectorAll('.o_data_row [name=xb_shop_id]')];"
        " return cells.length && cells.every((cell) => cell.textContent.trim() === shop); }",
        arg=SHOP)
    page.wait_for_timeout(500)
    page.check("thead .o_list_record_selector input")
    if page.locator(".o_select_domain").count():
        page.click(".o_select_domain")
    page.wait_for_selector(".o_selection_box, .o_list_selection_box")


def bulk(window, action):
    """Do something with the chosen orders, and wait for the last result."""
    page = window.page
    page.click(f"[data-bulk={action}]")
    page.click(".modal .o_xb_bulk_start")
    page.wait_for_selector(".modal .progress-bar.bg-success", timeout=180_000)
    page.wait_for_timeout(500)


def enter_tracking(window, numbers, picture="enter_tracking"):
    """Paste numbers for many orders at once."""
    page = window.page
    show_orders(window)
    page.click("button:has-text('Enter Tracking')")
    page.wait_for_selector(".modal [name=paste] textarea")
    page.fill(".modal [name=paste] textarea",
              "\n".join(f"{ref}\t{number}\tYunExpress" for ref, number in numbers.items()))
    page.keyboard.press("Tab")
    button = page.locator(".modal button[name=action_write]:not([disabled])")
    button.wait_for()
    page.wait_for_timeout(800)
    window.picture(picture)
    assert re.search(rf"\b{len(numbers)}\b", button.inner_text())
    button.click()
    page.wait_for_selector(".modal", state="detached")


def uploaded(erp):
    """What the shop on the other side has: {order: tracking number}."""
    shipments = erp.simulator.vendor("rest_shop").shipments()
    return {shipment["order"]: shipment["tracking"] for shipment in shipments}


def switch_language(window, language, title):
    """One click in the top bar, and the same screen is there in the other language."""
    page = window.page
    page.click(".o_xb_language_switcher")
    page.click(f".o-dropdown--menu :text('{language}')")
    page.wait_for_selector(f".o_breadcrumb :text-is('{title}')")
    page.wait_for_selector(".o_data_row")
    page.wait_for_timeout(800)


def correct_during_outage(window, erp, numbers):
    """A number corrected while the shop is down arrives by itself when it is back."""
    page = window.page
    ref = sorted(numbers)[0]
    erp.simulator.faults.set_outage("rest_shop", True)
    fixed = "YT2699999999"
    with window.slow_line():  # the dialog is there with what is true now, or not yet
        enter_tracking(window, {ref: fixed}, "correct_tracking")
    until(lambda: erp.count("SELECT count(*) FROM xb_outbox WHERE state = 'retry'"),
          what="the outage did not show")
    page.wait_for_timeout(500)
    assert uploaded(erp)[ref] == numbers[ref]
    erp.simulator.faults.set_outage("rest_shop", False)
    until(lambda: uploaded(erp)[ref] == fixed, patience=150,
          what="the corrected number did not arrive after the outage")
    until(lambda: not erp.count("SELECT count(*) FROM xb_outbox WHERE state != 'confirmed'"))
