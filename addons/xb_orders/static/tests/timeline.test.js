import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { describe, expect, queryAllTexts, test } from "@odoo/hoot";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");

const stop = (key, label, state, more = {}) => ({
    key,
    label,
    state,
    icon: "fa-cube",
    at: false,
    who: "",
    what: "",
    action: false,
    ...more,
});

class Order extends models.Model {
    _name = "sale.order";
    name = fields.Char();
    xb_shop_tz = fields.Char();
    xb_timeline = fields.Json();
    _records = [
        {
            id: 1,
            name: "S1",
            xb_shop_tz: "Asia/Shanghai",
            xb_timeline: {
                stops: [
                    stop("placed", "Placed", "done", { at: "2026-05-04 04:20:00", who: "Shop" }),
                    stop("picked", "Picked", "current", {
                        action: { name: "action_xb_deliver", label: "Deliver" },
                    }),
                    stop("delivered", "Delivered", "todo"),
                ],
            },
        },
    ];
}
defineMailModels();
defineModels([Order]);

const mountTimeline = () =>
    mountView({
        type: "form",
        resModel: "sale.order",
        resId: 1,
        arch: `<form><field name="xb_timeline" widget="xb_order_timeline"/></form>`,
    });

test("stops in their order, one next action", async () => {
    await mountTimeline();
    expect(queryAllTexts(".o_xb_stop_label")).toEqual(["Placed", "Picked", "Delivered"]);
    expect("[data-stop=placed]").toHaveClass("o_xb_done");
    expect("[data-stop=picked]").toHaveClass("o_xb_current");
    expect(".o_xb_stop button").toHaveCount(1);
    expect("[data-stop=placed] [title*='Asia/Shanghai']").toHaveCount(1);
});

test("its action runs on the order and reads it again", async () => {
    onRpc("sale.order", "action_xb_deliver", ({ args }) => {
        expect.step(`deliver ${args[0]}`);
        return true;
    });
    onRpc("sale.order", "web_read", () => expect.step("read"));
    await mountTimeline();
    expect.verifySteps(["read"]);
    await contains("[data-stop=picked] button").click();
    expect.verifySteps(["deliver 1", "read"]);
});
