"""A clerk's day at the order desk, in English and in Chinese: real server, real browser.

Nothing here reads words: the same hands find their way in both languages.
"""

import io
import secrets

import openpyxl
import pytest
from playwright.sync_api import expect
from support.erp import until

SHOP = "Pottery Shop"
LANGUAGES = ("en_US", "zh_CN")
PLACED = "2026-05-04T06:15:22+00:00"
DESK = "xb_orders.sale_order_action"
FILE = """Order No;Date;SKU;Qty;Price;Currency
{mark}-1;2026-05-04 10:00;MUG-BLUE;2;12,50;USD
{mark}-2;2026-05-04 11:00;BOWL-L;1;x;USD
{mark}-3;2026-05-04 12:00;{mark}-NEW;1;4,00;USD
"""
UNKNOWN = "Bestellung;Wann;Artikel;Menge;Preis\n{mark}-U;2026-05-04;MUG-BLUE;1;12,50\n"
COLUMNS = ("ref", "placed_at", "sku", "qty", "unit_price")


# Two frames: what was to be drawn is drawn.
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def order(ref, sku):
    return {
        "ref": ref, "placed_at": PLACED, "paid_at": PLACED, "status": "paid", "currency": "USD",
        "buyer": {"id": f"b-{ref}", "name": "Ada Reed"},
        "ship_to": {"name": "Ada Reed", "street": "1 Kiln Road", "city": "Portland",
                    "zip": "04101", "country": "US"},
        "lines": [{"ref": "1", "sku": sku, "qty": "1", "unit_price": "18.50"}],
    }


@pytest.fixture(params=LANGUAGES)
def language(request, erp):
    """The language of everybody who works in this test."""
    admin = erp.user()
    admin("res.users", "write",
          admin("res.users", "search", [("login", "in", ("clerk", "manager"))]),
          {"lang": request.param})
    return request.param


def picture(window, language, name):
    window.page.wait_for_timeout(500)
    window.picture(name if language == "en_US" else f"{name}_zh")


def shop_id(erp, name=SHOP):
    return erp.user()("xb.shop", "search", [("name", "=", name)])[0]


def search(window, ref):
    """Orders whose reference has this in it, in the list."""
    page = window.page
    window.open(DESK)
    page.wait_for_selector(".o_xb_pipeline")
    page.fill(".o_searchview_input", ref)
    page.wait_for_selector(".o_searchview_autocomplete .o-dropdown-item")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "ref => { const rows = [...document.querySelectorAll('.o_data_row [name=xb_ref]')];"
        " return rows.length && rows.every((cell) => cell.textContent.includes(ref)); }", arg=ref)


def stage(erp, ref):
    found = erp.sql(f"SELECT xb_state FROM sale_order WHERE xb_ref = '{ref}'")
    return found[0][0] if found else ""


def select_all(window):
    window.page.check("thead .o_list_record_selector input")
    window.page.wait_for_selector(".o_xb_bulk_buttons")


def bulk(window, action, fill=None):
    """A bulk action to its last result; returns how many were done."""
    page = window.page
    if not page.locator(f"[data-bulk={action}]").count():
        page.click(".o_xb_bulk_more")
    page.click(f"[data-bulk={action}]")
    page.wait_for_selector(".o_xb_bulk_ask")
    for selector, text in (fill or {}).items():
        page.fill(selector, text)
    page.click(".o_xb_bulk_start")
    page.wait_for_selector(".modal .progress-bar.bg-success")
    done = int(page.inner_text(".o_xb_bulk_done strong"))
    return done


def close(window):
    """Close the result. The list was read anew and is drawn a moment later, with nothing selected:
    whoever selects before that, as no person could, selects in vain."""
    window.page.click(".o_xb_bulk_close")
    window.page.wait_for_selector(".o_xb_bulk_buttons", state="detached")


