import { waitForChannels, waitNotifications } from "@bus/../tests/bus_test_helpers";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, describe, expect, press, queryAllTexts, queryOne, test } from "@odoo/hoot";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import {
    contains,
    defineModels,
    fields,
    getService,
    makeServerError,
    MockServer,
    models,
    mountWebClient,
    onRpc,
} from "@web/../tests/web_test_helpers";

import { FLASH_MS, GATHER_MS } from "@xb_inventory/stock_monitor/monitor_model";
import { ROW_HEIGHT } from "@xb_inventory/stock_monitor/monitor_utils";

describe.current.tags("desktop");

class StockLevel extends models.Model {
    _name = "xb.stock.level";
    name = fields.Char();
    _views = {
        search: `<search><filter name="out" string="No stock" domain="[('name', '=', 'x')]"/></search>`,
    };
}
defineMailModels();
defineModels([StockLevel]);

const ROW = ".o_xb_stock_row[data-id]";
let stock;
let calls;

function makeRow(id, values = {}) {
    return {
        id,
        product_id: id,
        product: `Gadget ${id}`,
        code: `G-${id}`,
        warehouse_id: 1,
        warehouse: "Main",
        unit: "Units",
        category: "All",
        on_hand: 10,
        reserved: 1,
        waiting: 0,
        claimed: 2,
        available: 7,
        incoming: 0,
        incoming_date: false,
        in_transit: 0,
        sold_7: 1,
        sold_30: 4,
        cover_days: 52.5,
        condition: "ok",
        shops: [{ id: 1, shop_id: 1, shop: "Own", state: "confirmed", quantity: 5, confirmed: 5 }],
        spark: Array(30).fill(10),
        changed_at: false,
        ...values,
    };
}

function makeDetail(row) {
    return {
        row,
        claims: [{ id: 1, key: "basket-7", qty: 2, shop: false, user: "Ann", expires_at: false }],
        moves: [],
        shops: [
            {
                id: 1,
                shop_id: 1,
                shop: "Own",
                told: 5,
                confirmed: 5,
                state: "confirmed",
                state_label: "Confirmed",
                reason: false,
                steps: [
                    { label: "Free over all shops", figure: 7, after: 7 },
                    { label: "Buffer kept back", figure: 2, after: 5 },
                ],
            },
        ],
        policies: [4],
    };
}

beforeEach(() => {
    stock = Array.from({ length: 50000 }, (_, index) => makeRow(index + 1));
    calls = [];
    onRpc("xb.stock.level", "monitor_page", ({ args: [filters, offset, limit, order] }) => {
        calls.push({ filters, offset, limit, order });
        const found = stock.filter(
            (row) => !filters.condition || row.condition === filters.condition
        );
        const counts = { ok: 0, out: 0, low: 0, over: 0, drift: 0 };
        stock.forEach((row) => counts[row.condition]++);
        return { total: found.length, counts, rows: found.slice(offset, offset + limit) };
    });
    onRpc("xb.stock.level", "monitor_rows", ({ args: [ids] }) =>
        ids.map((id) => ({ ...stock[id - 1] }))
    );
    onRpc("xb.stock.level", "monitor_detail", ({ args: [id] }) => makeDetail(stock[id - 1]));
});

async function open() {
    await mountWebClient();
    await getService("action").doAction({ type: "ir.actions.client", tag: "xb_stock_monitor" });
    await animationFrame();
    await animationFrame();
    await animationFrame();
}

test("a change elsewhere appears by itself, and flashes", async () => {
    stock = [makeRow(1), makeRow(2)];
    await open();
    await waitForChannels(["xb_stock"]);
    stock[1] = makeRow(2, { on_hand: 3, available: 0, condition: "out" });
    MockServer.env["bus.bus"]._sendone("xb_stock", "xb_stock/levels", { levels: [2], all: false });
    await waitNotifications(["xb_stock/levels", { levels: [2], all: false }]);
    await advanceTime(GATHER_MS);
    await animationFrame();
    const row = `${ROW}[data-id="2"]`;
    expect(`${row} [data-cell=on_hand]`).toHaveText("3");
    expect(`${row} [data-cell=on_hand]`).toHaveClass("o_xb_flash");
    expect(`${row} .o_xb_condition`).toHaveText("Out");
    expect(`${ROW}[data-id="1"] .o_xb_flash`).toHaveCount(0);
    await advanceTime(FLASH_MS);
    await animationFrame();
    expect(".o_xb_flash").toHaveCount(0);
});

