import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { describe, expect, queryAllTexts, test } from "@odoo/hoot";
import { animationFrame, mockDate } from "@odoo/hoot-mock";
import {
    contains,
    defineModels,
    fields,
    makeDialogMockEnv,
    makeMockEnv,
    models,
    mountView,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";

import { BULK_ACTIONS, BulkDialog, ROUND } from "@xb_orders/desk/bulk";
import { describeCountdown, describeZones } from "@xb_orders/desk/cells";
import { Pipeline, STAGES } from "@xb_orders/desk/pipeline";

describe.current.tags("desktop");

const { DateTime } = luxon;

class Order extends models.Model {
    _name = "sale.order";
    name = fields.Char();
    xb_ref = fields.Char();
    xb_state = fields.Selection({ selection: STAGES.map(({ name }) => [name, name]) });
    xb_ship_by = fields.Datetime();
    xb_shop_tz = fields.Char();
    xb_desk_problem = fields.Json();
    xb_desk_parcels = fields.Json();
    xb_desk_products = fields.Json();
    _records = [
        {
            id: 1,
            name: "S1",
            xb_ref: "1001",
            xb_state: "to_pick",
            xb_ship_by: "2026-05-04 08:00:00",
            xb_desk_products: {
                shown: [{ id: 5, product_id: 7, sku: "MUG", name: "Mug", qty: 2 }],
                more: 3,
            },
            xb_desk_parcels: {
                shown: [
                    {
                        id: 3,
                        carrier: "YunExpress",
                        number: "YT2600000000000001",
                        upload: "refused",
                        upload_label: "Refused",
                        upload_reason: "unknown carrier",
                        status: "pending",
                        status_label: "Pending",
                    },
                ],
                more: 0,
            },
            xb_desk_problem: { on_hold: false, count: 0, problem: false },
        },
        {
            id: 2,
            name: "S2",
            xb_ref: "1002",
            xb_state: "to_review",
            xb_ship_by: "2026-05-04 14:30:30",
            xb_desk_products: { shown: [], more: 0 },
            xb_desk_parcels: { shown: [], more: 0 },
            xb_desk_problem: {
                on_hold: true,
                hold_reason: "ask",
                count: 2,
                problem: {
                    id: 9,
                    title: "SKU not mapped",
                    message: "No product has SKU X.",
                    remedy: "Map it.",
                    fix: "Map SKU",
                    blocking: true,
                },
            },
        },
    ];
}
defineMailModels();
defineModels([Order]);

const COUNTS = {
    stages: Object.fromEntries(
        STAGES.map(({ name }) => [name, { count: 0, late: 0, due: 0, held: 0 }])
    ),
    refused: 1,
    incoming: 2,
};
COUNTS.stages.to_pick = { count: 1118, late: 3, due: 9, held: 0 };

const ARCH = `
    <list js_class="xb_order_desk" create="0">
        <field name="xb_ship_by" widget="xb_countdown"/>
        <field name="xb_ref"/>
        <field name="xb_desk_problem" widget="xb_problem_chip"/>
        <field name="xb_desk_products" widget="xb_goods"/>
        <field name="xb_desk_parcels" widget="xb_parcel_chips"/>
        <field name="xb_state"/>
    </list>`;
const SEARCH = `
    <search>
        <filter name="open" string="Open" domain="[]"/>
        <filter name="stage_to_pick" string="To Pick" domain="[('xb_state', '=', 'to_pick')]"/>
        <filter name="stage_to_review" string="To Review" domain="[('xb_state', '=', 'to_review')]"/>
        <separator/>
        <filter name="late" string="Late" domain="[('xb_ship_by', '&lt;', '2026-05-04 09:00:00')]"/>
        <separator/>
        <filter name="ref" string="1001" domain="[('xb_ref', '=', '1001')]"/>
    </search>`;

function mountDesk(seen = []) {
    mockDate("2026-05-04 12:00:00", 0);
    onRpc("sale.order", "get_xb_desk_counts", ({ args }) => {
        seen.push(args[0]);
        return COUNTS;
    });
    return mountView({
        type: "list",
        resModel: "sale.order",
        arch: ARCH,
        searchViewArch: SEARCH,
        context: { search_default_open: 1 },
    });
}

test("a countdown says how long, and says late in words", async () => {
    await makeMockEnv();
    const text = (minutes) => `${describeCountdown(minutes).text}`;
    expect(text(192)).toBe("03:12");
    expect(describeCountdown(192).css).toInclude("warning");
    expect(text(-61)).toBe("late 01:01");
    expect(text(-3 * 24 * 60)).toBe("late 3 d");
    expect(text(2 * 24 * 60 + 5)).toBe("2 d");
    expect(text(0)).toBe("00:00");
});

test("hovering a time shows the shop's", async () => {
    await makeMockEnv();
    const moment = DateTime.fromISO("2026-05-04T12:00:00Z", { zone: "Europe/Berlin" });
    expect(describeZones(moment, "America/New_York")).toInclude("America/New_York");
    expect(describeZones(moment, "Europe/Berlin")).not.toInclude("\n");
    expect(describeZones(false, "UTC")).toBe("");
});

test("pipeline: counts, late and due first, empty stages stand back", async () => {
    const chosen = [];
    await mountWithCleanup(Pipeline, {
        props: {
            counts: COUNTS,
            active: ["stage_to_pick"],
            onSelect: (...args) => chosen.push(args),
            onIncoming: () => chosen.push(["incoming"]),
            onHelp: () => {},
        },
    });
    expect("[data-stage=to_pick] .o_xb_count").toHaveText("1,118");
    expect("[data-stage=to_pick]").toHaveClass("o_xb_active");
    expect("[data-stage=to_ship]").toHaveClass("o_xb_empty");
    expect("[data-stage=to_pick] .o_xb_late").toHaveText("3 late");
    await contains("[data-stage=to_pick] .o_xb_late").click();
    await contains("[data-stage=to_pick] .o_xb_due").click();
    await contains("[data-stage=incoming] button").click();
    expect(chosen).toEqual([["stage_to_pick", "late"], ["stage_to_pick", "due"], ["incoming"]]);
});

test("pipeline before the counts are there", async () => {
    await mountWithCleanup(Pipeline, {
        props: {
            counts: null,
            active: [],
            onSelect: () => {},
            onIncoming: () => {},
            onHelp: () => {},
        },
    });
    expect(queryAllTexts(".o_xb_count")).toEqual(Array(8).fill("…"));
});

test("rows: countdown, problem with its fix, goods, parcel with its upload", async () => {
    await mountDesk();
    expect(queryAllTexts(".o_xb_countdown")).toEqual(["late 04:00", "02:30"]);
    expect(".o_xb_problem_chip .badge:contains(SKU not mapped)").toHaveCount(1);
    expect(".o_xb_fix").toHaveText("Map SKU");
    expect(".o_xb_parcel_chip").toHaveAttribute("data-upload", "refused");
    expect(".o_xb_parcel_chip").toHaveText(/YT26…0001\s*Refused/);
    expect(".o_xb_goods_picture").toHaveCount(1);
});

test("fix opens what the server answers and reads the row again", async () => {
    onRpc("xb.order.problem", "action_fix", ({ args }) => {
        expect.step(`fix ${args[0]}`);
        return false;
    });
    await mountDesk();
    await contains(".o_xb_fix").click();
    expect.verifySteps(["fix 9"]);
});

test("a tab narrows the list, counts stay those of every tab", async () => {
    const seen = [];
    await mountDesk(seen);
    expect(".o_data_row").toHaveCount(2);
    await contains("[data-stage=to_pick] button").click();
    expect(".o_data_row").toHaveCount(1);
    expect("[data-stage=to_pick]").toHaveClass("o_xb_active");
    await contains("[data-stage=to_review] button").click();
    expect(queryAllTexts(".o_data_row [name=xb_ref]")).toEqual(["1002"]);
    await contains("[data-stage=to_review] button").click();
    expect(".o_data_row").toHaveCount(2);
    expect(seen.every((domain) => domain.length === 0)).toBe(true);
});

test("late is a tab within the tab", async () => {
    await mountDesk();
    await contains("[data-stage=to_pick] .o_xb_late").click();
    expect(".o_searchview_facet").toHaveCount(2);
    expect(queryAllTexts(".o_data_row [name=xb_ref]")).toEqual(["1001"]);
});

test("bulk: rounds, progress, a result per order, what was not done first", async () => {
    const rounds = [];
    onRpc("sale.order", "xb_bulk", ({ args: [ids, action, values] }) => {
        rounds.push([ids.length, action, values.reason]);
        return ids.map((id) => ({
            id,
            name: `S${id}`,
            state: id === 3 ? "refused" : "done",
            message: id === 3 ? "Not this one." : "",
        }));
    });
    const hold = BULK_ACTIONS.find((action) => action.name === "hold");
    const env = await makeDialogMockEnv();
    await mountWithCleanup(BulkDialog, {
        props: {
            action: hold,
            ids: [...Array(ROUND + 20).keys()],
            close: () => expect.step("close"),
            onDone: () => expect.step("done"),
        },
        env,
    });
    await contains("#xb_bulk_reason").edit("ask the buyer");
    await contains(".o_xb_bulk_start").click();
    await animationFrame();
    expect(rounds).toEqual([
        [ROUND, "hold", "ask the buyer"],
        [20, "hold", "ask the buyer"],
    ]);
    expect(".o_xb_bulk_refused").toHaveText(/1\s*Not done/);
    expect("tbody tr:first-child").toHaveText(/S3\s*Not done\s*Not this one\./);
    expect.verifySteps(["done"]);
});

test("bulk: a failure in between keeps what was done", async () => {
    let call = 0;
    onRpc("sale.order", "xb_bulk", ({ args: [ids] }) => {
        call += 1;
        if (call === 2) {
            throw new Error("The server went away.");
        }
        return ids.map((id) => ({ id, name: `S${id}`, state: "done", message: "" }));
    });
    const env = await makeDialogMockEnv();
    await mountWithCleanup(BulkDialog, {
        props: {
            action: BULK_ACTIONS.find((action) => action.name === "confirm"),
            ids: [...Array(ROUND * 2).keys()],
            close: () => {},
            onDone: () => {},
        },
        env,
    });
    await contains(".o_xb_bulk_start").click();
    await animationFrame();
    expect(".o_xb_bulk_done").toHaveText(new RegExp(`${ROUND}\\s*Done`));
    expect(".alert-danger").toHaveCount(1);
});