def test_morning(window, erp, language):
    """Problems → fix → hold and release → pick → ship → upload."""
    mark = f"M{language[:2]}{secrets.token_hex(2)}"
    refs = [f"{mark}-1", f"{mark}-2"]
    verdicts = erp.user("clerk")("xb.shop", "import_orders", [shop_id(erp)], [
        order(refs[0], "VASE-W"), order(refs[1], f"{mark}-MUG")])
    assert [verdict["state"] for verdict in verdicts] == ["created", "held"]
    page = window.page
    window.sign_in("clerk")
    map_sku(window, erp, mark)
    until(lambda: stage(erp, refs[1]) == "to_pick", what="the mapped order did not go on")

    search(window, f"{mark}-")
    picture(window, language, "desk")
    select_all(window)
    assert bulk(window, "hold", {"#xb_bulk_reason": "ask the buyer"}) == 2
    close(window)
    assert {stage(erp, ref) for ref in refs} == {"to_review"}
    select_all(window)
    assert bulk(window, "release") == 2
    close(window)
    assert {stage(erp, ref) for ref in refs} == {"to_pick"}

    select_all(window)
    # As PDF where there is a converter, as a page where there is none.
    with page.expect_request(lambda request: "/report/" in request.url
                             and "check_" not in request.url):
        page.click(".o_xb_bulk_buttons [data-hotkey='shift+k']")
    search(window, f"{mark}-")
    select_all(window)
    assert bulk(window, "deliver") == 2
    picture(window, language, "bulk_result")
    close(window)
    assert {stage(erp, ref) for ref in refs} == {"shipped"}
    # the counts follow what was done
    page.wait_for_selector("[data-stage=shipped] .o_xb_count:text-is('2')")

    select_all(window)
    page.click(".o_xb_bulk_buttons [data-hotkey='shift+t']")
    page.fill(".modal [name=paste] textarea", "\n".join(
        f"{ref}\tYT26{number:010}{language[-1]}\tYunExpress" for number, ref in enumerate(refs)))
    page.keyboard.press("Tab")
    page.click(".modal button[name=action_write]:not([disabled])")
    page.wait_for_selector(".modal", state="detached")
    search(window, f"{mark}-")
    select_all(window)
    assert bulk(window, "upload") == 2
    close(window)
    until(lambda: not erp.count(
        "SELECT count(*) FROM sale_order WHERE xb_upload_state IS DISTINCT FROM 'confirmed' "
        f"AND xb_ref LIKE '{mark}-%'"), what="the platform did not confirm the numbers")
    page.reload()
    page.click(f".o_data_row [name=xb_ref]:has-text('{refs[0]}')")
    page.wait_for_selector(".o_xb_timeline .o_xb_done[data-stop^=parcel]")
    picture(window, language, "order_form")
    page.click(".nav-link[name=platform]")
    page.wait_for_selector(".o_xb_platform")
    picture(window, language, "order_platform")
    assert not window.problems


def map_sku(window, erp, mark):
    """Say which product an unknown SKU is, where the problem stands."""
    page = window.page
    window.open("xb_orders.xb_order_problem_action")
    page.wait_for_selector(".o_data_row")
    problem = erp.sql("SELECT id FROM xb_order_problem WHERE state = 'open' "
                      f"AND subject = '{mark}-MUG'")[0][0]
    page.goto(f"{window.url}/odoo/action-xb_orders.xb_order_problem_action/{problem}")
    page.click("button[name=action_fix]:visible")
    page.wait_for_selector(".o_form_view [name=line_ids]:visible")
    page.click("[name=line_ids] .o_field_x2many_list_row_add a")
    page.fill("[name=line_ids] [name=product_id] input", "MUG-BLUE")
    page.click(".o-autocomplete--dropdown-item:has-text('MUG-BLUE')")
    save = ".modal footer .o_form_button_save, .modal footer button.btn-primary, " \
           ".o_form_button_save"
    page.locator(save).locator("visible=true").first.click()


def test_import_with_trial_and_repair(window, erp, language, tmp_path):
    """A trial, the import, the rows that come back, and the repaired file."""
    mark = f"R{language[:2]}"
    path = tmp_path / "orders.csv"
    path.write_text(FILE.format(mark=mark), encoding="utf-8")
    page = window.page
    window.sign_in("clerk")
    choose_file(window, path)
    page.check(".modal [name=dry_run] input")
    page.click(".modal button[name=action_import]:visible")
    page.wait_for_selector(".o_xb_import_diff", timeout=60_000)
    picture(window, language, "import_trial")
    assert not erp.count(f"SELECT count(*) FROM sale_order WHERE xb_ref LIKE '{mark}-%'")

    page.click("button[name=action_import]")
    page.wait_for_selector(  # of the import, not of the trial that is still to be seen
        ".o_form_view:not(:has(.ribbon)) button[name=action_repair_xlsx]", timeout=60_000)
    picture(window, language, "import_repair")
    with page.expect_download() as download:
        page.click("button[name=action_repair_xlsx]")
    book = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))
    rows = list(book.active.values)
    assert [row[0] for row in rows[1:]] == [f"{mark}-2", f"{mark}-3"]
    assert all(row[-2] and row[-1] for row in rows[1:])
    book.active["E2"], book.active["C3"] = "34,00", "VASE-W"
    repaired = tmp_path / "repaired.xlsx"
    book.save(repaired)
    choose_file(window, repaired)
    page.click(".modal button[name=action_import]:visible")
    until(lambda: erp.count("SELECT count(*) FROM sale_order WHERE state = 'sale' "
                            f"AND xb_ref LIKE '{mark}-%'") == 3, what="not all rows went on")
    assert not window.problems