test("five shops with long names: every figure that is there is read whole", async () => {
    const shops = Array.from({ length: 5 }, (_, index) => ({
        id: index + 1,
        shop_id: index + 1,
        shop: `A shop with a rather long name ${index + 1}`,
        state: index === 4 ? "refused" : "confirmed",
        quantity: 12345 + index,
        confirmed: 12345 + index,
    }));
    stock = [makeRow(1, { shops }), makeRow(2, { shops: shops.slice(0, 2) }), makeRow(3)];
    await open();
    const chips = [...document.querySelectorAll(`${ROW}[data-id="1"] .o_xb_shop`)];
    expect(chips.map((chip) => chip.textContent.match(/\S+$/)[0])).toEqual([
        "12,345",
        "12,346",
        "12,347",
        "+2",
    ]);
    // not by its colour alone
    expect(chips[3]).toHaveClass("text-bg-danger");
    expect(chips.map((chip) => chip.querySelectorAll(".fa-exclamation-triangle").length)).toEqual([
        0, 0, 0, 1,
    ]);
    expect(chips[3].title.split("\n")).toHaveLength(2);
    for (const row of document.querySelectorAll(ROW)) {
        expect(row.offsetHeight).toBe(ROW_HEIGHT);
        const cell = row.querySelector(".o_xb_shops").parentElement.getBoundingClientRect();
        for (const chip of row.querySelectorAll(".o_xb_shop")) {
            const { right, bottom } = chip.getBoundingClientRect();
            expect(right).toBeLessThan(cell.right + 1);
            expect(bottom).toBeLessThan(cell.bottom + 1);
            expect(chip.scrollWidth).toBeLessThan(chip.offsetWidth + 1);
        }
    }
});

test("draws only what is in sight of fifty thousand rows", async () => {
    await open();
    expect(document.querySelectorAll(ROW).length).toBeLessThan(60);
    expect(calls.map((call) => [call.offset, call.limit])).toEqual([[0, 80]]);
    const scroller = queryOne(".o_xb_stock_scroller");
    expect(scroller.scrollHeight).toBeGreaterThan(49000 * ROW_HEIGHT);
    await contains(scroller).scroll({ top: 40000 * ROW_HEIGHT });
    await animationFrame();
    await animationFrame();
    expect(queryAllTexts(`${ROW} .fw-bold.text-truncate`)).toInclude("Gadget 40001");
    expect(document.querySelectorAll(ROW).length).toBeLessThan(60);
    expect(calls.at(-1).offset).toBe(40000);
});

test("state is a word and an icon, not only a colour", async () => {
    stock = [makeRow(1), makeRow(2, { condition: "out", available: 0 })];
    await open();
    expect(queryAllTexts(".o_xb_condition")).toEqual(["In Stock", "Out"]);
    expect(".o_xb_condition .fa-times-circle").toHaveCount(1);
    await contains("button[data-condition=out]").click();
    expect(queryAllTexts(".o_xb_condition")).toEqual(["Out"]);
    expect("button[data-condition=out]").toHaveAttribute("aria-pressed", "true");
});

test("searching and sorting ask the server", async () => {
    stock = [makeRow(1)];
    await open();
    await contains(".o_xb_col_available button").click();
    expect(calls.at(-1).order).toBe("available desc");
    await contains(".o_xb_col_available button").click();
    expect(calls.at(-1).order).toBe("available");
    await contains(".o_searchview_dropdown_toggler").click();
    await contains(".o_filter_menu .o_menu_item:contains(No stock)").click();
    await animationFrame();
    expect(calls.at(-1).filters.domain).toEqual([["name", "=", "x"]]);
});

test("keyboard: down, open, why this number, close", async () => {
    stock = [makeRow(1), makeRow(2)];
    await open();
    queryOne(".o_xb_stock_scroller").focus();
    await press("ArrowDown");
    await press("Enter");
    await animationFrame();
    await animationFrame();
    expect(".o_xb_stock_detail h4").toHaveText("Gadget 2");
    expect(queryAllTexts(".o_xb_step_value")).toEqual(["10", "− 1", "− 0", "− 2", "= 7"]);
    expect(".o_xb_stock_detail summary").toHaveText(/Own: 5.*Confirmed/);
    expect(".o_xb_stock_detail:contains(Buffer kept back)").toHaveCount(1);
    expect(".o_xb_stock_detail:contains(basket-7)").toHaveCount(1);
    await press("Escape");
    await animationFrame();
    expect(".o_xb_stock_detail").toHaveCount(0);
});

test("nothing there, and nothing found", async () => {
    stock = [];
    await open();
    expect(".o_xb_stock_empty").toHaveText(/No stock yet/);
    await contains("button[data-condition=low]").click();
    expect(".o_xb_stock_empty").toHaveText(/Nothing matches/);
});

test("an error says so and can be tried again", async () => {
    let broken = true;
    onRpc("xb.stock.level", "monitor_page", () => {
        if (broken) {
            throw makeServerError({ message: "The database is away." });
        }
    });
    stock = [makeRow(1)];
    await open();
    expect(".o_xb_stock_error").toHaveText(/The database is away/);
    broken = false;
    await contains(".o_xb_stock_error button").click();
    await animationFrame();
    await animationFrame();
    expect(ROW).toHaveCount(1);
});
