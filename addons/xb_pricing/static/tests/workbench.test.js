import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, describe, expect, press, queryAllTexts, queryFirst, test } from "@odoo/hoot";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import {
    contains,
    getService,
    makeMockEnv,
    mountWebClient,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";

import { Histogram } from "@xb_pricing/workbench/histogram";
import { MarginBar } from "@xb_pricing/workbench/margin_bar";
import { Waterfall } from "@xb_pricing/workbench/waterfall";
import {
    formatMoney,
    formatShare,
    isPercent,
    readPercent,
} from "@xb_pricing/workbench/workbench_utils";

describe.current.tags("desktop");
defineMailModels();

function makeRow(id, values = {}) {
    return {
        id,
        name: `Mug ${id}`,
        sku: `M-${id}`,
        shop: "US",
        currency: "USD",
        product_id: id,
        old: "6.99",
        new: "7.99",
        floor: "6.49",
        old_margin: 0.08,
        margin: 0.21,
        target: 0.2,
        state: "ok",
        old_ok: true,
        stale: false,
        rule: "All",
        problem: false,
        ...values,
    };
}

function makeStep(kind, home, values = {}) {
    return {
        kind,
        code: kind,
        label: kind,
        amount: false,
        home,
        base: false,
        rate: false,
        note: false,
        ...values,
    };
}

function makeQuote(row) {
    return {
        listing_id: row.id,
        name: row.name,
        currency: "USD",
        company_currency: "CNY",
        state: row.state,
        price: row.new,
        old_price: row.old,
        floor: row.floor,
        lowest: "7.22",
        exact: "7.215077",
        intervals: [["7.2151", false]],
        next: false,
        limit_margin: "0.8246",
        rule_id: 1,
        rule: "All",
        target: "Net margin on the price 20 %",
        chain: [{ id: 1, name: "All", used: true }],
        fx: "7.1",
        rate_day: "2026-11-25",
        margin: "0.2603",
        profit: "14.77",
        revenue: "56.73",
        net: "7.99",
        buyer: "7.99",
        problems: [],
        steps: [
            makeStep("price", "56.73", { amount: "7.99" }),
            makeStep("fee", "-8.52", { amount: "-1.198500", rate: "0.15" }),
            makeStep("cost", "-33.44"),
            makeStep("profit", "14.77"),
        ],
    };
}

let rows;
let asked;
let canApprove;
beforeEach(() => {
    rows = [makeRow(1), makeRow(2, { old: "8.99" })];
    asked = [];
    canApprove = true;
    onRpc("xb.price.desk", "get_setup", () => ({
        shops: [
            { id: 1, name: "US", currency: "USD", count: 2, ready: true },
            { id: 2, name: "No market", currency: "EUR", count: 0, ready: false },
        ],
        rules: [
            {
                id: 1,
                name: "All",
                scope: "Everything",
                target: "20 %",
                floor: "5 %",
                fallback: false,
            },
        ],
        runs: [],
        fee_groups: [["commission", "Commission"]],
        can_write: true,
        can_approve: canApprove,
    }));
    onRpc("xb.price.desk", "simulate", ({ args: [domain], kwargs }) => {
        asked.push({ domain, ...kwargs });
        return {
            total: rows.length,
            shown: rows.length,
            currency: "CNY",
            shops: [
                {
                    id: 1,
                    name: "US",
                    count: 2,
                    changed: 2,
                    up: 1,
                    down: 1,
                    same: 0,
                    problems: 0,
                    margin_before: 0.1,
                    margin_after: 0.2,
                    effect: "12.00",
                },
            ],
            histogram: { edges: [-0.2, 0, 0.2, 0.4], before: [1, 1, 0], after: [0, 0, 2] },
            effect: "-12.00",
            rows,
        };
    });
    onRpc("xb.price.desk", "explain", ({ args: [id] }) =>
        makeQuote(rows.find((row) => row.id === id))
    );
});

async function open() {
    await mountWebClient();
    await getService("action").doAction({ type: "ir.actions.client", tag: "xb_pricing.workbench" });
    await animationFrame();
    await animationFrame();
    await animationFrame();
}

test("percentages as people write them", () => {
    expect(["2", "2,5", "-3 %", "", "abc"].map(readPercent)).toEqual([0.02, 0.025, -0.03, 0, 0]);
    expect(["2", "-3 %", "", "abc", "1..2"].map(isPercent)).toEqual([
        true,
        true,
        true,
        false,
        false,
    ]);
});

test("money keeps its decimals, what is not known is a dash", async () => {
    await makeMockEnv();
    expect(formatMoney("1234.50", "USD")).toBe("1,234.50 USD");
    expect(formatMoney("980", "JPY")).toBe("980 JPY");
    expect(formatMoney(false, "USD")).toBe("—");
    expect(formatShare(0.2049)).toBe("20.5 %");
    expect(formatShare(false)).toBe("");
});

test("waterfall: each bar begins where the one before ends", async () => {
    await mountWithCleanup(Waterfall, { props: { quote: makeQuote(makeRow(1)) } });
    const bars = [...document.querySelectorAll(".o_xb_waterfall .bar")];
    const place = bars.map((bar) => [parseFloat(bar.style.left), parseFloat(bar.style.width)]);
    expect(place[0][0]).toBe(0);
    expect(place[0][1]).toBe(100);
    // The fee hangs from the price's end, the cost from the fee's; the profit is what is left.
    expect(Math.abs(place[1][0] + place[1][1] - 100)).toBeLessThan(0.01);
    expect(Math.abs(place[2][0] + place[2][1] - place[1][0])).toBeLessThan(0.01);
    expect(Math.abs(place[3][1] - place[2][0])).toBeLessThan(0.01);
    expect(bars[3]).toHaveClass("profit");
    expect(queryAllTexts(".o_xb_waterfall tbody tr:eq(1) td").at(-2)).toBe("-1.20");
    expect(queryAllTexts(".o_xb_waterfall tbody tr:last-child td").at(-1)).toBe("14.77");
});

test("waterfall: a loss goes below zero", async () => {
    const quote = makeQuote(makeRow(1));
    quote.steps = [makeStep("price", "10"), makeStep("cost", "-14"), makeStep("profit", "-4")];
    await mountWithCleanup(Waterfall, { props: { quote } });
    const bar = document.querySelector(".o_xb_waterfall tr:last-child .bar");
    expect(bar).toHaveClass("loss");
    expect(parseFloat(bar.style.left)).toBe(0);
});

test("histogram: the highest bar fills it, losses are marked", async () => {
    await mountWithCleanup(Histogram, {
        props: { edges: [-0.2, 0, 0.2], before: [4, 0], after: [1, 3] },
    });
    const bars = [...document.querySelectorAll("rect.before")];
    expect(bars.map((bar) => Number(bar.getAttribute("height")))).toEqual([84, 0]);
    expect("svg title:first").toHaveText("-20.0 % – 0.0 %: 4 → 1");
});

test("margin bar says a loss in words and colour", async () => {
    await mountWithCleanup(MarginBar, { props: { margin: -0.05, target: 0.2 } });
    expect(".o_xb_margin .value").toHaveClass("loss");
    expect(".o_xb_margin .value i").toHaveAttribute("title", "Loss");
    expect(".o_xb_margin .value").toHaveText("-5.0 %");
});

test("old and new price, the total and the chosen row's explanation", async () => {
    await open();
    expect(queryAllTexts(".o_xb_row .o_xb_new")).toEqual(["7.99 USD\n14.3 %", "7.99 USD\n-11.1 %"]);
    expect(".o_xb_effect").toHaveText("-12.00 CNY");
    expect(".o_xb_effect").toHaveClass("text-danger");
    expect(".o_xb_right h5").toHaveText("Mug 1");
    expect("label:contains(No market) input").not.toBeEnabled();
});

test("trying something asks once after the last key, and nothing can be published meanwhile", async () => {
    await open();
    const before = asked.length;
    await contains(".o_xb_what_if_target").edit("5", { confirm: false });
    await advanceTime(400);
    await animationFrame();
    expect(asked.length).toBe(before + 1);
    expect(asked.at(-1).what_if.target_points).toBe(0.05);
    expect(".o_xb_ask").not.toBeEnabled();
    await contains(".o_xb_left button:contains(Clear)").click();
    await animationFrame();
    expect(asked.at(-1).what_if.target_points).toBe(0);
    expect(".o_xb_ask").toBeEnabled();
});

test("text that is no number is marked and changes nothing", async () => {
    await open();
    await contains(".o_xb_what_if_cost").edit("abc", { confirm: false });
    await advanceTime(400);
    await animationFrame();
    expect(".o_xb_what_if_cost").toHaveClass("is-invalid");
    expect(asked.at(-1).what_if.cost).toBe(0);
});

test("keyboard: down to the next row", async () => {
    await open();
    queryFirst(".o_xb_row").focus();
    await press("ArrowDown");
    await animationFrame();
    await animationFrame();
    expect(".o_xb_right h5").toHaveText("Mug 2");
    expect(".o_xb_row:eq(1)").toHaveAttribute("aria-selected", "true");
});

test("nothing there", async () => {
    rows = [];
    await open();
    expect(".o_xb_rows").toHaveText(/Nothing to show here/);
    expect(".o_xb_right").toHaveCount(0);
});

test("ask, approve, publish, undo: each button when it is its turn", async () => {
    const run = { id: 7, name: "PR7", count: 2, line_count: 2, over_limit: 1, over_limit_count: 1 };
    run.state = "to_approve";
    onRpc("xb.price.desk", "ask", () => [{ ...run }]);
    onRpc("xb.price.run", "read", () => [{ ...run }]);
    for (const [method, state] of [
        ["action_approve", "approved"],
        ["action_publish", "published"],
        ["action_undo", "undone"],
    ]) {
        onRpc("xb.price.run", method, () => {
            Object.assign(run, { state });
            return false;
        });
    }
    await open();
    await contains(".o_xb_ask").click();
    await animationFrame();
    expect(".o_xb_publish").toHaveCount(0);
    await contains(".o_xb_approve").click();
    await animationFrame();
    await contains(".o_xb_publish").click();
    await animationFrame();
    await contains(".o_xb_undo").click();
    await animationFrame();
    await animationFrame();
    expect(".o_xb_run_state").toHaveText("PR7");
    expect(".o_xb_ask").toBeEnabled();
});