def test_unknown_file_is_mapped_once(window, erp, language, tmp_path):
    """Say what the columns are; the next file of the kind needs no saying."""
    mark = f"U{language[:2]}"
    erp.user()("xb.import.mapping", "unlink", erp.user()("xb.import.mapping", "search", []))
    path = tmp_path / "orders.csv"
    path.write_text(UNKNOWN.format(mark=mark), encoding="utf-8")
    page = window.page
    window.sign_in("clerk")
    choose_file(window, path, ".modal .nav-link[name=columns]")
    page.click(".modal .nav-link[name=columns]")
    for number, name in enumerate(COLUMNS):
        cell = page.locator(".modal [name=column_ids] .o_data_row").nth(number).locator(
            "[name=field_name]")
        cell.click()
        about = erp.user("clerk")("xb.import.wizard.column", "fields_get", ["field_name"],
                                  ["selection"], context={"lang": language})
        label = dict(about["field_name"]["selection"])[name]
        cell.locator("input, select").first.click()
        # The web client loses a choice that is left before the server has answered and it is drawn.
        with page.expect_response("**/xb.import.wizard/onchange*"):
            page.locator(f".o_select_menu_menu :text-is('{label}')").last.click()
        expect(cell.locator("input")).to_have_value(label)
        page.evaluate(DRAWN)
    picture(window, language, "import_columns")
    page.wait_for_selector(".modal button[name=action_import]:visible")
    page.click(".modal button[name=action_import]:visible")
    until(lambda: erp.count(f"SELECT count(*) FROM sale_order WHERE xb_ref = '{mark}-U'"))
    choose_file(window, path, ".modal .alert [name=mapping_id]")
    assert not window.problems


def choose_file(window, path, sign=".modal .o_xb_import_preview"):
    """Import File with the shop and the file chosen."""
    page = window.page
    window.open("xb_orders.xb_import_wizard_action")
    page.wait_for_selector(".modal, .o_form_view")
    page.fill(".modal [name=shop_id] input", SHOP)
    page.click(f".o-autocomplete--dropdown-item:has-text('{SHOP}')")
    page.set_input_files(".modal [name=file] input[type=file]", str(path))
    page.wait_for_selector(sign)


def test_set_up_a_shop(window, erp, language):
    """Three steps, the connection tested, and what the first import would do."""
    name = f"New shop {language} {secrets.token_hex(2)}"
    admin = erp.user()
    [simulator] = admin("xb.connection", "search", [("vendor", "=", "rest_shop")], limit=1)
    admin("xb.connection", "copy", [simulator], {"name": f"Account of {name}"})
    page = window.page
    window.sign_in("manager")
    window.open("xb_orders.xb_shop_setup_action")
    page.wait_for_selector(".modal [name=name] input")
    page.fill(".modal [name=name] input", name)
    page.locator(".modal [name=platform] select, .modal [name=platform] input").first.click()
    if page.locator(".o_select_menu_item").count():
        page.locator(".o_select_menu_item").nth(1).click()
    else:
        page.select_option(".modal [name=platform] select", '"rest_shop"')
    page.fill(".modal [name=connection_id] input", f"Account of {name}")
    page.click(f".o-autocomplete--dropdown-item:has-text('Account of {name}')")
    page.click(".modal button[name=action_test]")
    page.wait_for_selector(".modal .alert-success:visible")
    picture(window, language, "shop_setup_test")
    page.click(".modal button[name=action_next]")
    page.wait_for_selector(".modal [name=product_policy]:visible")
    page.click(".modal button[name=action_next]")
    page.click(".modal button[name=action_trial]")
    page.wait_for_selector(".modal .o_xb_setup_trial")
    picture(window, language, "shop_setup")
    assert not erp.count("SELECT count(*) FROM sale_order o JOIN xb_shop s ON s.id = o.xb_shop_id "
                         f"WHERE s.name = '{name}'")
    page.click(".modal button[name=action_finish]:visible")
    page.wait_for_selector(".o_form_view [name=action_view_orders]")
    until(lambda: erp.count(f"SELECT count(*) FROM xb_shop WHERE name = '{name}'"))
    assert not window.problems
